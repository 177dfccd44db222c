using Failover.Handoff;
using Failover.Simulation;

namespace Failover.Agents;

public class AgentStateTests
{
    [Fact]
    public void A_target_keeps_the_answer_of_the_handoff_that_a_later_one_takes_the_place_of()
    {
        var answer = TargetAnswer.Refused("its disk is full");
        var state = AgentState.Fresh.WithHandoff(As(HandoffRole.Target, HandoffPhase.Refused, 1) with { Answer = answer }).WithHandoff(As(HandoffRole.Source, HandoffPhase.Prepared, 2));

        Assert.Equal(2UL, state.Handoff!.Order.Token.Value);
        Assert.Equal([new PastAnswer(Order(1), HandoffPhase.Refused, answer)], state.PastAnswers);
    }

    [Fact]
    public void A_source_has_no_answer_to_keep() => Assert.Empty(
        AgentState.Fresh.WithHandoff(As(HandoffRole.Source, HandoffPhase.Ended, 1)).WithHandoff(As(HandoffRole.Target, HandoffPhase.Prepared, 2)).PastAnswers);

    [Fact]
    public void Of_many_answers_the_newest_are_kept()
    {
        var state = AgentState.Fresh;
        for (var token = 1UL; token <= AgentState.MaxPastAnswers + 3; token++)
        {
            state = state.WithHandoff(As(HandoffRole.Target, HandoffPhase.Refused, token));
        }

        Assert.Equal(Enumerable.Range(3, AgentState.MaxPastAnswers).Select(token => (ulong)token), state.PastAnswers.Select(past => past.Order.Token.Value));
    }

    [Theory]
    [InlineData(HandoffPhase.Prepared, true)]
    [InlineData(HandoffPhase.Demoting, true)]
    [InlineData(HandoffPhase.HandedOver, true)]
    [InlineData(HandoffPhase.Reclaiming, true)]
    [InlineData(HandoffPhase.Promoting, true)]
    [InlineData(HandoffPhase.Active, false)]
    [InlineData(HandoffPhase.Refused, false)]
    [InlineData(HandoffPhase.Ended, false)]
    public void A_handoff_locks_its_node_until_it_is_over_there(HandoffPhase phase, bool locks) => Assert.Equal(locks, As(HandoffRole.Source, phase, 1).Unfinished);

    private static HandoffState As(HandoffRole role, HandoffPhase phase, ulong token) => new(Order(token), role, phase, "boot");

    private static HandoffOrder Order(ulong token) => new(
        new HandoffId($"handoff-{token:D4}"), new FencingToken(token), Keypairs.Of(1).Public, Keypairs.Of(2).Public, "genesis", "node-a", "node-b");
}
