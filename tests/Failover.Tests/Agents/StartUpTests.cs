using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Agents;

/// <summary>What an agent finds when it starts, and that it goes to the safe side.</summary>
[Collection(SimulationCollection.Name)]
public class StartUpTests
{
    [Fact]
    public Task A_restart_beside_a_voting_validator_changes_nothing() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.CrashAgent();
        await pair.A.StartAgentAsync();

        Assert.Same(pair.A, pair.Voter);
        Assert.Equal(HeldIdentity.Staked, pair.A.LinkPointsTo);
    });

    [Fact]
    public Task A_link_at_S_on_a_node_that_let_S_go_is_repaired() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        pair.A.CrashAgent();
        PointLinkToStaked(pair.A);

        await pair.A.StartAgentAsync();

        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
        Assert.Same(pair.B, pair.Voter);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public Task A_validator_that_runs_with_S_on_a_node_that_let_S_go_is_demoted(int startUpInSeconds) => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        // The other one is down, so that this mistake alone does not make two voters.
        pair.Oracle.NobodyMeddles = false;
        pair.B.CrashAgent();
        pair.B.Validator.Stop();
        pair.A.CrashAgent();
        PointLinkToStaked(pair.A);
        pair.A.Disk.Create(pair.A.TowerPath, pair.B.Disk.BytesOf(pair.B.TowerPath)!, null);
        pair.A.Validator.Stop();
        pair.A.Validator.StartUp = TimeSpan.FromSeconds(startUpInSeconds);
        pair.A.Validator.Start();
        Assert.Equal(pair.Cluster.Staked.Public, pair.A.Validator.Loop);

        await pair.A.StartAgentAsync();

        await pair.UntilAsync(() => pair.A.Validator.Loop == pair.A.Unstaked.Public);
        Assert.Null(pair.Voter);
        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
        await pair.UntilAsync(() => !pair.A.State.VotersOwed);
        Assert.NotEmpty(pair.A.Validator.Voters);
    });

    [Fact]
    public Task Voters_that_are_owed_come_back_after_a_restart() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) =>
        {
            pair.A.Validator.Stalled |= message is AnswerMessage;
            return Fate.Arrives;
        };
        await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.VotersOwed);
        pair.A.CrashAgent();
        await pair.A.StartAgentAsync();
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(pair.A.Validator.Voters);

        pair.A.Validator.Stalled = false;

        await pair.UntilAsync(() => !pair.A.State.VotersOwed);
        Assert.NotEmpty(pair.A.Validator.Voters);
        Assert.Equal(pair.A.Unstaked.Public, pair.A.Validator.Loop);
    });

    [Fact]
    public Task Standing_down_does_not_undo_the_reclaim_that_follows() => SimulatedPair.RunAsync(async pair =>
    {
        // The machine comes back in the middle of a handoff that the target refuses; its validator takes long to start. The sweep makes every meeting of the two happen.
        for (var shift = 0; shift < 24; shift++)
        {
            pair.Network.Latency = TimeSpan.FromMilliseconds(10);
            pair.A.Validator.AdminLatency = TimeSpan.FromMilliseconds(5);
            await pair.PassAsync(TimeSpan.FromSeconds(2));
            pair.Network.Fates = (_, message) =>
            {
                if (message is HandOverMessage)
                {
                    pair.A.LosePower(keepsUnsynced: true);
                    return Fate.CutBefore;
                }
                return Fate.Arrives;
            };
            await pair.BeginAsync(pair.A, pair.B);
            await pair.UntilAsync(() => !pair.A.AgentRuns);
            pair.Network.Fates = (_, _) => Fate.Arrives;
            pair.Network.Latency = TimeSpan.FromMilliseconds(15 * shift);
            pair.A.Validator.StartUp = TimeSpan.FromSeconds(5);
            pair.A.Validator.AdminLatency = TimeSpan.FromMilliseconds(100);

            await pair.A.PowerOnAsync();

            await pair.UntilAsync(() => pair.A.State.Handoff is { Unfinished: false }, TimeSpan.FromMinutes(1));
            Assert.Equal(HandoffEnding.WentBack, pair.A.State.Handoff!.Ending);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
            Assert.Same(pair.A, pair.Voter);
        }
    });

    [Fact]
    public Task A_damaged_state_file_keeps_the_agent_from_starting() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        pair.A.CrashAgent();
        var bytes = pair.A.Disk.BytesOf("/state/state.json")!.ToArray();
        bytes[20] ^= 1;
        pair.A.Disk.Create("/state/state.json", bytes, null);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(pair.A.StartAgentAsync);

        Assert.Equal(RefusalReason.StateDamaged, refused.Reason);
        Assert.Contains("/state/state.json", refused.Remedy, StringComparison.Ordinal);
    });

    private static void PointLinkToStaked(SimulatedNode node)
    {
        node.Disk.Delete(node.Config.IdentityLink);
        node.Disk.CreateSymlink(node.Config.IdentityLink, node.Config.StakedKeypair);
    }
}
