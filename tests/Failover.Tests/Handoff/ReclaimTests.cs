using Failover.Agents;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>A source that cannot take S back at once tries again later, when S may have moved on: invariant 1 is what they check.</summary>
[Collection(SimulationCollection.Name)]
public class ReclaimTests
{
    [Fact]
    public Task S_is_given_to_nobody_by_hand_while_a_source_takes_it_back() => SimulatedPair.RunAsync(async pair =>
    {
        await FailInReclaimingAsync(pair);

        foreach (var _ in Enumerable.Range(0, 5))
        {
            await pair.PassAsync(TimeSpan.FromSeconds(7));
            var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => GiveByHandAsync(pair));
            Assert.Equal(RefusalReason.Locked, refused.Reason);
        }
        pair.A.Validator.Heal();
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task S_is_given_to_nobody_by_hand_while_a_source_may_rely_on_the_refusal_of_its_hand_over() => SimulatedPair.RunAsync(async pair =>
    {
        RefuseTarget(pair);
        await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.B.State.Handoff is { Phase: HandoffPhase.Refused });

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => GiveByHandAsync(pair));

        Assert.Equal(RefusalReason.Locked, refused.Reason);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_source_that_stood_still_with_a_refusal_in_its_hands_does_not_act_on_it(bool askedAgain) => SimulatedPair.RunAsync(async pair =>
    {
        if (askedAgain)
        {
            // So that the answer comes to a question, and not to the hand-over.
            pair.Network.Fates = (_, message) => message is AnswerMessage ? Fate.CutBefore : Fate.Arrives;
        }
        RefuseTarget(pair);
        pair.Oracle.Message = (from, message) =>
        {
            if (from == pair.B.Name && (askedAgain ? message is WithdrawReply : message is AnswerMessage))
            {
                pair.A.PauseAgent();
            }
        };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.PassAsync(Long);
        await GiveByHandAsync(pair);
        pair.Oracle.Message = (_, _) => { };

        pair.A.ResumeAgent();

        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_source_whose_agent_comes_back_in_the_middle_of_a_demotion_yields_to_a_target_that_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Disk.Refuses = (operation, path) => operation == "Create" && path.StartsWith("/state/", StringComparison.Ordinal) && pair.A.State.Handoff is { Phase: HandoffPhase.Demoting };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        pair.A.CrashAgent();
        await pair.PassAsync(Long);

        await GiveByHandAsync(pair);
        pair.A.Disk.Refuses = (_, _) => false;
        await pair.A.StartAgentAsync();

        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_source_whose_agent_comes_back_in_the_middle_of_a_reclaim_yields_to_a_target_that_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.A.CrashAgent();
        await pair.PassAsync(Long);

        await GiveByHandAsync(pair);
        pair.A.Validator.Heal();
        await pair.A.StartAgentAsync();

        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_source_that_got_as_far_as_the_identity_yields_to_a_target_that_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        // Its link cannot be repointed, so that the reclaim stays open although the validator has S.
        RefuseTarget(pair);
        pair.A.Disk.Refuses = (operation, path) => path.StartsWith(pair.A.Config.IdentityLink, StringComparison.Ordinal) && pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.Voter == pair.A && pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming });

        // The operator makes certain that the source cannot vote, as the override demands.
        pair.A.CrashAgent();
        pair.A.Validator.Stop();
        await pair.PassAsync(Long);
        await GiveByHandAsync(pair);
        pair.A.Disk.Refuses = (_, _) => false;
        pair.A.Validator.StartAtOnce();
        await pair.A.StartAgentAsync();

        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_yield_that_fails_half_way_is_not_gone_back_on() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.A.CrashAgent();
        await pair.PassAsync(Long);
        await GiveByHandAsync(pair);
        pair.A.Validator.Heal();
        pair.A.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse, times: 1);
        pair.A.Validator.Fail(AdminCall.StopVoters, AdminFault.Refuse, times: 3);

        await pair.A.StartAgentAsync();
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.HandedOver, Receipt: null });
        pair.Network.Isolate(pair.B.Name);
        pair.B.CrashAgent();

        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_target_that_cannot_be_reached_does_not_hold_up_a_reclaim() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.Network.Isolate(pair.B.Name);
        pair.A.Validator.Heal();

        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_target_that_cannot_be_reached_but_votes_holds_up_a_reclaim() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.Network.Isolate(pair.B.Name);
        await pair.PassAsync(Long);
        await GiveByHandAsync(pair);
        await pair.UntilAsync(() => pair.Voter == pair.B);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        pair.A.Validator.Heal();

        await pair.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HandoffPhase.Reclaiming, pair.A.State.Handoff!.Phase);
        pair.Network.Rejoin(pair.B.Name);
        await AssertYieldsAsync(pair, order);
    });

    [Fact]
    public Task A_source_that_is_cut_off_from_the_target_and_from_the_cluster_takes_nothing_back() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.Network.Isolate(pair.B.Name);
        pair.A.Validator.Stalled = true;
        await pair.PassAsync(Long);
        await GiveByHandAsync(pair);
        pair.A.Validator.Heal();

        await pair.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Same(pair.B, pair.Voter);
        pair.A.Validator.Stalled = false;
        await pair.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Same(pair.B, pair.Voter);
        pair.Network.Rejoin(pair.B.Name);
        await AssertYieldsAsync(pair, order);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_target_that_may_come_up_with_S_holds_up_a_reclaim(bool started) => SimulatedPair.RunAsync(async pair =>
    {
        await FailInReclaimingAsync(pair);
        pair.A.CrashAgent();
        await pair.PassAsync(Long);
        await pair.B.AskAsync(agent => agent.RelinkAsync(HeldIdentity.Staked, "it is to be restarted with S", CancellationToken.None));
        await CopyRecordAsync(pair);
        pair.B.Validator.Stop();
        pair.B.Validator.StartUp = TimeSpan.FromMinutes(1);
        if (started)
        {
            pair.B.Validator.Start();
        }
        pair.A.Validator.Heal();
        await pair.A.StartAgentAsync();

        await pair.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Null(pair.Nodes.FirstOrDefault(node => node == pair.A && node.Validator.CanVote));
        if (!started)
        {
            pair.B.Validator.Start();
        }
        await pair.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Same(pair.B, pair.Voter);
    });

    // The target keeps S away from hands for as long as a source may rely on its word.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);

    /// <summary>The target refuses for good; the source's validator then refuses its voters, again and again.</summary>
    private static async Task<HandoffOrder> FailInReclaimingAsync(SimulatedPair pair)
    {
        RefuseTarget(pair);
        pair.A.Validator.Fail(AdminCall.GiveVotersBack, AdminFault.Refuse);
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming });
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        return order;
    }

    private static void RefuseTarget(SimulatedPair pair) =>
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse, times: 1);

    private static async Task AssertYieldsAsync(SimulatedPair pair, HandoffOrder order)
    {
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.Ended });
        Assert.Equal((order, HandoffEnding.Completed), (pair.A.State.Handoff!.Order, pair.A.State.Handoff.Ending));
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
    }

    private static async Task GiveByHandAsync(SimulatedPair pair)
    {
        await CopyRecordAsync(pair);
        await pair.B.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Staked, "the other one stands still", CancellationToken.None));
    }

    /// <summary>What an operator must do before S is taken by hand: bring the newest record.</summary>
    private static Task CopyRecordAsync(SimulatedPair pair)
    {
        pair.B.Disk.Create(pair.B.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
        return Task.CompletedTask;
    }
}
