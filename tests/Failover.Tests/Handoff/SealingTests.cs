using Failover.Records;
using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class SealingTests
{
    [Fact]
    public Task A_vote_that_is_stored_late_is_waited_for_and_handed_over() => SimulatedPair.RunAsync(async pair =>
    {
        // The lock of the fence is got just after the next vote was generated, which is stored when the drain has already begun.
        pair.A.Validator.StoreTime = TimeSpan.FromMilliseconds(45);
        pair.A.Validator.StopVotersLatency = TimeSpan.FromMilliseconds(360);
        var order = await pair.BeginAsync(pair.A, pair.B);

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.DoesNotContain(events, happened => happened.State == StepState.Alarm);
        // From the beginning of the sealing: the rename restarts the drain of 50 ms.
        var took = events.Single(happened => happened is { Step: HandoffStep.Seal, State: StepState.Done }).SinceStart
            - events.Single(happened => happened is { Step: HandoffStep.Seal, State: StepState.Started }).SinceStart;
        Assert.InRange(took.TotalMilliseconds, 55, 200);
        Assert.Equal(pair.Cluster.Votes.Last(vote => vote.Node == pair.A.Name).Slot, events[^1].Outcome!.Receipt!.LastVotedSlot);
    });

    [Theory]
    [InlineData(450)]
    [InlineData(900)]
    [InlineData(1300)]
    [InlineData(1900)]
    public Task Votes_that_queue_up_behind_a_slow_disk_are_all_in_the_record_that_is_handed_over(int queued) => SimulatedPair.RunAsync(async pair =>
    {
        // One to four votes are cast and not stored when the fence falls, and none of them shows for longer than the usual drain.
        pair.A.Validator.QueueTime = TimeSpan.FromMilliseconds(queued);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        var order = await pair.BeginAsync(pair.A, pair.B);

        var events = await pair.A.FollowAsync(order);

        Assert.DoesNotContain(events, happened => happened.State == StepState.Alarm);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.Equal(pair.Cluster.Votes.Last(vote => vote.Node == pair.A.Name).Slot, events[^1].Outcome!.Receipt!.LastVotedSlot);
    });

    [Fact]
    public Task A_disk_so_slow_that_the_votes_do_not_come_to_an_end_makes_no_second_voter() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Validator.QueueTime = TimeSpan.FromSeconds(20);
        await pair.PassAsync(TimeSpan.FromSeconds(40));
        var order = await pair.BeginAsync(pair.A, pair.B);

        var events = await pair.A.FollowAsync(order);

        Assert.DoesNotContain(events, happened => happened.State == StepState.Alarm);
        Assert.Contains(events, happened => happened.Step == HandoffStep.Seal && happened.Text.Contains("did not come to rest", StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_temporary_file_that_never_goes_keeps_the_record_from_being_sealed() => GoesBackAsync("did not come to rest", pair =>
        pair.A.Disk.Create(pair.A.TowerPath + RecordFiles.TemporarySuffix, [1], null));

    [Fact]
    public Task A_record_that_never_comes_to_rest_is_not_sealed() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Voters.Count == 0);
        // Something changes it, again and again, within the drain time.
        byte[][] towers = [pair.A.Disk.BytesOf(pair.A.TowerPath)!, SimulatedTowers.OneVoteNewer(pair.A, pair.Cluster.Staked)];
        for (var turn = 1; pair.A.Validator.Voters.Count == 0 && pair.A.State.Handoff is { Phase: HandoffPhase.Demoting }; turn++)
        {
            pair.A.Disk.Create(pair.A.TowerPath + ".other", towers[turn % 2], null);
            pair.A.Disk.Rename(pair.A.TowerPath + ".other", pair.A.TowerPath);
            await pair.PassAsync(TimeSpan.FromMilliseconds(30));
        }
        pair.A.Disk.Create(pair.A.TowerPath, towers[0], null);

        var events = await pair.A.FollowAsync(order);

        Assert.Contains(events, happened => happened.Step == HandoffStep.Seal && happened.Text.Contains("did not come to rest", StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Theory]
    [InlineData("damaged", RecordTests.HeaderIsComplete)]
    [InlineData("foreign", RecordTests.NodeIsIdentity)]
    public Task A_record_that_fails_a_test_is_not_handed_over_and_S_waits_until_it_is_whole(string kind, string test) => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        var whole = pair.A.Disk.BytesOf(pair.A.TowerPath)!;
        pair.A.Disk.Create(pair.A.TowerPath, kind == "damaged" ? [1, 2, 3] : SimulatedTowers.EndingWith(Keypairs.Of(77), pair.Cluster.Slot), null);
        await pair.UntilAsync(() => pair.PersonNeeded);
        Assert.Null(pair.Voter);
        Assert.Equal(HandoffPhase.Demoting, pair.A.State.Handoff!.Phase);

        pair.A.Disk.Create(pair.A.TowerPath, whole, null);

        var events = await pair.A.FollowAsync(order);
        Assert.Contains(events, happened => happened.Step == HandoffStep.Seal && happened.Text.Contains(test, StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task Without_a_record_nothing_is_handed_over_and_S_waits_until_it_is_found() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        var tower = pair.A.Disk.BytesOf(pair.A.TowerPath)!;
        pair.A.Disk.Delete(pair.A.TowerPath);
        await pair.UntilAsync(() => pair.PersonNeeded);
        Assert.Null(pair.Voter);

        pair.A.Disk.Create(pair.A.TowerPath, tower, null);

        var events = await pair.A.FollowAsync(order);
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_record_that_lacks_a_vote_on_chain_is_neither_handed_over_nor_voted_from() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        var newest = pair.A.Disk.BytesOf(pair.A.TowerPath)!;
        // Somebody restored an older copy, which is whole and signed; and the loop, which has left S by then, would vote from it.
        pair.A.Disk.Create(pair.A.TowerPath + RecordFiles.TemporarySuffix, [1], null);
        await pair.UntilAsync(() => pair.A.Validator.Loop == pair.A.Unstaked.Public);
        pair.A.Disk.Create(pair.A.TowerPath, SimulatedTowers.EndingWith(pair.Cluster.Staked, pair.Cluster.LastVoteOnChain - 3), null);
        pair.A.Disk.Delete(pair.A.TowerPath + RecordFiles.TemporarySuffix);
        await pair.UntilAsync(() => pair.PersonNeeded);
        Assert.Null(pair.Voter);

        pair.A.Disk.Create(pair.A.TowerPath, newest, null);

        var events = await pair.A.FollowAsync(order);
        Assert.Contains(events, happened => happened.Step == HandoffStep.Seal && happened.Text.Contains("the chain shows a vote", StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });

    [Fact]
    public Task A_chain_that_cannot_be_asked_does_not_stop_the_sealing() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        pair.A.Validator.RpcIsDown = true;
        await pair.UntilAsync(() => pair.A.State.Handoff is { Unfinished: false });
        pair.A.Validator.RpcIsDown = false;

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_record_that_changes_after_it_was_sealed_is_an_alarm() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.HandedOver });
        pair.A.Disk.Create(pair.A.TowerPath + ".other", SimulatedTowers.OneVoteNewer(pair.A, pair.Cluster.Staked), null);
        pair.A.Disk.Rename(pair.A.TowerPath + ".other", pair.A.TowerPath);

        var events = await pair.A.FollowAsync(order);

        Assert.Contains(events, happened => happened is { Step: HandoffStep.Seal, State: StepState.Alarm });
    });

    [Fact]
    public Task A_validator_that_does_not_vote_is_fenced_without_a_vote() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Fates = (_, message) =>
        {
            // After the preflight, which would notice a standing validator sooner or later.
            pair.A.Validator.Stalled |= message is OpenMessage && pair.A.State.Handoff is not null;
            return Fate.Arrives;
        };
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.Voter == pair.B);
        // Its loop still acts with S, so it stays without voters.
        await pair.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(pair.Cluster.Staked.Public, pair.A.Validator.Loop);
        Assert.Empty(pair.A.Validator.Voters);

        pair.A.Validator.Stalled = false;

        var events = await pair.A.FollowAsync(order);
        Assert.Contains(events, happened => happened.Step == HandoffStep.VoterFence && happened.Text.Contains("no vote was seen", StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.A.Validator.Voters.Count > 0);
    });

    private static Task GoesBackAsync(string reason, Action<SimulatedPair> afterFence) => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        afterFence(pair);

        var events = await pair.A.FollowAsync(order);

        Assert.Contains(events, happened => happened.Step == HandoffStep.Seal && happened.Text.Contains(reason, StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.WentBack, events[^1].Outcome!.Ending);
        await pair.UntilAsync(() => pair.Voter == pair.A);
    });
}
