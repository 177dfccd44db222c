using Failover.Agents;
using Failover.Cluster;
using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class WindowTests
{
    [Fact]
    public Task A_handoff_that_waits_for_its_window_longer_than_a_prepare_lives_goes_on_all_the_same() => SimulatedPair.RunAsync(async pair =>
    {
        // A leader slot every 30 slots for 11 minutes; a prepare that nobody goes on with lapses after 10.
        var now = pair.Cluster.Slot;
        pair.Cluster.LeaderSlots.AddRange(Enumerable.Range(1, 55).Select(group => now + ((ulong)group * 30)));
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        await pair.CommitAsync(order, TimeSpan.FromSeconds(20));
        await pair.PassAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        Assert.True(pair.Cluster.Slot > pair.Cluster.LeaderSlots[^1]);
    });

    [Fact]
    public Task The_switch_comes_at_the_start_of_the_window_and_the_wait_counts_down_to_it() => SimulatedPair.RunAsync(async pair =>
    {
        var first = pair.Cluster.Slot + 200;
        pair.Cluster.LeaderSlots.AddRange([first, first + 1, first + 2, first + 3]);
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromMinutes(2)));

        var events = await pair.A.FollowAsync(order);

        var notes = events.Where(line => line is { Step: HandoffStep.WaitForWindow, State: StepState.Note }).ToList();
        Assert.Contains($"the next window opens with slot {first + 4}", notes[0].Text, StringComparison.Ordinal);
        Assert.Equal(204 * 0.4, notes[0].Rest!.Value.TotalSeconds, tolerance: 1);
        Assert.True(notes.Count >= 2 && notes[1].Rest < TimeSpan.FromSeconds(25), "it counts down once a minute");
        // The handoff took the first vote after the last leader slot.
        Assert.InRange(events[^1].Outcome!.Receipt!.LastVotedSlot, first + 4, first + 6);
    });

    [Fact]
    public Task A_window_that_reaches_across_the_end_of_the_epoch_is_one() => SimulatedPair.RunAsync(async pair =>
    {
        EndEpochSoon(pair);
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromMinutes(2)));

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.DoesNotContain(events, line => line is { Step: HandoffStep.WaitForWindow, State: StepState.Note });
    });

    [Fact]
    public Task Near_the_end_of_an_epoch_whose_next_schedule_is_not_known_yet_the_switch_waits_for_it() => SimulatedPair.RunAsync(async pair =>
    {
        var end = EndEpochSoon(pair);
        pair.A.Validator.ScheduleKnownUpTo = end;
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromMinutes(2)));
        await pair.PassAsync(TimeSpan.FromSeconds(8));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);

        pair.A.Validator.ScheduleKnownUpTo = ulong.MaxValue;
        var events = await pair.A.FollowAsync(order);

        Assert.Contains(events, line => line is { State: StepState.Note } && line.Text.Contains("the leader schedule is known for", StringComparison.Ordinal));
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.True(pair.Cluster.Slot < end, "not only in the next epoch");
    });

    [Fact]
    public Task An_unhealthy_source_too_much_delinquent_stake_and_a_missing_snapshot_are_waited_for_in_turn() => SimulatedPair.RunAsync(async pair =>
    {
        var source = pair.A.Validator;
        source.DelinquentStake = 0.05;
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromSeconds(30)) { MaxDelinquentStake = 0.05, NewSnapshot = true });
        source.Unhealthy = true;
        await pair.PassAsync(TimeSpan.FromSeconds(20));
        source.Unhealthy = false;
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        source.DelinquentStake = 0.0499;
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);
        source.Snapshot = new SnapshotSlots(2, null);

        var events = await pair.A.FollowAsync(order);

        var said = string.Join('\n', events.Where(line => line is { Step: HandoffStep.WaitForWindow, State: StepState.Note }).Select(line => line.Text));
        Assert.Contains("5.0 % of the cluster's stake is delinquent, less than 5 % is wanted", said, StringComparison.Ordinal);
        Assert.Contains("the source's validator is not healthy: Node is behind", said, StringComparison.Ordinal);
        Assert.Contains("the source's validator has no new snapshot yet; the last one is of slot 1", said, StringComparison.Ordinal);
        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
    });

    [Fact]
    public Task Where_there_are_incremental_snapshots_the_first_one_after_a_new_full_one_is_waited_for() => SimulatedPair.RunAsync(async pair =>
    {
        var source = pair.A.Validator;
        source.Snapshot = new SnapshotSlots(100, 150);
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromSeconds(30)) { NewSnapshot = true });
        await pair.PassAsync(TimeSpan.FromSeconds(6));
        source.Snapshot = new SnapshotSlots(200, null);
        await pair.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);
        source.Snapshot = new SnapshotSlots(200, 210);

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task A_source_whose_RPC_fails_for_a_moment_goes_on_waiting_and_for_long_the_handoff_ends_unchanged() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Cluster.LeaderSlots.AddRange(Enumerable.Range(1, 400).Select(group => pair.Cluster.Slot + ((ulong)group * 30)));
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromSeconds(30)));
        pair.A.Validator.RpcIsDown = true;
        await pair.PassAsync(TimeSpan.FromSeconds(20));
        pair.A.Validator.RpcIsDown = false;
        await pair.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);
        pair.A.Validator.RpcIsDown = true;

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.Unchanged, events[^1].Outcome!.Ending);
        Assert.Contains("connection refused", events[^1].Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task A_source_that_does_not_run_has_no_window_to_wait_for() => SimulatedPair.RunAsync(async pair =>
    {
        pair.Cluster.LeaderSlots.AddRange(Enumerable.Range(1, 400).Select(group => pair.Cluster.Slot + ((ulong)group * 30)));
        pair.A.Validator.RestartsAfter = null;
        pair.A.Validator.Stop();
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.FromMinutes(2)));

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
    });

    [Fact]
    public Task At_once_says_which_leader_slots_will_be_skipped_and_the_reason_is_in_the_history() => SimulatedPair.RunAsync(async pair =>
    {
        var near = pair.Cluster.Slot + 20;
        pair.Cluster.LeaderSlots.AddRange([near, near + 1, near + 400]);
        var order = await CommitAsync(pair, new CommitOptions(TimeSpan.Zero) { OverrideReason = "its disk is dying" });

        var events = await pair.A.FollowAsync(order);

        Assert.Contains(events, line => line.Text.StartsWith($"2 leader slots ({near}, {near + 1}) will be skipped", StringComparison.Ordinal));
        var history = await pair.A.AskAsync(agent => agent.GetHistoryAsync(10, CancellationToken.None));
        Assert.Contains(history, entry => entry.Kind == "override" && entry.Text.EndsWith("no restart window is waited for: its disk is dying", StringComparison.Ordinal));
    });

    private static async Task<HandoffOrder> CommitAsync(SimulatedPair pair, CommitOptions options)
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        await pair.A.AskAsync(agent => agent.CommitAsync(order, options, CancellationToken.None));
        return order;
    }

    private static ulong EndEpochSoon(SimulatedPair pair) => pair.A.Validator.SlotsInEpoch = pair.B.Validator.SlotsInEpoch = pair.Cluster.Slot + 200;
}
