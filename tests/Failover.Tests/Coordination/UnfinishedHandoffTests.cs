using Failover.Agents;
using Failover.Handoff;

namespace Failover.Coordination;

public sealed class UnfinishedHandoffTests
{
    [Theory]
    [InlineData(HandoffPhase.Prepared, HandoffEnding.Unknown, HandoffPhase.Prepared, HandoffEnding.Unknown, true)]
    [InlineData(HandoffPhase.Demoting, HandoffEnding.Unknown, HandoffPhase.Prepared, HandoffEnding.Unknown, true)]
    [InlineData(HandoffPhase.HandedOver, HandoffEnding.Unknown, HandoffPhase.Promoting, HandoffEnding.Unknown, true)]
    [InlineData(HandoffPhase.Reclaiming, HandoffEnding.Unknown, HandoffPhase.Refused, HandoffEnding.Unchanged, true)]
    [InlineData(HandoffPhase.HandedOver, HandoffEnding.NeedsOperator, HandoffPhase.Refused, HandoffEnding.Unknown, true)]
    [InlineData(HandoffPhase.HandedOver, HandoffEnding.Completed, HandoffPhase.Active, HandoffEnding.Completed, true)]
    [InlineData(HandoffPhase.Ended, HandoffEnding.Unchanged, HandoffPhase.Prepared, HandoffEnding.Unknown, true)]
    [InlineData(HandoffPhase.Ended, HandoffEnding.Completed, HandoffPhase.Active, HandoffEnding.Unknown, false)]
    [InlineData(HandoffPhase.Ended, HandoffEnding.Completed, HandoffPhase.Active, HandoffEnding.Completed, false)]
    [InlineData(HandoffPhase.Ended, HandoffEnding.WentBack, HandoffPhase.Refused, HandoffEnding.Unknown, false)]
    [InlineData(HandoffPhase.Ended, HandoffEnding.Unchanged, HandoffPhase.Ended, HandoffEnding.Unchanged, false)]
    [InlineData(HandoffPhase.Prepared, HandoffEnding.Unchanged, HandoffPhase.Prepared, HandoffEnding.Unchanged, false)]
    public void A_handoff_has_ended_when_both_sides_are_done_with_it(
        HandoffPhase source, HandoffEnding sourceEnding, HandoffPhase target, HandoffEnding targetEnding, bool unfinished) =>
        Assert.Equal(unfinished, UnfinishedHandoff.Find(View(Samples.Outcome(source, sourceEnding), Samples.Outcome(target, targetEnding))) is not null);

    [Fact]
    public void A_source_that_answers_and_does_not_know_it_has_no_part_in_it() =>
        Assert.Null(UnfinishedHandoff.Find(View(null, Samples.Outcome(HandoffPhase.Refused, HandoffEnding.Unchanged))));

    [Fact]
    public void What_the_target_alone_calls_done_is_unfinished_while_the_source_cannot_be_asked() => Assert.NotNull(UnfinishedHandoff.Find(new(
    [
        new NodeReading("london", null, new(ObstacleKind.Unreachable, ""), TimeSpan.Zero),
        Reading(Samples.Standby("tokyo") with { LastHandoff = Samples.Outcome(HandoffPhase.Refused, HandoffEnding.Unchanged) }),
    ])));

    [Fact]
    public void A_node_that_was_never_part_of_one_knows_of_none() => Assert.Null(UnfinishedHandoff.Find(View(null, null)));

    [Fact]
    public void Of_two_unfinished_ones_the_one_with_the_higher_token_counts()
    {
        var older = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) with { Order = Samples.Order(token: 5) with { Id = new("older-one") } };
        Assert.Equal(new(8), UnfinishedHandoff.Find(View(older, Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown)))!.Order.Token);
    }

    [Fact]
    public void Abort_is_the_command_for_a_prepared_target_whose_source_never_heard_of_the_handoff() =>
        Assert.StartsWith("failover abort", UnfinishedHandoff.Find(View(null, Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown)))!.Describe().Next, StringComparison.Ordinal);

    [Fact]
    public void Abort_is_not_the_command_while_the_source_cannot_be_asked() => Assert.Equal("failover resume", UnfinishedHandoff.Find(new(
    [
        new NodeReading("london", null, new(ObstacleKind.Unreachable, ""), TimeSpan.Zero),
        Reading(Samples.Standby("tokyo") with { LastHandoff = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) }),
    ]))!.Describe().Next);

    [Fact]
    public void The_command_that_an_agent_names_for_its_operator_is_passed_on() => Assert.Equal("failover resume --target-is-fenced",
        UnfinishedHandoff.Find(View(Samples.Outcome(HandoffPhase.HandedOver, HandoffEnding.NeedsOperator, "", "failover resume --target-is-fenced"), null))!.Describe().Next);

    private static ClusterView View(HandoffOutcome? london, HandoffOutcome? tokyo) => new(
    [
        Reading(Samples.Active("london") with { LastHandoff = london }),
        Reading(Samples.Standby("tokyo") with { LastHandoff = tokyo }),
    ]);

    private static NodeReading Reading(NodeFacts facts) => new(facts.Node, facts, null, TimeSpan.Zero);
}
