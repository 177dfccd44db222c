using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Coordination;

public sealed class PrepareTests
{
    [Fact]
    public async Task The_target_is_prepared_before_the_source()
    {
        var pair = new Pair();
        var preparation = await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None);
        Assert.Null(preparation.Failure);
        Assert.Equal(["tokyo: prepare Target", "london: prepare Source"], pair.Orders);
        Assert.Equal(2, preparation.Checks.Count());
    }

    [Fact]
    public async Task A_failing_check_frees_both_nodes_and_is_told_with_its_remedy()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, Samples.Failing));
        var preparation = await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None);
        Assert.Equal((ObstacleKind.PreflightFailed, Samples.Failing.Remedy), (preparation.Failure!.Kind, preparation.Failure.Next));
        AssertFreed(pair, preparation);
    }

    [Fact]
    public async Task A_check_without_an_outcome_is_no_pass()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, new PreflightCheck("unheard-of", CheckOutcome.Unknown, "", "")));
        Assert.Equal(ObstacleKind.PreflightFailed, (await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None)).Failure!.Kind);
    }

    [Fact]
    public async Task When_the_target_refuses_the_source_is_not_asked_and_both_are_freed()
    {
        var pair = new Pair();
        pair.Tokyo.OnPrepare = (_, _, _) => throw new OrderRefusedException(RefusalReason.Locked, "Another handoff has this node.", "failover abort");
        var preparation = await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None);
        Assert.Equal((ObstacleKind.Refused, "failover abort"), (preparation.Failure!.Kind, preparation.Failure.Next));
        Assert.DoesNotContain("london: prepare Source", pair.Calls);
        AssertFreed(pair, preparation);
    }

    [Fact]
    public async Task When_the_source_falls_silent_the_target_is_freed_and_the_lock_that_remains_is_told()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) =>
        {
            pair.London.Down = Pair.Silence("london");
            return Task.FromException<PrepareReport>(pair.London.Down);
        };
        var preparation = await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None);
        Assert.Equal(ObstacleKind.Unreachable, preparation.Failure!.Kind);
        Assert.Equal([("london", false), ("tokyo", true)], preparation.Releases.Select(release => (release.Node, release.Failure is null)));
    }

    [Fact]
    public async Task Breaking_off_frees_both_nodes()
    {
        using var operatorCancels = new CancellationTokenSource();
        var pair = new Pair();
        pair.London.OnPrepare = async (_, _, ct) =>
        {
            await operatorCancels.CancelAsync();
            ct.ThrowIfCancellationRequested();
            return Samples.Report(pair.London.Facts);
        };
        var preparation = await pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, operatorCancels.Token);
        Assert.Equal(ObstacleKind.BrokenOff, preparation.Failure!.Kind);
        AssertFreed(pair, preparation);
    }

    [Fact]
    public async Task A_bug_frees_both_nodes_and_stays_a_bug()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => throw new InvalidOperationException("a bug");
        var plan = await pair.PlannedAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => pair.Coordinator.PrepareAsync(plan, HookUse.Run, CancellationToken.None));
        Assert.Contains("tokyo: abort", pair.Calls);
    }

    [Fact]
    public async Task A_node_that_hangs_while_it_is_freed_holds_nobody_up_for_ever()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, Samples.Failing));
        pair.London.OnAbort = _ => new TaskCompletionSource<HandoffOutcome>().Task;
        var preparing = pair.Coordinator.PrepareAsync(await pair.PlannedAsync(), HookUse.Run, CancellationToken.None);
        pair.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ObstacleKind.Unreachable, (await preparing).Releases[0].Failure!.Kind);
    }

    private static void AssertFreed(Pair pair, Preparation preparation)
    {
        Assert.Contains("london: abort", pair.Calls);
        Assert.Contains("tokyo: abort", pair.Calls);
        Assert.All(preparation.Releases, release => Assert.Null(release.Failure));
        Assert.Equal(2, preparation.Releases.Count);
    }
}
