using Failover.Records.Towers;
using FakeValidator.Faults;
using FakeWire;

namespace FakeValidator.Tests;

public sealed class ReplayLoopTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tower_is_stored_before_its_vote_is_sent()
    {
        using var world = World.Started();
        world.Feed(101);
        await world.TurnAsync();
        var held = world.Faults.Hold(Point.AfterStoreBeforeSend);
        var serving = world.ServeVotesAsync();
        await held;
        Assert.Equal(101UL, world.StoredTower!.LastVote.LastSlot);
        Assert.Empty(world.Votes);
        world.Faults.Apply($"hold {Point.AfterStoreBeforeSend} off");
        await serving;
        Assert.Equal(101UL, Assert.Single(world.Votes).LastSlot);
    }

    [Fact]
    public async Task After_setIdentity_one_more_vote_goes_out_with_the_old_identity_and_its_tower_is_written_after_the_reply()
    {
        using var world = World.Started();
        await world.PassAsync(101, 3);
        Assert.Contains("\"result\":null", await world.SetIdentityAsync(world.UnstakedPath), StringComparison.Ordinal);
        Assert.Equal(103UL, world.StoredTower!.LastVote.LastSlot);

        world.Feed(104);
        await world.TurnAsync();
        Assert.Equal(World.Unstaked.Text, world.Loop.Identity.Text);
        Assert.Equal(103UL, world.StoredTower!.LastVote.LastSlot);
        await world.ServeVotesAsync();
        Assert.Equal(104UL, world.StoredTower!.LastVote.LastSlot);
        Assert.Equal((104UL, World.Staked.Text), (world.Votes[^1].LastSlot, world.Votes[^1].Identity));

        await world.PassAsync(105, 3);
        Assert.Equal(104UL, world.Votes[^1].LastSlot);
        Assert.Contains($"solana_core::replay_stage] Identity changed from {World.Staked.Text} to {World.Unstaked.Text}", world.Log, StringComparison.Ordinal);
        Assert.Contains(
            $"Vote account node_pubkey mismatch: {World.Staked.Text} (expected: {World.Unstaked.Text}).  Unable to vote", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stalled_node_keeps_the_old_identity_and_votes_with_it_when_blocks_flow_again()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        world.Faults.Apply("stall on");
        await world.SetIdentityAsync(world.UnstakedPath);
        for (var slot = 102UL; slot < 120; slot++)
        {
            await world.PassAsync(slot);
        }
        Assert.Equal(World.Staked.Text, world.Loop.Identity.Text);
        Assert.Equal(101UL, Assert.Single(world.Votes).LastSlot);

        world.Faults.Apply("stall off");
        await world.TurnAsync();
        await world.ServeVotesAsync();
        Assert.Equal((119UL, World.Staked.Text), (world.Votes[^1].LastSlot, world.Votes[^1].Identity));
        Assert.Equal(World.Unstaked.Text, world.Loop.Identity.Text);
    }

    [Fact]
    public async Task The_voter_fence_stops_votes_at_once_even_on_a_stalled_node()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        world.Faults.Apply("stall on");
        await world.PassAsync(102);
        await world.AdminAsync("removeAllAuthorizedVoters");
        world.Faults.Apply("stall off");
        await world.PassAsync(103, 5);
        Assert.Single(world.Votes);
    }

    [Fact]
    public async Task The_voter_fence_waits_for_the_vote_that_is_being_generated_and_only_that_vote_still_comes()
    {
        using var world = World.Started();
        world.Feed(101);
        var held = world.Faults.Hold(Point.WhileGeneratingVote);
        var turn = world.TurnAsync();
        await held;
        var fence = world.AdminAsync("removeAllAuthorizedVoters");
        Assert.False(fence.IsCompleted);
        world.Faults.Apply($"hold {Point.WhileGeneratingVote} off");
        await turn;
        await fence;
        await world.PassAsync(102, 3);
        Assert.Equal(101UL, Assert.Single(world.Votes).LastSlot);
    }

    [Fact]
    public async Task A_fenced_node_goes_on_in_memory_and_leaves_the_stored_tower_alone()
    {
        using var world = World.Started();
        await world.PassAsync(101, 2);
        var stored = await File.ReadAllBytesAsync(world.TowerPath, Ct);
        await world.AdminAsync("removeAllAuthorizedVoters");
        await world.PassAsync(103, 4);
        Assert.Equal(106UL, world.Loop.Voter.Tower.LastVotedSlot);
        Assert.Equal(stored, await File.ReadAllBytesAsync(world.TowerPath, Ct));
    }

    [Fact]
    public async Task The_fault_of_a_missing_fence_says_yes_and_votes_on()
    {
        using var world = World.Started();
        world.Faults.Apply("no-voters-fence on");
        Assert.Contains("\"result\":null", await world.AdminAsync("removeAllAuthorizedVoters"), StringComparison.Ordinal);
        await world.PassAsync(101);
        Assert.Single(world.Votes);
    }

    [Fact]
    public async Task More_late_votes_can_be_asked_for()
    {
        using var world = World.Started();
        world.Faults.Apply("late-votes 2");
        await world.PassAsync(101);
        await world.SetIdentityAsync(world.UnstakedPath);
        await world.PassAsync(102, 6);
        Assert.Equal([101, 102, 103, 104], world.Votes.Select(vote => vote.LastSlot));
    }

    [Fact]
    public async Task Votes_are_signed_by_the_identity_and_carry_the_whole_tower()
    {
        using var world = World.Started();
        await world.PassAsync(101, 40);
        var vote = world.Votes[^1];
        var digest = Voting.VoteMessage.Digest(World.VoteAccount, vote.TowerSync, vote.Blockhash);
        Assert.True(Failover.Identities.Ed25519Signature.Verify(World.Staked.Pubkey, digest, vote.Signature));
        Assert.True(TowerSync.TryDecode(vote.TowerSync, out var tower));
        Assert.Equal((31, 109UL, 140UL), (tower.Lockouts.Count, tower.Root, tower.LastSlot));
        Assert.Equal(109UL, world.Loop.Forks.Root);
    }

    [Fact]
    public async Task Lockouts_keep_the_node_off_another_fork_until_they_run_out()
    {
        using var world = World.Started();
        await world.PassAsync(101, 4);
        await world.PassAsync(105, parent: 102);
        Assert.Equal(104UL, world.Votes[^1].LastSlot);
        for (var slot = 106UL; slot < 118; slot++)
        {
            await world.PassAsync(slot);
        }
        var after = world.Votes.First(vote => vote.LastSlot > 104);
        Assert.True(TowerSync.TryDecode(after.TowerSync, out var tower));
        Assert.DoesNotContain(tower.Lockouts, lockout => lockout.Slot is 103 or 104);
        Assert.Equal(108UL, after.LastSlot);
    }

    [Fact]
    public async Task A_fork_that_the_cluster_does_not_follow_is_no_reason_to_switch()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        await world.PassAsync(110, parent: 100, canonical: false);
        Assert.Equal(101UL, world.Votes[^1].LastSlot);
    }

    [Fact]
    public async Task A_vote_that_does_not_land_is_sent_again_and_the_tower_file_stays()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        var stored = await File.ReadAllBytesAsync(world.TowerPath, Ct);

        // The newest block is on a fork that may not be switched to, while the own fork grows.
        await world.PassAsync(200, parent: 100, canonical: false);
        await world.PassAsync(102, 15);
        Assert.Single(world.Votes);
        await world.PassAsync(117, 3);
        var refresh = world.Votes[1];
        Assert.Equal((2, 101UL, true, "hash117"), (world.Votes.Count, refresh.LastSlot, refresh.IsRefresh, refresh.Blockhash));
        Assert.True(TowerSync.TryDecode(world.Votes[0].TowerSync, out var first));
        Assert.True(TowerSync.TryDecode(refresh.TowerSync, out var second));
        Assert.Equal(first.Timestamp + 1, second.Timestamp);
        Assert.Equal(first.Lockouts, second.Lockouts);
        Assert.Equal(stored, await File.ReadAllBytesAsync(world.TowerPath, Ct));

        world.Time.Advance(TimeSpan.FromSeconds(5));
        await world.PassAsync(120);
        Assert.Equal(3, world.Votes.Count);
    }

    [Fact]
    public async Task A_node_that_lags_publishes_and_votes_late()
    {
        using var world = World.Started();
        world.Faults.Apply("lag 5");
        await world.PassAsync(101, 10);
        Assert.Equal(105UL, world.Votes[^1].LastSlot);
        Assert.Equal(105UL, world.Node.Chain.At(Chain.Commitment.Processed)!.Slot);
    }

    [Theory]
    [InlineData(Point.BeforeStore, null, 0)]
    [InlineData(Point.MidStore, null, 0)]
    [InlineData(Point.AfterStoreBeforeSend, 101UL, 0)]
    [InlineData(Point.AfterSend, 101UL, 1)]
    public async Task The_process_can_die_between_generating_storing_and_sending(string point, ulong? stored, int sent)
    {
        using var world = World.Started();
        world.Faults.Apply($"die-at {point}");
        world.Feed(101);
        await world.TurnAsync();
        await Assert.ThrowsAsync<ProcessEndedException>(world.ServeVotesAsync);
        Assert.True(world.Killed);
        Assert.Equal(stored, world.StoredTower?.LastVote.LastSlot);
        Assert.Equal(sent, world.Votes.Count);
    }

    [Fact]
    public async Task A_leader_waits_for_a_rooted_vote_and_then_leads()
    {
        using var world = World.Started();
        world.Node.Leaders.Learn(new Schedule(0, 0, new Dictionary<string, IReadOnlyList<ulong>> { [World.Staked.Text] = [110, 151] }));
        await world.PassAsync(101, 9);
        Assert.Contains("INFO  solana_core::replay_stage] Haven't landed a vote, so skipping my leader slot", world.Log, StringComparison.Ordinal);
        for (var slot = 110UL; slot < 151; slot++)
        {
            world.LandLastVote();
            await world.PassAsync(slot);
        }
        var produced = Assert.Single(world.Sent.OfType<Produced>());
        Assert.Equal((151UL, 150UL, World.Staked.Text), (produced.Slot, produced.Parent, produced.Identity));
    }

    [Fact]
    public async Task A_switch_in_front_of_an_own_leader_slot_makes_a_block_with_the_wrong_signature()
    {
        using var world = World.Started(new WorldOptions { WaitForVoteToStartLeader = false });
        world.Node.Leaders.Learn(new Schedule(0, 0, new Dictionary<string, IReadOnlyList<ulong>> { [World.Staked.Text] = [103] }));
        await world.PassAsync(101);
        await world.SetIdentityAsync(world.UnstakedPath);
        world.Time.Advance(TimeSpan.FromMilliseconds(401));
        await world.TurnAsync();
        Assert.Equal(World.Unstaked.Text, Assert.Single(world.Sent.OfType<Produced>()).Identity);
    }
}
