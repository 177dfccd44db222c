using FakeWire;

namespace FakeValidator.Tests;

public sealed class GossipTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void The_newest_claimant_of_an_identity_kills_the_older_process(long later, bool dies)
    {
        using var world = World.Started();
        var contact = new Contact("there", World.Staked.Text, world.Node.Gossip.Outset + later);
        var ended = Record.Exception(() => world.Node.Gossip.Hear(contact));
        Assert.Equal(dies, ended is ProcessEndedException);
        Assert.Equal(dies ? 1 : null, world.ExitCode);
        Assert.Equal(
            dies,
            world.Log.Contains($"ERROR solana_gossip::cluster_info] duplicate running instances of the same validator node: {World.Staked.Text}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_claim_of_another_identity_is_no_concern()
    {
        using var world = World.Started();
        world.Node.Gossip.Hear(new Contact("there", World.Unstaked.Text, long.MaxValue));
        Assert.Null(world.ExitCode);
    }

    [Fact]
    public async Task An_own_vote_that_gossip_has_seen_newer_panics_after_it_was_sent()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        world.Node.Gossip.HearVote(World.Staked.Text, 105);
        await Assert.ThrowsAsync<ProcessEndedException>(() => world.PassAsync(102));
        Assert.Equal(1, world.ExitCode);
        Assert.Equal(102UL, world.Votes[^1].LastSlot);
        Assert.Equal(102UL, world.StoredTower!.LastVote.LastSlot);
        Assert.Contains("Submitting old vote, switch: false, vote slots: [102], tower: [101, 102]", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_votes_in_gossip_do_not_stand_in_the_way_of_later_ones()
    {
        using var world = World.Started();
        await world.PassAsync(101, 40);
        Assert.Equal(40, world.Votes.Count);
    }
}
