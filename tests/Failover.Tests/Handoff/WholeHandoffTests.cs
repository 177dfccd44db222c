using Failover.Agents;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class WholeHandoffTests
{
    [Fact]
    public Task A_handoff_moves_S_to_the_target_and_leaves_the_source_a_standby() => SimulatedPair.RunAsync(async pair =>
    {
        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        AssertRoles(pair, active: pair.B, standby: pair.A);
        Assert.Equal(HandoffPhase.Ended, pair.A.State.Handoff!.Phase);
        Assert.Equal(HandoffPhase.Active, pair.B.State.Handoff!.Phase);
    });

    [Fact]
    public Task The_pause_is_one_slot_long_and_both_agents_know_it() => SimulatedPair.RunAsync(async pair =>
    {
        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(1UL, outcome.VoteGapSlots);
        var last = pair.Cluster.Votes.Last(vote => vote.Node == pair.A.Name);
        var first = pair.Cluster.Votes.First(vote => vote.Node == pair.B.Name);
        Assert.Equal(last.Slot, outcome.Receipt!.LastVotedSlot);
        Assert.Equal(first.Slot, outcome.FirstVotedSlot);
        var measured = Assert.NotNull(outcome.VoteGap);
        Assert.Equal(pair.Time.GetElapsedTime(last.At, first.At).TotalMilliseconds, measured.TotalMilliseconds, tolerance: 30.0);
    });

    [Fact]
    public Task No_copy_of_a_record_that_was_replaced_is_ever_removed() => SimulatedPair.RunAsync(async pair =>
    {
        string Copy(ulong of) => $"{pair.B.TowerPath}.before-handoff-{of}";
        for (var slot = 11UL; slot <= 60; slot++)
        {
            pair.B.Disk.Create(Copy(slot), SimulatedTowers.EndingWith(pair.Cluster.Staked, slot), null);
        }
        pair.B.Disk.Create($"{Copy(61)}-damaged", [1, 2, 3], null);

        await pair.HandOverAsync(pair.A, pair.B);
        await pair.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(51, pair.B.Disk.List(pair.B.Config.TowerFolder, Path.GetFileName($"{pair.B.TowerPath}.before-")).Count);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public Task A_source_that_cannot_watch_its_record_does_not_begin(int watches) => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Disk.MostWatches = watches;

        var report = await pair.PrepareAsync(pair.Order(pair.A, pair.B));

        var failing = Assert.Single(report.Checks, check => check.Outcome == CheckOutcome.Fails);
        Assert.Equal("source-record-can-be-watched", failing.Name);
        Assert.Equal(0, pair.A.Disk.Watches);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task The_record_arrives_byte_for_byte() => SimulatedPair.RunAsync(async pair =>
    {
        byte[]? stored = null;
        pair.B.Disk.Refuses = (operation, path) =>
        {
            stored ??= (operation, path) == ("SyncFolder", pair.B.Config.TowerFolder) ? pair.B.Disk.BytesOf(pair.B.TowerPath) : null;
            return false;
        };

        await pair.HandOverAsync(pair.A, pair.B);

        Assert.NotNull(stored);
        Assert.Equal(pair.A.Disk.BytesOf(pair.A.TowerPath), stored);
    });

    [Fact]
    public Task The_source_gets_its_voters_back_only_after_its_loop_has_adopted_U() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);

        var fenced = IndexOf(pair, "node-a's validator has no voters");
        var adopted = IndexOf(pair, "node-a's voting loop adopts U");
        var given = IndexOf(pair, "node-a's validator has its voters");
        Assert.InRange(adopted, fenced + 1, given - 1);
        Assert.Equal(pair.A.Config.AuthorizedVoters, pair.A.Validator.Voters.Order());
        Assert.False(pair.A.State.VotersOwed);
    });

    [Fact]
    public Task Both_timelines_end_and_both_histories_tell_of_the_handoff() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);

        foreach (var node in pair.Nodes)
        {
            var events = await node.FollowAsync(order);
            Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(happened => happened.Sequence));
            Assert.Equal((HandoffStep.End, StepState.Done), (events[^1].Step, events[^1].State));
            Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
            var history = await node.AskAsync(agent => agent.GetHistoryAsync(10, CancellationToken.None));
            Assert.Equal(Lines(events), Lines(Assert.Single(history, entry => entry.Kind == "handoff").Events));
        }
    });

    [Fact]
    public Task A_timeline_that_ended_before_a_restart_can_still_be_read() => SimulatedPair.RunAsync(async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        var before = await pair.A.FollowAsync(order);

        pair.A.CrashAgent();
        await pair.A.StartAgentAsync();

        Assert.Equal(Lines(before), Lines(await pair.A.FollowAsync(order)));
    });

    [Fact]
    public Task S_goes_there_and_back_ten_times() => SimulatedPair.RunAsync(async pair =>
    {
        for (var turn = 0; turn < 10; turn++)
        {
            var (from, to) = turn % 2 == 0 ? (pair.A, pair.B) : (pair.B, pair.A);
            await pair.PassAsync(TimeSpan.FromSeconds(2));

            var outcome = await pair.HandOverAsync(from, to);

            Assert.Equal(HandoffEnding.Completed, outcome.Ending);
            AssertRoles(pair, active: to, standby: from);
        }
    });

    [Fact]
    public Task S_goes_round_three_nodes() => SimulatedPair.RunAsync(async pair =>
    {
        foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0) })
        {
            await pair.PassAsync(TimeSpan.FromSeconds(2));

            var outcome = await pair.HandOverAsync(pair.Nodes[from], pair.Nodes[to]);

            Assert.Equal(HandoffEnding.Completed, outcome.Ending);
            AssertRoles(pair, active: pair.Nodes[to], standby: pair.Nodes[from]);
        }
    }, nodes: 3);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(300)]
    public Task A_handoff_works_over_any_distance(int latencyInMilliseconds) => SimulatedPair.RunAsync(async pair =>
    {
        pair.Network.Latency = TimeSpan.FromMilliseconds(latencyInMilliseconds);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
    });

    [Fact]
    public Task A_slow_link_never_carries_two_messages_at_once() => SimulatedPair.RunAsync(async pair =>
    {
        // Long enough that a pong and the first vote meet.
        pair.Network.SendTime = TimeSpan.FromMilliseconds(450);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.NotNull(outcome.FirstVotedSlot);
    });

    [Fact]
    public Task A_standby_that_is_kept_fenced_gets_its_voters_with_S_only() => SimulatedPair.RunAsync(async pair =>
    {
        var there = await pair.HandOverAsync(pair.A, pair.B);
        Assert.Empty(pair.A.Validator.Voters);
        await pair.PassAsync(TimeSpan.FromSeconds(2));

        var back = await pair.HandOverAsync(pair.B, pair.A);

        Assert.Equal((HandoffEnding.Completed, HandoffEnding.Completed), (there.Ending, back.Ending));
        AssertRoles(pair, active: pair.A, standby: pair.B);
        Assert.Empty(pair.B.Validator.Voters);
    }, before: pair =>
    {
        foreach (var node in pair.Nodes)
        {
            node.Config = node.Config with { StandbyFenced = true };
        }
    });

    [Fact]
    public Task A_validator_that_does_not_run_hands_its_record_over_all_the_same() => SimulatedPair.RunAsync(async pair =>
    {
        pair.A.Validator.Stop();

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.Same(pair.B, pair.Voter);
        pair.A.Validator.StartAtOnce();
        Assert.Equal(pair.A.Unstaked.Public, pair.A.Validator.Recorded);
    });

    private static void AssertRoles(SimulatedPair pair, SimulatedNode active, SimulatedNode standby)
    {
        Assert.Same(active, pair.Voter);
        Assert.Equal(active.Name, pair.Cluster.Votes[^1].Node);
        Assert.Equal(pair.Cluster.Staked.Public, active.Validator.Recorded);
        Assert.Equal(standby.Unstaked.Public, standby.Validator.Recorded);
        Assert.Equal(standby.Unstaked.Public, standby.Validator.Loop);
        Assert.Equal((HeldIdentity.Staked, HeldIdentity.Unstaked), (active.LinkPointsTo, standby.LinkPointsTo));
        Assert.Equal((PromisedRole.Active, PromisedRole.Standby), (active.State.Promised, standby.State.Promised));
        Assert.Null(standby.Disk.Stat(standby.TowerPath + RecordFiles.TemporarySuffix));
    }

    private static IEnumerable<(long, TimeSpan, HandoffStep, StepState, string)> Lines(IEnumerable<HandoffEvent> events) =>
        events.Select(happened => (happened.Sequence, happened.SinceStart, happened.Step, happened.State, happened.Text));

    private static int IndexOf(SimulatedPair pair, string text) =>
        pair.Happened.Index().First(line => line.Item.EndsWith(text, StringComparison.Ordinal) || line.Item.Contains(text + " ", StringComparison.Ordinal)).Index;
}
