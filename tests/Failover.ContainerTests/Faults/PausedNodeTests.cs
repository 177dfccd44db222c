namespace Failover.ContainerTests.Faults;

/// <summary>
/// A whole machine that stands still for 30 s in the middle, as one whose hypervisor moves it: longer than every limit that the other side counts. Two classes, since each
/// waits most of the time and so can run next to the other.
/// </summary>
public abstract class PausedNodeTests(SharedWorld shared) : FaultTest(shared)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Stops the machine whose agent is at the point, and returns how the handoff ended after it went on.</summary>
    protected async Task<string> PauseAtAsync(string at, CancellationToken ct)
    {
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);
        var paused = at.StartsWith("source.", StringComparison.Ordinal) ? handoff.Source : handoff.Target;

        await paused.Container.PauseAsync(ct);
        await Task.Delay(Pause, TimeProvider.System, ct);
        await paused.Container.UnpauseAsync(ct);
        await handoff.GoOnAsync(ct);

        return await handoff.EndAsync(ct);
    }
}

public sealed class PausedSourceTests(SharedWorld shared) : PausedNodeTests(shared)
{
    [Theory(Timeout = Limit)]
    [InlineData("source.prepared.after", Unchanged)]
    [InlineData("source.demoting.after", WentBack)]
    [InlineData("source.handed-over.after", WentBack)]
    [InlineData("source.hand-over.after", Completed)]
    public async Task A_source_that_stood_still_goes_on_only_as_far_as_is_safe(string at, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        AssertEnding(endings, await PauseAtAsync(at, ct));
    }
}

public sealed class PausedTargetTests(SharedWorld shared) : PausedNodeTests(shared)
{
    [Theory(Timeout = Limit)]
    [InlineData("target.prepared.after", Unchanged)]
    [InlineData("target.promoting.after", WentBack)]
    [InlineData("target.set-identity-staked.before", $"{WentBack} or {Completed}")]
    [InlineData("target.set-identity-staked.after", Completed)]
    public async Task A_target_that_stood_still_takes_the_identity_only_while_its_permit_is_good(string at, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        AssertEnding(endings, await PauseAtAsync(at, ct));
    }
}
