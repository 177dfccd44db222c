using Failover.Agents;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>Promotions whose outcome is not known at first: interrupted, unanswered, half done.</summary>
[Collection(SimulationCollection.Name)]
public class TargetSettlesTests
{
    [Fact]
    public Task An_answer_that_is_lost_is_asked_for_again() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) => message is AnswerMessage ? Fate.CutBefore : Fate.Arrives;

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task A_reply_that_is_lost_as_well_is_asked_for_until_it_comes() => SimulatedPair.RunAsync(async pair =>
    {
        var lost = 0;
        pair.Network.Fates = (_, message) => message is AnswerMessage || (message is WithdrawReply && ++lost < 4) ? Fate.CutBefore : Fate.Arrives;

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal((HandoffEnding.Completed, 4), (outcome.Ending, lost));
    });

    [Fact]
    public Task A_message_that_is_lost_on_its_way_is_withdrawn() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) => message is HandOverMessage ? Fate.CutBefore : Fate.Arrives;

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
        Assert.Equal(HandoffPhase.Refused, pair.B.State.Handoff!.Phase);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_link_that_breaks_behind_the_message_is_asked_across() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) => message is HandOverMessage ? Fate.CutAfter : Fate.Arrives;

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
    });

    [Fact]
    public Task A_message_that_arrives_after_it_was_withdrawn_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        // Held up so long that the source has asked, on another connection, and taken S back by then.
        pair.Network.Delays = (_, message) => message is HandOverMessage ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

        var outcome = await pair.HandOverAsync(pair.A, pair.B);
        await pair.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_set_identity_that_took_effect_and_failed_is_a_promotion() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.ApplyThenFail, times: 1);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task A_set_identity_that_took_effect_and_was_never_answered_is_a_promotion() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.ApplyThenHang, times: 1);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task A_validator_that_hangs_for_good_is_ended_and_the_source_takes_S_back() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.HangForGood);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
        Assert.False(pair.B.Validator.Running);
        Assert.Equal(HeldIdentity.Unstaked, pair.B.LinkPointsTo);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_validator_that_voted_before_it_hung_gives_its_newer_record_back() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.ApplyThenHangForGood);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
        await pair.UntilAsync(() => pair.Cluster.Votes[^1].Node == pair.A.Name);
        Assert.Contains(pair.Cluster.Votes, vote => vote.Node == pair.B.Name);
    });

    [Fact]
    public Task A_validator_that_hangs_and_cannot_be_ended_leaves_it_to_a_person() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.HangForGood);
        pair.B.Validator.Unkillable = true;
        var order = await pair.BeginAsync(pair.A, pair.B);

        await pair.UntilAsync(() => pair.PersonNeeded, TimeSpan.FromMinutes(5));

        Assert.Null(pair.Voter);
        pair.B.Validator.Unkillable = false;
        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task An_agent_that_restarts_beside_a_promoted_validator_says_so() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.SetIdentityLatency = TimeSpan.FromMilliseconds(300);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await CrashInPromotionAsync(pair);
        await pair.UntilAsync(() => pair.B.Validator.Recorded == pair.Cluster.Staked.Public);

        await pair.B.StartAgentAsync();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HeldIdentity.Staked, pair.B.LinkPointsTo);
    });

    [Fact]
    public Task An_agent_that_restarts_beside_a_validator_with_U_refuses_and_gives_the_voters_back_later() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Hang, times: 1);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await CrashInPromotionAsync(pair);

        await pair.B.StartAgentAsync();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
        await pair.UntilAsync(() => !pair.B.State.VotersOwed);
        Assert.NotEmpty(pair.B.Validator.Voters);
        pair.B.Validator.Heal();
        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.A, pair.B)).Ending);
    });

    [Fact]
    public Task A_set_identity_that_lay_unread_when_the_agent_crashed_makes_a_target_that_votes() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.SetIdentityLatency = TimeSpan.FromMilliseconds(800);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await CrashInPromotionAsync(pair);

        await pair.B.StartAgentAsync();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.B);
        Assert.Equal((PromisedRole.Active, false), (pair.B.State.Promised, pair.B.State.VotersOwed));
        pair.B.Validator.SetIdentityLatency = TimeSpan.FromMilliseconds(5);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.B, pair.A)).Ending);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_target_that_voted_and_died_before_its_agent_knew_gives_its_votes_to_the_source_first(bool itsMachineToo) => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.ApplyThenHang, times: 1);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await CrashInPromotionAsync(pair);
        await pair.UntilAsync(() => pair.Cluster.Votes.Count(vote => vote.Node == pair.B.Name) == 3);
        if (itsMachineToo)
        {
            pair.Step = TimeSpan.FromMilliseconds(20);
            pair.B.LosePower(keepsUnsynced: true);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
            await pair.B.PowerOnAsync();
        }
        else
        {
            pair.B.Validator.Stop();
            await pair.B.StartAgentAsync();
        }

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Cluster.Votes[^1].Node == pair.A.Name);
    });

    [Fact]
    public Task A_target_whose_validator_died_in_the_promotion_refuses() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.SetIdentityLatency = TimeSpan.FromSeconds(1);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.B.State.Handoff is { Phase: HandoffPhase.Promoting });
        await pair.PassAsync(TimeSpan.FromMilliseconds(100));

        pair.B.Validator.Stop();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
        pair.B.Validator.StartAtOnce();
        Assert.Equal(pair.B.Unstaked.Public, pair.B.Validator.Recorded);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_record_that_a_killed_validator_left_half_written_does_not_keep_the_source_waiting(bool agentToo) => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.ApplyThenHang, times: 1);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.Cluster.Votes.Any(vote => vote.Node == pair.B.Name));
        if (agentToo)
        {
            pair.B.CrashAgent();
        }
        pair.B.Validator.Stop();
        pair.B.Disk.Create($"{pair.B.TowerPath}.new", [1, 2, 3], null);
        pair.B.Validator.StartAtOnce();
        if (agentToo)
        {
            await pair.B.StartAgentAsync();
        }

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Cluster.Votes[^1].Node == pair.A.Name);
        Assert.False(pair.B.Validator.Running && pair.B.Validator.Recorded == pair.Cluster.Staked.Public);
    });

    [Fact]
    public Task A_target_whose_processes_cannot_be_seen_says_that_it_cannot_tell() => SimulatedPair.RunAsync(async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.B.State.Handoff is { Phase: HandoffPhase.Promoting });
        pair.B.Validator.HidesProcess = true;
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Null(pair.Voter);

        pair.B.Validator.HidesProcess = false;

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
    });

    private static async Task CrashInPromotionAsync(SimulatedPair pair)
    {
        await pair.UntilAsync(() => pair.B.State.Handoff is { Phase: HandoffPhase.Promoting });
        await pair.PassAsync(TimeSpan.FromMilliseconds(50));
        pair.B.CrashAgent();
    }
}
