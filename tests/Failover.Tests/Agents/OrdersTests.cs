using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Agents;

/// <summary>Which orders an agent takes: tokens, ids, locks, repetitions.</summary>
[Collection(SimulationCollection.Name)]
public class OrdersTests
{
    [Fact]
    public Task A_token_that_is_not_above_the_highest_seen_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        var seen = pair.B.State.HighestToken.Value;

        foreach (var token in new[] { seen, seen - 1 }.Where(token => token > 0))
        {
            await RefusedAsync(RefusalReason.StaleToken, () => pair.PrepareAsync(pair.Order(pair.B, pair.A, token, "handoff-again")));
        }
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task An_order_without_a_token_is_refused() => SimulatedPair.RunAsync(pair =>
        RefusedAsync(RefusalReason.BadRequest, () => pair.PrepareAsync(pair.Order(pair.A, pair.B, token: 0, "handoff-zero"))));

    [Fact]
    public Task The_same_order_is_prepared_once() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);

        var first = await pair.PrepareAsync(order);
        var second = await pair.PrepareAsync(order);

        Assert.Same(first, second);
        await pair.CommitAsync(order);
        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task The_same_id_with_other_content_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        await RefusedAsync(RefusalReason.OrderDiffers, () => pair.PrepareAsync(order with { Token = order.Token.Next }));
        await RefusedAsync(RefusalReason.OrderDiffers, () => pair.CommitAsync(order with { Token = order.Token.Next }));
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_second_handoff_is_locked_out_by_the_first() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        var refused = await RefusedAsync(RefusalReason.Locked, () => pair.PrepareAsync(pair.Order(pair.A, pair.Nodes[2])));

        Assert.Contains(order.Id.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Equal("wait for it, or: failover abort", refused.Remedy);
    }, nodes: 3);

    [Fact]
    public Task Of_two_orders_at_once_one_is_carried_out() => SimulatedPair.RunAsync(async pair =>
    {
        HandoffOrder[] orders = [pair.Order(pair.A, pair.B), pair.Order(pair.A, pair.Nodes[2])];

        var outcomes = await Task.WhenAll(orders.Select(async order =>
        {
            try
            {
                await pair.PrepareAsync(order);
                await pair.CommitAsync(order);
                return (await pair.A.FollowAsync(order))[^1].Outcome!.Ending;
            }
            catch (OrderRefusedException e) when (e.Reason is RefusalReason.Locked or RefusalReason.StaleToken)
            {
                return HandoffEnding.Unchanged;
            }
        }));

        Assert.Single(outcomes, ending => ending == HandoffEnding.Completed);
        Assert.Single(outcomes, ending => ending == HandoffEnding.Unchanged);
        Assert.NotSame(pair.A, pair.Voter);
    }, nodes: 3);

    [Fact]
    public Task A_running_handoff_locks_both_nodes_until_its_end() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.HandedOver });

        await RefusedAsync(RefusalReason.Locked, () => pair.A.AskAsync(agent =>
            agent.PrepareAsync(pair.Order(pair.A, pair.B, 90, "handoff-other"), HandoffRole.Source, HookUse.Run, CancellationToken.None)));
        await RefusedAsync(RefusalReason.Locked, () => pair.A.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Staked, "now", CancellationToken.None)));
        await RefusedAsync(RefusalReason.Locked, () => pair.A.AskAsync(agent => agent.RelinkAsync(HeldIdentity.Staked, "now", CancellationToken.None)));
        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_commit_that_comes_twice_is_one_handoff() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.CommitAsync(order);
        var events = await pair.A.FollowAsync(order);
        await pair.CommitAsync(order);

        Assert.Single(events, happened => happened is { Step: HandoffStep.HandOver, State: StepState.Started });
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_commit_without_a_prepare_is_refused() => SimulatedPair.RunAsync(pair =>
        RefusedAsync(RefusalReason.NotFound, () => pair.CommitAsync(pair.Order(pair.A, pair.B))));

    [Fact]
    public Task A_commit_after_a_restart_of_the_source_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        pair.A.CrashAgent();
        await pair.A.StartAgentAsync();

        await RefusedAsync(RefusalReason.WrongPhase, () => pair.CommitAsync(order));
        Assert.Equal(HandoffEnding.Unchanged, pair.A.State.Handoff!.Ending);
    });

    [Fact]
    public Task A_commit_after_a_failed_preflight_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Unhealthy = true;
        var order = pair.Order(pair.A, pair.B);
        Assert.False((await pair.PrepareAsync(order)).Passes);

        await RefusedAsync(RefusalReason.PreflightFailed, () => pair.CommitAsync(order));
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task What_fails_between_prepare_and_commit_ends_the_handoff_unchanged() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        pair.B.Validator.Unhealthy = true;
        await pair.CommitAsync(order);

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.Unchanged, events[^1].Outcome!.Ending);
        Assert.Contains("healthy", events[^1].Text, StringComparison.Ordinal);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_link_that_breaks_before_the_demotion_ends_the_handoff_unchanged() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        pair.Network.BreakLinksOf(pair.B.Name);
        await pair.CommitAsync(order);

        Assert.Equal(HandoffEnding.Unchanged, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_target_that_cannot_be_reached_ends_the_prepare_unchanged() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        pair.B.CrashAgent();

        await RefusedAsync(RefusalReason.PeerFailed, () => pair.A.AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Source, HookUse.Run, CancellationToken.None)));

        Assert.Equal(HandoffEnding.Unchanged, pair.A.State.Handoff!.Ending);
    });

    [Fact]
    public Task A_target_that_was_not_prepared_refuses_the_link() => SimulatedPair.RunAsync(pair =>
        RefusedAsync(RefusalReason.PeerFailed, () => pair.A.AskAsync(agent =>
            agent.PrepareAsync(pair.Order(pair.A, pair.B), HandoffRole.Source, HookUse.Run, CancellationToken.None))));

    [Fact]
    public Task A_prepare_lapses_and_leaves_the_nodes_free() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        pair.Step = TimeSpan.FromMilliseconds(50);
        await pair.PassAsync(TimeSpan.FromMinutes(11));
        pair.Step = TimeSpan.FromMilliseconds(5);

        await RefusedAsync(RefusalReason.WrongPhase, () => pair.CommitAsync(order));
        await RefusedAsync(RefusalReason.WrongPhase, () => pair.PrepareAsync(order));
        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.A, pair.B)).Ending);
    });

    [Fact]
    public Task An_abort_before_the_commit_leaves_everything_as_it_was() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        foreach (var node in pair.Nodes)
        {
            var outcome = await AbortAsync(node, order);
            Assert.Equal(HandoffEnding.Unchanged, outcome.Ending);
            Assert.Equal(outcome.Ending, (await AbortAsync(node, order)).Ending);
        }
        Assert.Same(pair.A, pair.Voter);
        await RefusedAsync(RefusalReason.WrongPhase, () => pair.CommitAsync(order));
        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.A, pair.B)).Ending);
    });

    [Fact]
    public Task An_abort_while_the_window_is_waited_for_leaves_everything_as_it_was() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Cluster.LeaderSlots.Add(pair.Cluster.Slot + 100);
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        await pair.CommitAsync(order, idle: TimeSpan.FromMinutes(2));
        await pair.PassAsync(TimeSpan.FromSeconds(5));

        await AbortAsync(pair.A, order);

        Assert.Equal(HandoffEnding.Unchanged, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_commit_waits_for_its_window() => SimulatedPair.RunAsync(async pair =>
    {
        var leader = pair.Cluster.Slot + 30;
        pair.Cluster.LeaderSlots.Add(leader);
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        await pair.CommitAsync(order, idle: TimeSpan.FromSeconds(16));

        var outcome = (await pair.A.FollowAsync(order))[^1].Outcome!;
        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.InRange(outcome.Receipt!.LastVotedSlot, leader, leader + 5);
    });

    [Theory]
    [InlineData(HandoffPhase.Demoting)]
    [InlineData(HandoffPhase.HandedOver)]
    public Task An_abort_is_refused_once_the_source_lets_go(HandoffPhase phase) => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff!.Phase == phase);

        var refused = await RefusedAsync(RefusalReason.WrongPhase, () => AbortAsync(pair.A, order));

        Assert.Equal("failover resume", refused.Remedy);
        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        Assert.Equal(HandoffEnding.Completed, (await AbortAsync(pair.A, order)).Ending);
    });

    [Fact]
    public Task An_abort_on_the_target_while_it_promotes_waits_and_says_how_it_ended() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.SetIdentityLatency = TimeSpan.FromSeconds(1);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.B.State.Handoff!.Phase == HandoffPhase.Promoting);

        var outcome = await AbortAsync(pair.B, order);

        Assert.Equal((HandoffPhase.Active, HandoffEnding.Completed), (outcome.Phase, outcome.Ending));
    });

    [Fact]
    public Task An_abort_on_the_target_before_the_message_makes_it_refuse() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff!.Phase == HandoffPhase.Demoting);

        await AbortAsync(pair.B, order);

        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Theory]
    [InlineData("identity")]
    [InlineData("vote account")]
    public Task An_order_about_something_else_is_refused(string what) => SimulatedPair.RunAsync(pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        var other = what == "identity" ? order with { StakedIdentity = Keypairs.Of(77).Public } : order with { VoteAccount = Keypairs.Of(77).Public };
        return RefusedAsync(RefusalReason.WrongCluster, () => pair.PrepareAsync(other));
    });

    [Fact]
    public Task An_order_that_gives_a_node_no_role_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);

        await RefusedAsync(RefusalReason.BadRequest, () => pair.A.AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Target, HookUse.Run, CancellationToken.None)));
        await RefusedAsync(RefusalReason.BadRequest, () => pair.A.AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Unknown, HookUse.Run, CancellationToken.None)));
        await RefusedAsync(RefusalReason.BadRequest, () => pair.A.AskAsync(agent =>
            agent.PrepareAsync(order with { Target = pair.A.Name }, HandoffRole.Source, HookUse.Run, CancellationToken.None)));
        await RefusedAsync(RefusalReason.BadRequest, () => pair.A.AskAsync(agent =>
            agent.PrepareAsync(order with { Target = "stranger" }, HandoffRole.Source, HookUse.Run, CancellationToken.None)));
    });

    private static Task<HandoffOutcome> AbortAsync(SimulatedNode node, HandoffOrder order) => node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None));

    private static async Task<OrderRefusedException> RefusedAsync(RefusalReason reason, Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(act);
        Assert.Equal(reason, refused.Reason);
        return refused;
    }
}
