using FakeValidator.Faults;
using FakeWire;

namespace FakeValidator.Tests;

/// <summary>What the voting loop does with the tower of the identity that it is told to become.</summary>
public sealed class AdoptionTests
{
    private static readonly WorldOptions Spare = new() { StartUnstaked = true };

    [Fact]
    public async Task The_stored_tower_is_loaded_and_voted_on_with()
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101, 5);
        Assert.Empty(world.Votes);
        world.StoreTower(100, 101, 102, 103, 104, 105);
        await world.SetIdentityAsync(world.StakedPath, requireTower: true);
        await world.PassAsync(106, 2);
        Assert.Equal([101, 102, 103, 104, 105, 107], world.StoredTower!.Lockouts.Select(lockout => lockout.Slot));
        Assert.Equal(107UL, Assert.Single(world.Votes).LastSlot);
        Assert.Contains("5 restored votes (out of 5) were on different fork or are upcoming votes on unrooted slots", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_tower_it_starts_from_the_votes_on_chain()
    {
        using var world = World.Started(Spare);
        world.Account = world.Account with { Votes = [new TowerVote(101, 2), new TowerVote(102, 1)], RootSlot = 100 };
        await world.PassAsync(103);
        await world.SetIdentityAsync(world.StakedPath);
        await world.PassAsync(104, 2);
        Assert.Contains(
            $"Failed to load tower, file missing for {World.Staked.Text}: IO Error: No such file or directory (os error 2). Creating a new tower from bankforks.",
            world.Log, StringComparison.Ordinal);
        // The vote for 102 has expired by then.
        Assert.Equal([101, 105], world.StoredTower!.Lockouts.Select(lockout => lockout.Slot));
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("signature")]
    public async Task A_corrupt_tower_ends_the_process_with_code_0_although_setIdentity_said_yes(string fault)
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101);
        world.StoreTower(100, 101);
        var file = await File.ReadAllBytesAsync(world.TowerPath, TestContext.Current.CancellationToken);
        file[20] ^= 0xFF;
        world.WriteFile(Path.GetFileName(world.TowerPath), fault == "truncated" ? file[..200] : file);
        Assert.Contains("\"result\":null", await world.SetIdentityAsync(world.StakedPath), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProcessEndedException>(() => world.PassAsync(102));
        Assert.Equal(0, world.ExitCode);
        Assert.Contains(
            $"ERROR solana_core::replay_stage] Unable to load new tower when attempting to change identity from {World.Unstaked.Text} to {World.Staked.Text} on set-identity, Exiting: ",
            world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tower_that_is_ahead_of_the_node_suspends_voting_until_the_node_has_caught_up()
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101, 3);
        world.StoreTower(110, 111, 112, 113);
        await world.SetIdentityAsync(world.StakedPath, requireTower: true);
        await world.PassAsync(104, 10);
        Assert.Empty(world.Votes);
        Assert.Contains(
            "For some reason, we're REPROCESSING slots which has already been voted and ROOTED by us; VOTING will be SUSPENDED UNTIL 113!", world.Log, StringComparison.Ordinal);
        await world.PassAsync(114);
        Assert.Equal(114UL, Assert.Single(world.Votes).LastSlot);
        Assert.Equal(110UL, world.StoredTower!.Root);
    }

    [Fact]
    public async Task A_tower_with_a_vote_on_no_known_fork_keeps_its_lockout()
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101, 2);
        world.StoreTower(100, 101, 103);
        await world.PassAsync(104, parent: 102);
        await world.SetIdentityAsync(world.StakedPath, requireTower: true);
        await world.PassAsync(105);
        Assert.Equal(World.Staked.Text, world.Loop.Identity.Text);
        Assert.Empty(world.Votes);
        await world.PassAsync(106);
        Assert.Equal([106], world.StoredTower!.Lockouts.Select(lockout => lockout.Slot));
    }

    [Fact]
    public async Task Votes_that_are_all_rooted_reset_the_tower_to_the_nodes_root()
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101, 40);
        world.StoreTower(100, 101, 102);
        await world.SetIdentityAsync(world.StakedPath, requireTower: true);
        await world.PassAsync(141, 2);
        Assert.Contains("All restored votes were behind; resetting root_slot and last_vote in tower!", world.Log, StringComparison.Ordinal);
        Assert.Equal([142], world.StoredTower!.Lockouts.Select(lockout => lockout.Slot));
    }

    [Fact]
    public async Task What_the_chain_knows_better_replaces_the_tower_on_a_spare_too()
    {
        using var world = World.Started(Spare);
        await world.PassAsync(101);
        world.Account = world.Account with { Votes = [new TowerVote(101, 3), new TowerVote(102, 2), new TowerVote(103, 1)], RootSlot = 99 };
        world.Feed(104);
        await world.TurnAsync();
        Assert.Contains("Frozen bank vote state slot Some(103) is newer than our local vote state slot Some(101), adopting the bank vote state as our own.", world.Log, StringComparison.Ordinal);
        Assert.Contains("Local root is larger than on chain root", world.Log, StringComparison.Ordinal);
        Assert.Equal([101, 102, 103, 104], world.Loop.Voter.Tower.Lockouts.Select(lockout => lockout.Slot));
        Assert.Equal(100UL, world.Loop.Voter.Tower.Root);
    }

    [Fact]
    public async Task The_process_can_die_at_adoption_with_gossip_switched_and_voting_not()
    {
        using var world = World.Started(Spare);
        world.Faults.Apply($"die-at {Point.AtAdoption}");
        await world.SetIdentityAsync(world.StakedPath);
        await Assert.ThrowsAsync<ProcessEndedException>(() => world.PassAsync(101));
        Assert.True(world.Killed);
        Assert.Equal(World.Unstaked.Text, world.Loop.Identity.Text);
        Assert.Equal(World.Staked.Text, world.Node.Gossip.Identity.Text);
    }

    [Fact]
    public void A_start_that_requires_the_tower_refuses_when_the_account_has_votes()
    {
        using var world = new World(new WorldOptions { RequireTower = true });
        world.Account = world.Account with { Votes = [new TowerVote(99, 1)] };
        Assert.Throws<ProcessEndedException>(world.Start);
        Assert.Equal(1, world.ExitCode);
        Assert.Contains(
            "Requested mandatory tower restore failed: IO Error: No such file or directory (os error 2). And there is an existing vote_account containing actual votes. Aborting due to possible conflicting duplicate votes",
            world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_does_not_require_it_rebuilds_the_tower_from_the_chain_even_when_it_is_corrupt()
    {
        using var world = new World();
        world.WriteFile(Path.GetFileName(world.TowerPath), [1, 0, 0, 0]);
        world.Account = world.Account with { Votes = [new TowerVote(99, 1)] };
        world.Start();
        Assert.Contains("Rebuilding a new tower from the latest vote account due to failed tower restore: Serialization Error", world.Log, StringComparison.Ordinal);
        await world.PassAsync(101);
        Assert.Single(world.Votes);
    }

    [Fact]
    public async Task Full_firedancer_switches_before_it_votes_again_and_keeps_no_tower()
    {
        using var world = World.Started(new WorldOptions { Client = ClientKind.Firedancer });
        await world.PassAsync(101);
        await world.Node.Gossip.SetIdentityAsync(World.Unstaked, TestContext.Current.CancellationToken);
        await world.PassAsync(102, 2);
        Assert.Equal(101UL, Assert.Single(world.Votes).LastSlot);
        Assert.Null(world.StoredTower);
    }
}
