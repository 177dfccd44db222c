using Failover.Identities;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>A source that cannot take S back at once tries again later, when S may have moved on: invariant 1 is what they check.</summary>
[Collection(SimulationCollection.Name)]
public class ReclaimTests
{
    [Fact]
    public Task A_reclaim_that_is_tried_again_while_demoting_finds_that_the_target_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        // No vote comes to rest, and the source's validator then refuses every switch back.
        pair.A.Validator.Fail(AdminCall.GiveVotersBack, AdminFault.Refuse);
        pair.Network.Fates = (_, message) => message is HandOverMessage ? Fate.CutBefore : Fate.Arrives;
        pair.A.Disk.Refuses = (operation, path) => operation == "Create" && path.StartsWith("/state/", StringComparison.Ordinal) && pair.A.State.Handoff is { Phase: HandoffPhase.Demoting };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        await pair.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HandoffPhase.Demoting, pair.A.State.Handoff!.Phase);

        await GiveByHandAsync(pair);
        pair.A.Disk.Refuses = (_, _) => false;
        pair.A.Validator.Heal();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task A_reclaim_that_was_begun_and_is_tried_again_finds_that_the_target_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);

        await GiveByHandAsync(pair);
        pair.A.Validator.Heal();

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
    });

    [Fact]
    public Task A_restart_of_the_agent_in_the_middle_of_a_reclaim_asks_the_target_first() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.A.CrashAgent();

        await GiveByHandAsync(pair);
        pair.A.Validator.Heal();
        await pair.A.StartAgentAsync();

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Same(pair.B, pair.Voter);
    });

    [Fact]
    public Task A_reclaim_that_got_as_far_as_the_identity_yields_to_a_target_that_was_given_S_by_hand() => SimulatedPair.RunAsync(async pair =>
    {
        // Its link cannot be repointed, so that the reclaim stays open although the validator has S.
        RefuseTarget(pair);
        pair.A.Disk.Refuses = (operation, path) => path.StartsWith(pair.A.Config.IdentityLink, StringComparison.Ordinal) && pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.Voter == pair.A && pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming });

        // The operator makes certain that the source cannot vote, as the override demands.
        pair.A.Validator.Stop();
        await GiveByHandAsync(pair);
        pair.A.Validator.StartAtOnce();
        pair.A.Disk.Refuses = (_, _) => false;

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HeldIdentity.Unstaked, pair.A.LinkPointsTo);
    });

    [Fact]
    public Task A_target_that_cannot_be_asked_does_not_hold_up_a_reclaim() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await FailInReclaimingAsync(pair);
        pair.Network.Isolate(pair.B.Name);
        pair.A.Validator.Heal();

        Assert.Equal(HandoffEnding.WentBack, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_target_that_cannot_be_asked_but_votes_holds_up_a_reclaim() => SimulatedPair.RunAsync(async pair =>
    {
        await FailInReclaimingAsync(pair);
        await GiveByHandAsync(pair);
        await pair.UntilAsync(() => pair.Voter == pair.B);
        pair.Network.Isolate(pair.B.Name);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        pair.A.Validator.Heal();

        await pair.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Same(pair.B, pair.Voter);
        Assert.Equal(HandoffPhase.Reclaiming, pair.A.State.Handoff!.Phase);
    });

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

    private static async Task GiveByHandAsync(SimulatedPair pair)
    {
        if (pair.B.State.Handoff is { Phase: HandoffPhase.Prepared })
        {
            // Its prepare has lapsed by now.
            await pair.PassAsync(pair.B.Config.Timings.PrepareLife);
        }
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
