using Failover.Disks;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;
using Failover.Testing;

namespace Failover.Agents;

[Collection(SimulationCollection.Name)]
public class StartGuardTests
{
    [Fact]
    public Task After_a_handoff_only_the_node_that_received_the_identity_may_start_with_it() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);

        Assert.Null(StartGuard.WhyNot(pair.B.Disk, pair.B.Config));
        var refused = StartGuard.WhyNot(pair.A.State, HeldIdentity.Staked, pair.A.Config)!.Value;
        Assert.Contains("node-a has let the staked identity go (handoff handoff-0001 from node-a to node-b, Completed)", refused.Why, StringComparison.Ordinal);
        Assert.Contains($"ln -sfn {pair.A.Config.UnstakedKeypair} {pair.A.Config.IdentityLink}", refused.Next, StringComparison.Ordinal);
    });

    [Fact]
    public Task Whatever_the_links_say_at_no_moment_of_a_handoff_may_both_start_with_the_identity() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        var looks = 0;
        pair.Oracle.StateWritten = (_, _) =>
        {
            looks++;
            Assert.Contains(pair.Nodes, node => StartGuard.WhyNot(node.State, HeldIdentity.Staked, node.Config) is not null);
        };

        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.B, pair.A)).Ending);

        Assert.True(looks > 8, "the whole handoff was looked at");
    });

    [Fact]
    public Task With_a_damaged_state_a_validator_may_start_with_its_unstaked_identity_only() => SimulatedPair.RunAsync(pair =>
    {
        var config = pair.B.Config;
        var disk = new MemoryDisk();
        disk.Put(Path.Combine(config.StateFolder, AgentJournal.FileName), [.. "damaged"u8]);

        disk.Link(config.IdentityLink, config.UnstakedKeypair);
        Assert.Null(StartGuard.WhyNot(disk, config));

        disk.Link(config.IdentityLink, config.StakedKeypair);
        var refused = StartGuard.WhyNot(disk, config)!.Value;
        Assert.Contains("cannot be used", refused.Why, StringComparison.Ordinal);
        Assert.Contains("find out which node holds the staked identity", refused.Next, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_node_that_never_took_part_in_a_handoff_starts_as_its_link_says() => SimulatedPair.RunAsync(pair =>
    {
        Assert.Null(StartGuard.WhyNot(AgentState.Fresh, HeldIdentity.Staked, pair.A.Config));
        Assert.Null(StartGuard.WhyNot(pair.A.Disk, pair.A.Config));
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_link_that_says_neither_is_refused_with_both_files_named() => SimulatedPair.RunAsync(pair =>
    {
        DurableFile.Relink(pair.A.Disk, pair.A.Config.IdentityLink, "/elsewhere/key.json");

        var refused = StartGuard.WhyNot(pair.A.Disk, pair.A.Config)!.Value;

        Assert.Contains($"no symbolic link to {pair.A.Config.StakedKeypair} or {pair.A.Config.UnstakedKeypair}", refused.Why, StringComparison.Ordinal);
        return Task.CompletedTask;
    });
}
