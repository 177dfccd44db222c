using Failover.Identities;

namespace Failover.ContainerTests.Faults;

/// <summary>
/// Bad networks between the agents. A fault begins while an agent stands at a fault point, so that it is known what was done before it, and stays for longer than a connection
/// may be silent.
/// </summary>
public sealed class AgentsApartTests(SharedWorld shared) : FaultTest(shared)
{
    [Theory(Timeout = Limit)]
    // In prepare: nothing was changed, and nobody stays locked.
    [InlineData("target.prepared.after", "cut there|cut back", Unchanged)]
    [InlineData("source.prepared.after", "cut there|cut back", Unchanged)]
    [InlineData("source.prepared.after", "hold there both|hold back both", Unchanged)]
    // In the commit phase, before the record is sent.
    [InlineData("source.demoting.after", "cut there|cut back", WentBack)]
    [InlineData("source.seal.after", "cut there|cut back", WentBack)]
    [InlineData("source.seal.after", "hold there both|hold back both", $"{WentBack} or {Completed}")]
    [InlineData("source.seal.after", "hold there up", $"{WentBack} or {Completed}")]
    [InlineData("source.seal.after", "hold there down", Completed)]
    // In the middle of the message with the record.
    [InlineData("source.hand-over.before", "cut-at there up bytes 1 after", WentBack)]
    [InlineData("source.hand-over.before", "cut-at there up bytes 1000 after", WentBack)]
    [InlineData("source.hand-over.before", "cut-at there up bytes 2000 after", WentBack)]
    // After it: only the target knows, and is asked until it is heard.
    [InlineData("target.promoting.after", "cut there|cut back", Completed)]
    [InlineData("target.promoting.after", "hold there both|hold back both", Completed)]
    [InlineData("target.promoting.after", "hold there down", Completed)]
    [InlineData("target.answer.before", "cut there|cut back", Completed)]
    [InlineData("target.answer.before", "hold there down", Completed)]
    public async Task Agents_that_cannot_hear_each_other_end_with_one_voter(string at, string faults, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);

        await handoff.NetworkAsync(ct, faults.Split('|'));
        await handoff.GoOnAsync(ct);
        await handoff.StayAsync(ct);
        await world.Proxy.HealAsync(ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    [Fact(Timeout = Limit)]
    public async Task A_target_that_is_not_heard_after_the_record_was_sent_leaves_the_source_without_the_identity_and_asking()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, "target.promoting.before");
        await handoff.NetworkAsync(ct, "cut there", "cut back", "cut to-target");

        // The target stands still with the order in its hands, and nobody hears it.
        var said = await handoff.Operators;

        Assert.Equal(5, said.GetProperty("exit_code").GetInt32());
        Assert.Equal("needs_operator", said.GetProperty("ending").GetString());
        Assert.Contains($"bring {handoff.Target.Name}'s agent back, then: failover resume", said.GetProperty("next").GetString(), StringComparison.Ordinal);
        Assert.Equal(HeldIdentity.Unstaked, await handoff.Source.LinkPointsToAsync(ct));
        await handoff.GoOnAsync(ct);
        await world.Proxy.HealAsync(ct);
        AssertEnding($"{WentBack} or {Completed}", await handoff.EndAsync(ct));
    }
}
