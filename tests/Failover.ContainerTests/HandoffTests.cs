using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests;

public sealed class HandoffTests(Engine engine) : ContainerTest(engine)
{
    [Fact(Timeout = Limit)]
    public async Task The_identity_moves_to_the_other_machine_and_back()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);

        var there = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(there.ExitCode == 0, $"{there}");
        Assert.Contains("Completed: tokyo holds the identity.", there.Text, StringComparison.Ordinal);
        Assert.Contains("tokyo is active, london is a ready standby", there.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.Tokyo, switches: 1, ct);

        // The newest claimant of an identity is told by the clock: the agents want a second between two switches.
        await world.PassVotesAsync(10, ct);
        var back = await world.FailoverAsync(ct, "handoff", "--to", "london", "--now", "--yes");

        Assert.True(back.ExitCode == 0, $"{back}");
        Assert.Contains("Completed: london holds the identity.", back.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 2, ct);
    }
}
