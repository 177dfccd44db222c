using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;
using Failover.Identities;

namespace Failover.ContainerTests;

public sealed class StandbyTests(Engine engine) : ContainerTest(engine)
{
    [Fact(Timeout = Limit)]
    public async Task A_target_whose_validator_is_still_starting_is_not_handed_anything()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        await world.Tokyo.RestartValidatorAsync("--fake-startup-seconds 600", ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains("validator-started", result.Text, StringComparison.Ordinal);
        Assert.Contains("agave-validator -l /var/lib/node/ledger monitor", result.Text, StringComparison.Ordinal);
        Assert.Contains("wait until start-up is complete", result.Text, StringComparison.Ordinal);
        // What is not known yet is no reason to replace a key or to change the vote account.
        Assert.DoesNotContain("solana-keygen", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("vote-update-validator", result.Text, StringComparison.Ordinal);
        Assert.Contains("nothing about voting was changed, and both nodes are free again.", result.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task A_link_that_points_to_the_wrong_identity_is_cured_by_the_remedy_that_is_shown()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        await world.Tokyo.PointLinkToStakedAsync(ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains("The check identity-link fails: tokyo's identity link points to Staked, it should point to Unstaked", result.Text, StringComparison.Ordinal);
        Assert.Contains("failover node relink tokyo unstaked", result.Text, StringComparison.Ordinal);
        Assert.Equal(HeldIdentity.Staked, await world.Tokyo.LinkPointsToAsync(ct));

        var relink = await world.FailoverAsync(ct, "node", "relink", "tokyo", "unstaked", "--yes");

        Assert.True(relink.ExitCode == 0, $"{relink}");
        Assert.Contains("tokyo: holds U, comes up with U when restarted", relink.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
        var cured = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        Assert.True(cured.ExitCode == 0, $"{cured}");
        await world.AssertActiveAsync(world.Tokyo, switches: 1, ct);
    }
}
