using FakeWire;

namespace FakeValidator.Tests;

public sealed class VoteHistoryTests
{
    private static readonly WorldOptions Alpenglow = new() { Alpenglow = true };

    [Fact]
    public async Task Under_alpenglow_both_records_are_stored_before_the_vote_is_sent()
    {
        using var world = World.Started(Alpenglow);
        await world.PassAsync(101, 3);
        var history = world.Node.Histories.Load(World.Staked.Pubkey);
        Assert.Equal([101, 102, 103], history.Votes.Select(vote => vote.Slot));
        Assert.Equal(103UL, world.StoredTower!.LastVote.LastSlot);
        Assert.Equal(3, world.Votes.Count);
    }

    [Fact]
    public async Task Before_alpenglow_there_is_no_vote_history()
    {
        using var world = World.Started();
        await world.PassAsync(101);
        Assert.False(File.Exists(world.Node.Histories.PathOf(World.Staked.Pubkey)));
    }

    [Fact]
    public async Task SetIdentity_requires_the_history_when_the_account_has_alpenglow_votes()
    {
        using var world = World.Started(Alpenglow with { StartUnstaked = true });
        world.Account = world.Account with { Votes = [new TowerVote(101, 1)] };
        await world.PassAsync(102);
        var answer = await world.AdminAsync("setIdentity", world.StakedPath, false, true);
        Assert.Contains(
            $"Unable to load vote history file for identity {World.Staked.Text}: IO Error: No such file or directory (os error 2). The vote account {World.VoteAccount} has prior Alpenglow votes.",
            answer, StringComparison.Ordinal);
        Assert.Contains("\"result\":null", await world.AdminAsync("setIdentity", world.StakedPath, false, false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_history_that_is_gone_by_the_time_of_the_switch_silently_becomes_an_empty_one()
    {
        using var world = World.Started(Alpenglow);
        await world.PassAsync(101, 3);
        await world.SetIdentityAsync(world.UnstakedPath);
        await world.PassAsync(104, 2);
        await world.AdminAsync("setIdentity", world.StakedPath, false, true);
        File.Delete(world.Node.Histories.PathOf(World.Staked.Pubkey));
        await world.PassAsync(106, 2);
        Assert.Equal([107], world.Node.Histories.Load(World.Staked.Pubkey).Votes.Select(vote => vote.Slot));
        Assert.Contains($"set-identity: from {World.Unstaked.Text} to {World.Staked.Text}", world.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4.1")]
    [InlineData("4.2")]
    public async Task Each_release_line_reads_its_own_history(string version)
    {
        using var world = World.Started(Alpenglow with { Version = ValidatorVersion.Parse(version) });
        await world.PassAsync(101, 3);
        Assert.Equal([101, 102, 103], world.Node.Histories.Load(World.Staked.Pubkey).Votes.Select(vote => vote.Slot));
    }
}
