using Failover.Agents;
using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class NeedsOperatorTests
{
    [Fact]
    public Task A_target_that_is_gone_after_the_hand_over_leaves_it_to_a_person_and_is_asked_until_it_is_back() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await LoseTargetAsync(pair);

        var stands = await ResumeAsync(pair, order, null);
        Assert.Equal(HandoffEnding.NeedsOperator, stands.Ending);
        Assert.Contains("failover resume", stands.NextCommand, StringComparison.Ordinal);
        Assert.Contains("--target-is-fenced", stands.NextCommand, StringComparison.Ordinal);
        Assert.Equal(stands, (await pair.A.StatusAsync()).LastHandoff);
        Assert.Null(pair.Voter);

        await pair.B.StartAgentAsync();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        Assert.Single(events, happened => happened.Outcome?.Ending == HandoffEnding.NeedsOperator);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_target_that_is_cut_off_after_its_promotion_keeps_S() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) =>
        {
            if (message is AnswerMessage)
            {
                pair.Network.Isolate(pair.B.Name);
            }
            return Fate.Arrives;
        };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.PersonNeeded);
        Assert.Same(pair.B, pair.Voter);

        pair.Network.Rejoin(pair.B.Name);

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
    });

    [Fact]
    public Task An_operators_word_with_a_reason_brings_S_back_and_is_remembered() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await LoseTargetAsync(pair);
        pair.B.Validator.Stop();

        await ResumeAsync(pair, order, new OperatorAssertion(true, "its power is off, I pulled the cable"));
        await pair.PassAsync(TimeSpan.FromSeconds(100));
        Assert.Null(pair.Voter); // Votes that the target may have sent can still matter.
        await pair.PassAsync(TimeSpan.FromSeconds(150));

        await pair.UntilAsync(() => pair.Voter == pair.A);
        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        var history = await pair.A.AskAsync(agent => agent.GetHistoryAsync(20, CancellationToken.None));
        Assert.Contains(history, entry => entry.Kind == "override" && entry.Text.Contains("I pulled the cable", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public Task An_operators_word_without_a_reason_is_refused(string reason) => SimulatedPair.RunAsync(async pair =>
    {
        var order = await LoseTargetAsync(pair);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => ResumeAsync(pair, order, new OperatorAssertion(true, reason)));

        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.Null(pair.Voter);
    });

    [Fact]
    public Task An_operators_word_against_the_chain_is_not_taken() => SimulatedPair.RunAsync(async pair =>
    {
        // The target was promoted and votes; only its agent and the link are gone.
        pair.Network.Fates = (_, message) =>
        {
            if (message is AnswerMessage)
            {
                pair.Network.Isolate(pair.B.Name);
            }
            return Fate.Arrives;
        };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.PersonNeeded);

        var stands = await ResumeAsync(pair, order, new OperatorAssertion(true, "I am sure"));

        await pair.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HandoffEnding.NeedsOperator, stands.Ending);
        Assert.Same(pair.B, pair.Voter);
        Assert.Contains(pair.Happened, line => line.Contains("somebody still votes with S", StringComparison.Ordinal));
        pair.Network.Rejoin(pair.B.Name);
        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_restart_of_the_source_goes_on_asking() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await LoseTargetAsync(pair);
        pair.A.CrashAgent();
        await pair.A.StartAgentAsync();
        await pair.PassAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(HandoffPhase.HandedOver, pair.A.State.Handoff!.Phase);

        await pair.B.StartAgentAsync();

        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_resume_on_the_target_settles_what_is_open_there() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.HangForGood);
        pair.B.Validator.Unkillable = true;
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.B.State.Handoff is { Phase: HandoffPhase.Promoting });
        pair.Network.Isolate(pair.A.Name);
        await pair.UntilAsync(() => pair.PersonNeeded);
        pair.B.Validator.Unkillable = false;

        await pair.B.AskAsync(agent => agent.ResumeAsync(order.Id, null, CancellationToken.None));

        Assert.Equal(HandoffPhase.Refused, pair.B.State.Handoff!.Phase);
        pair.Network.Rejoin(pair.A.Name);
        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    private static Task<HandoffOutcome> ResumeAsync(SimulatedPair pair, HandoffOrder order, OperatorAssertion? assertion) =>
        pair.A.AskAsync(agent => agent.ResumeAsync(order.Id, assertion, CancellationToken.None));

    /// <summary>The target's agent is gone just before the message reaches it.</summary>
    private static async Task<HandoffOrder> LoseTargetAsync(SimulatedPair pair)
    {
        pair.Network.Fates = (_, message) =>
        {
            if (message is HandOverMessage && pair.B.AgentRuns)
            {
                pair.B.CrashAgent();
            }
            return Fate.Arrives;
        };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.PersonNeeded);
        pair.Network.Fates = (_, _) => Fate.Arrives;
        return order;
    }
}
