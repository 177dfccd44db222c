using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests.Faults;

/// <summary>Bad networks between the operator and the agents: neither his latency nor his absence has a part in the commit phase.</summary>
public sealed class OperatorApartTests(SharedWorld shared) : FaultTest(shared)
{
    [Theory(Timeout = Limit)]
    [InlineData("source.prepared.after", "cut to-source", Unchanged)]
    [InlineData("source.prepared.after", "cut to-source|cut to-target", Unchanged)]
    [InlineData("target.prepared.after", "cut to-target", Unchanged)]
    [InlineData("target.prepared.after", "hold to-target down", Unchanged)]
    [InlineData("source.demoting.after", "cut to-source", Completed)]
    [InlineData("source.demoting.after", "cut to-source|cut to-target", Completed)]
    [InlineData("source.demoting.after", "hold to-source both|hold to-target both", Completed)]
    [InlineData("source.demoting.after", "hold to-source down", Completed)]
    [InlineData("source.demoting.after", "reset to-source|reset to-target", Completed)]
    public async Task An_operator_who_is_cut_off_does_not_change_what_the_agents_do(string at, string faults, string endings)
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
    public async Task A_slow_and_uneven_network_everywhere_makes_a_handoff_slow_and_nothing_else()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        await world.Proxy.TellAsync($"delay {ProxyContainer.All} 200 100", ct);

        foreach (var _ in (int[])[1, 2])
        {
            var handoff = await world.BeginAsync(ct);
            AssertEnding(Completed, await handoff.EndAsync(ct));
            Assert.Equal(0, (await handoff.Operators).GetProperty("exit_code").GetInt32());
        }
        await world.Proxy.HealAsync(ct);
    }
}
