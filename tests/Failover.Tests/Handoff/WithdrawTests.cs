using Failover.Agents;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>What a node answers when it is asked about an order: never "refused" unless it can vouch for it.</summary>
[Collection(SimulationCollection.Name)]
public class WithdrawTests
{
    [Fact]
    public Task An_order_that_never_came_is_refused_and_can_never_come_after() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B, token: 7);

        Assert.Equal(AnswerKind.Refused, (await AskAsync(pair.B, order)).Kind);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => pair.PrepareAsync(order));
        Assert.Equal(RefusalReason.StaleToken, refused.Reason);
        Assert.Equal(7UL, pair.B.State.HighestToken.Value);
    });

    [Fact]
    public Task A_prepared_order_is_refused_and_stays_so() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        var answer = await AskAsync(pair.B, order);
        var again = await AskAsync(pair.B, order);

        Assert.Equal(AnswerKind.Refused, answer.Kind);
        Assert.Equal((answer.Kind, answer.Reason), (again.Kind, again.Reason));
        await pair.CommitAsync(order);
        Assert.Equal(HandoffEnding.Unchanged, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_node_that_holds_S_sets_the_source_of_an_unknown_order_free() => SimulatedPair.RunAsync(async pair =>
        Assert.Equal(AnswerKind.Promoted, (await AskAsync(pair.A, pair.Order(pair.B, pair.A))).Kind));

    [Fact]
    public Task A_node_whose_validator_does_not_answer_refuses_nothing() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Hangs = true;

        Assert.Equal(AnswerKind.CannotTell, (await AskAsync(pair.B, pair.Order(pair.A, pair.B))).Kind);
    });

    [Fact]
    public Task A_node_without_a_validator_refuses_with_its_link_at_U() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Stop();

        Assert.Equal(AnswerKind.Refused, (await AskAsync(pair.B, pair.Order(pair.A, pair.B))).Kind);
        Assert.Equal(Identities.HeldIdentity.Unstaked, pair.B.LinkPointsTo);
    });

    [Fact]
    public Task An_order_that_is_not_newer_than_the_last_promotion_is_never_refused() => SimulatedPair.RunAsync(async pair =>
    {
        var promoted = pair.Order(pair.A, pair.B, token: 5);
        await pair.PrepareAsync(promoted);
        await pair.CommitAsync(promoted);
        await pair.A.FollowAsync(promoted);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        var before = promoted with { Id = new HandoffId("handoff-before"), Token = new FencingToken(3) };
        Assert.Equal(AnswerKind.Promoted, (await AskAsync(pair.B, promoted)).Kind);
        Assert.Equal(AnswerKind.Promoted, (await AskAsync(pair.B, before)).Kind); // S has moved on: that source is free of it.

        await pair.HandOverAsync(pair.B, pair.A);

        // Its validator holds U by now, and still it was promoted by that order.
        Assert.Equal(AnswerKind.Promoted, (await AskAsync(pair.B, promoted)).Kind);
        Assert.Equal(AnswerKind.Promoted, (await AskAsync(pair.B, before)).Kind); // S has moved on: that source is free of it.
        Assert.Equal(AnswerKind.Refused, (await AskAsync(pair.B, before with { Token = new FencingToken(99) })).Kind);
    });

    [Fact]
    public Task A_node_may_only_ask_about_its_own_orders() => SimulatedPair.RunAsync(async pair =>
    {
        var order = pair.Order(pair.A, pair.B);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() =>
            pair.B.AskAsync(agent => agent.WithdrawAsync(pair.Nodes[2].Name, order, CancellationToken.None)));

        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
    }, nodes: 3);

    private static Task<TargetAnswer> AskAsync(SimulatedNode target, HandoffOrder order) =>
        target.AskAsync(agent => agent.WithdrawAsync(order.Source, order, CancellationToken.None));
}
