using FakeCluster.Tests.Testing;
using FakeCluster.World;
using FakeWire;
using Microsoft.Extensions.Time.Testing;

namespace FakeCluster.Tests.World;

public sealed class SwitchboardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ClusterWorld _world;
    private readonly ScriptedValidator _a;
    private readonly ScriptedValidator _b;

    public SwitchboardTests()
    {
        _world = Worlds.Create(time: _time);
        (_a, _b) = (new ScriptedValidator(_world, "a"), new ScriptedValidator(_world, "b"));
        _a.Read();
        _b.Read();
    }

    [Fact]
    public void A_newer_claim_of_an_identity_reaches_its_older_claimant()
    {
        _a.Claim(Keys.S, 10);
        _b.Claim(Keys.S, 20);

        var heard = Assert.Single(_a.Read().OfType<Contact>());
        Assert.Equal(("b", 20L), (heard.Host, heard.OutsetMicroseconds));
    }

    [Fact]
    public void An_older_claim_goes_nowhere_and_is_told_of_the_newer()
    {
        _a.Claim(Keys.S, 20);
        _b.Read();
        _b.Claim(Keys.S, 10);

        Assert.Empty(_a.Read().OfType<Contact>());
        Assert.Equal(20, Assert.Single(_b.Read().OfType<Contact>()).OutsetMicroseconds);
    }

    [Fact]
    public void A_late_joiner_hears_the_newest_claim_of_each_identity()
    {
        _a.Claim(Keys.S, 10);
        _b.Claim(Keys.S, 20);
        _a.Claim(Keys.U, 30);

        var heard = new ScriptedValidator(_world, "c").Read().OfType<Contact>().ToDictionary(c => c.Identity);
        Assert.Equal((20L, 30L), (heard[Keys.S.Text].OutsetMicroseconds, heard[Keys.U.Text].OutsetMicroseconds));
    }

    [Theory]
    [InlineData(CutMode.Queue, 1)]
    [InlineData(CutMode.Lose, 0)]
    public void A_host_that_is_cut_off_hears_nothing_until_healed(CutMode mode, int votesHeard)
    {
        _world.Cut("b", mode);
        _a.Claim(Keys.S, 10);
        _world.PassSlots(2);
        _a.Vote(_a.ReadBlocks()[^1]);
        Assert.Empty(_b.Read());
        Assert.Equal(mode.ToString(), _world.State.Hosts.Single(h => h.Host == "b").Cut);

        _world.Heal("b");

        var heard = _b.Read();
        Assert.Equal([1000UL, 1001UL], heard.OfType<Block>().Select(block => block.Slot));
        Assert.Single(heard.OfType<Contact>());
        Assert.Equal(votesHeard, heard.OfType<Vote>().Count());
    }

    [Theory]
    [InlineData(CutMode.Queue, 1)]
    [InlineData(CutMode.Lose, 0)]
    public void What_a_cut_off_host_sends_is_kept_or_lost_but_always_seen_by_the_oracle(CutMode mode, int votesHeard)
    {
        _world.PassSlot();
        var block = _b.ReadBlocks()[^1];
        _world.Cut("b", mode);
        _b.Vote(block);
        Assert.Empty(_a.Read().OfType<Vote>());
        Assert.Equal(1, _world.Oracle.Judge().Votes);

        _world.Heal("b");

        Assert.Equal(votesHeard, _a.Read().OfType<Vote>().Count());
        Assert.Equal(1, _world.Oracle.Judge().Votes);
    }

    [Fact]
    public void A_host_that_joins_while_cut_off_is_welcomed_when_healed()
    {
        _world.Cut("c", CutMode.Lose);
        var c = new ScriptedValidator(_world, "c");
        Assert.Empty(c.Read());
        _world.Heal("c");

        Assert.IsType<Welcome>(c.Read()[0]);
    }

    [Fact]
    public void A_host_that_leaves_is_remembered_as_gone()
    {
        _a.Connection.Dispose();
        _world.PassSlot();

        Assert.False(_world.State.Hosts.Single(h => h.Host == "a").Connected);
        Assert.True(_world.State.Hosts.Single(h => h.Host == "b").Connected);
    }

    [Fact]
    public void A_stalled_cluster_makes_no_slots_until_resumed()
    {
        _world.Stall();
        _world.PassSlots(5);
        Assert.True(_world.State.Stalled);
        Assert.Equal(1000UL, _world.State.Slot);
        _world.Resume();
        _world.PassSlot();

        Assert.Equal(1001UL, _world.State.Slot);
    }

    [Fact]
    public void A_stall_with_a_limit_ends_by_itself()
    {
        _world.Stall(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(2.9));
        _world.PassSlot();
        Assert.Equal(1000UL, _world.State.Slot);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _world.PassSlot();

        Assert.Equal(1001UL, _world.State.Slot);
    }

    [Fact]
    public void Nobody_speaks_before_saying_hello()
    {
        using var stranger = _world.Connect();

        Assert.Throws<InvalidOperationException>(() => stranger.Send(new Contact("x", Keys.S.Text, 1)));
    }
}
