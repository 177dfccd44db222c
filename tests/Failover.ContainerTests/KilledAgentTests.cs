using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests;

public sealed class KilledAgentTests(Engine engine) : ContainerTest(engine)
{
    // A leader slot of S each 30 groups of 4 slots: the wait for a window, which begins more than this time ahead of one, is long and ends.
    private const int LeaderEvery = 30;
    private const string IdleTime = "44s";
    private const ulong IdleSlots = 110;
    private const ulong SlotsToStart = 70;

    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(60);

    [Fact(Timeout = Limit)]
    public async Task A_target_whose_agent_dies_between_prepare_and_commit_leaves_everything_with_the_source()
    {
        var ct = TestContext.Current.CancellationToken;
        var options = new WorldOptions { LeaderEvery = LeaderEvery };
        var world = await StartAsync(options, ct);
        await Condition.HoldsAsync(async () => await world.Cluster.SlotsUntilLeaderAsync(ct) is > SlotsToStart and < IdleSlots, ct);

        var handoff = world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--min-idle-time", IdleTime, "--yes");
        await Condition.HoldsAsync(() => world.London.AgentLogHasAsync("WaitForWindow Started", ct), ct);
        await world.Tokyo.KillAgentAsync(ct);
        await world.Cluster.SetSlotAsync(Fast, ct);
        var result = await handoff;
        await world.Cluster.SetSlotAsync(options.Slot, ct);

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains("Unchanged: london still holds the identity; nothing about voting changed.", result.Text, StringComparison.Ordinal);
        Assert.Contains("the link to tokyo broke while waiting for the window", result.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);

        await world.Tokyo.StartAgentAsync(ct);
        await Condition.HoldsAsync(async () => (await world.FailoverAsync(ct, "status")).ExitCode == 0, ct);
        // Its lock died with it: nobody has to free anything.
        var after = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        Assert.True(after.ExitCode == 0, $"{after}");
        await world.AssertActiveAsync(world.Tokyo, switches: 1, ct);
    }
}
