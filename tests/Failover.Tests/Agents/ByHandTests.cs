using Failover.Identities;
using Failover.Simulation;

namespace Failover.Agents;

[Collection(SimulationCollection.Name)]
public class ByHandTests
{
    [Fact]
    public Task Taking_U_is_always_allowed_and_goes_in_the_order_that_is_safe() => SimulatedPair.RunAsync(async pair =>
    {
        await SetAsync(pair.A, HeldIdentity.Unstaked);

        Assert.Null(pair.Voter);
        string[] steps = ["Rename /state/state.json", "Rename /keys/identity.json", "has no voters", "records U"];
        Assert.Equal(steps, steps.OrderBy(step => pair.Happened.Index().First(line => line.Item.Contains("node-a", StringComparison.Ordinal)
            && line.Item.EndsWith(step, StringComparison.Ordinal)).Index));
        Assert.Equal((PromisedRole.Standby, HeldIdentity.Unstaked), (pair.A.State.Promised, pair.A.LinkPointsTo));
        await pair.UntilAsync(() => !pair.A.State.VotersOwed);
        Assert.NotEmpty(pair.A.Validator.Voters);
        Assert.Equal(pair.A.Unstaked.Public, pair.A.Validator.Loop);
    });

    [Fact]
    public Task Taking_S_on_a_node_that_never_had_it_needs_a_reason_and_a_record() => SimulatedPair.RunAsync(async pair =>
    {
        var refused = await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked));
        Assert.Contains("--override-reason", refused.Remedy, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked, "  "));

        await SetAsync(pair.A, HeldIdentity.Unstaked);
        // Without a record even a reason is not enough: the validator itself refuses.
        await RefusedAsync(RefusalReason.ValidatorFailed, () => SetAsync(pair.B, HeldIdentity.Staked, "node a is down"));

        Assert.Null(pair.Voter);
    });

    [Fact]
    public Task Taking_S_back_after_letting_it_go_needs_a_reason_which_is_remembered() => SimulatedPair.RunAsync(async pair =>
    {
        await SetAsync(pair.A, HeldIdentity.Unstaked);
        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.A, HeldIdentity.Staked));

        await SetAsync(pair.A, HeldIdentity.Staked, "node b was never given S");

        await pair.UntilAsync(() => pair.Voter == pair.A);
        Assert.Equal((PromisedRole.Active, HeldIdentity.Staked), (pair.A.State.Promised, pair.A.LinkPointsTo));
        var history = await pair.A.AskAsync(agent => agent.GetHistoryAsync(20, CancellationToken.None));
        Assert.Contains(history, entry => entry.Kind == "override" && entry.Text.Contains("node b was never given S", StringComparison.Ordinal));
    });

    [Fact]
    public Task Taking_S_again_on_the_active_node_needs_no_reason() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        pair.B.Validator.RecordByHand(pair.B.Unstaked.Public);
        await pair.UntilAsync(() => pair.Voter is null);

        var facts = await SetAsync(pair.B, HeldIdentity.Staked);

        Assert.Equal(HeldIdentity.Staked, facts.Holds);
        await pair.UntilAsync(() => pair.Voter == pair.B);
    });

    [Fact]
    public Task No_reason_makes_up_for_a_vote_that_the_record_lacks_until_it_has_become_harmless() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        pair.B.Validator.RecordByHand(pair.B.Unstaked.Public);
        await pair.UntilAsync(() => pair.Voter is null);
        pair.Cluster.LastVoteSaid = pair.Cluster.Slot + 2;

        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked, "I know better"));
        await pair.PassAsync(TimeSpan.FromSeconds(100));
        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked, "I know better"));
        await pair.PassAsync(TimeSpan.FromSeconds(150));
        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked));
        await SetAsync(pair.B, HeldIdentity.Staked, "I know better");

        await pair.UntilAsync(() => pair.Voter == pair.B);
    });

    [Fact]
    public Task Taking_S_on_the_active_node_needs_a_reason_when_the_chain_does_not_answer() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        pair.B.Validator.RecordByHand(pair.B.Unstaked.Public);
        await pair.UntilAsync(() => pair.Voter is null);
        pair.B.Validator.RpcIsDown = true;

        await RefusedAsync(RefusalReason.NotShownSafe, () => SetAsync(pair.B, HeldIdentity.Staked));
        await SetAsync(pair.B, HeldIdentity.Staked, "I know better");

        await pair.UntilAsync(() => pair.Voter == pair.B);
    });

    [Fact]
    public Task Taking_no_identity_is_refused() => SimulatedPair.RunAsync(pair => RefusedAsync(RefusalReason.BadRequest, () => SetAsync(pair.A, HeldIdentity.Unknown)));

    [Fact]
    public Task A_validator_that_refuses_is_reported() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse);

        var refused = await RefusedAsync(RefusalReason.ValidatorFailed, () => SetAsync(pair.A, HeldIdentity.Unstaked));

        Assert.Contains("SetIdentity is refused", refused.Message, StringComparison.Ordinal);
        // The fence stands all the same: in doubt nobody votes.
        Assert.Null(pair.Voter);
    });

    [Fact]
    public Task The_link_may_always_be_pointed_to_U() => SimulatedPair.RunAsync(async pair =>
    {
        var facts = await RelinkAsync(pair.A, HeldIdentity.Unstaked);

        Assert.Equal(HeldIdentity.Unstaked, facts.LinkPointsTo);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task The_link_may_be_pointed_to_S_where_S_is_held() => SimulatedPair.RunAsync(async pair =>
    {
        await RelinkAsync(pair.A, HeldIdentity.Unstaked);

        Assert.Equal(HeldIdentity.Staked, (await RelinkAsync(pair.A, HeldIdentity.Staked)).LinkPointsTo);
    });

    [Fact]
    public Task Elsewhere_the_link_is_pointed_to_S_only_for_a_reason() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Oracle.NobodyMeddles = false;
        await RefusedAsync(RefusalReason.NotShownSafe, () => RelinkAsync(pair.B, HeldIdentity.Staked));
        Assert.Equal(HeldIdentity.Unstaked, pair.B.LinkPointsTo);

        Assert.Equal(HeldIdentity.Staked, (await RelinkAsync(pair.B, HeldIdentity.Staked, "a test of the standby")).LinkPointsTo);
    });

    [Fact]
    public Task A_link_that_could_not_be_made_durable_is_made_so_the_next_time() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Disk.Refuses = (operation, path) => (operation, path) == ("SyncFolder", "/keys");
        await RefusedAsync(RefusalReason.ValidatorFailed, () => RelinkAsync(pair.A, HeldIdentity.Unstaked));
        pair.A.Disk.Refuses = (_, _) => false;

        await RelinkAsync(pair.A, HeldIdentity.Unstaked);

        pair.A.LosePower();
        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
    });

    [Fact]
    public Task What_is_no_link_is_not_replaced() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Disk.Delete(pair.A.Config.IdentityLink);
        pair.A.Disk.Create(pair.A.Config.IdentityLink, [1], null);

        var refused = await RefusedAsync(RefusalReason.ValidatorFailed, () => RelinkAsync(pair.A, HeldIdentity.Unstaked));

        Assert.Contains("is not a symbolic link", refused.Message, StringComparison.Ordinal);
    });

    [Fact]
    public Task A_record_is_sent_aside_and_never_to_the_live_path() => SimulatedPair.RunAsync(async pair =>
    {
        var kept = await pair.A.AskAsync(agent => agent.SendRecordAsync(pair.B.Name, CancellationToken.None));

        Assert.Single(kept);
        Assert.Null(pair.B.Disk.Stat(pair.B.TowerPath));
        var aside = Assert.Single(pair.B.Disk.List(pair.B.Config.StateFolder, "aside-node-a-"));
        Assert.Equal(kept[0].Size, pair.B.Disk.Stat($"{pair.B.Config.StateFolder}/{aside}")!.Size);
    });

    private static Task<NodeFacts> SetAsync(SimulatedNode node, HeldIdentity identity, string? reason = null) =>
        node.AskAsync(agent => agent.SetIdentityAsync(identity, reason, CancellationToken.None));

    private static Task<NodeFacts> RelinkAsync(SimulatedNode node, HeldIdentity identity, string? reason = null) =>
        node.AskAsync(agent => agent.RelinkAsync(identity, reason, CancellationToken.None));

    private static async Task<OrderRefusedException> RefusedAsync(RefusalReason reason, Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(act);
        Assert.Equal(reason, refused.Reason);
        return refused;
    }
}
