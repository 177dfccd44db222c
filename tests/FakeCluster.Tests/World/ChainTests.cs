using FakeCluster.Tests.Testing;
using FakeCluster.World;
using FakeWire;

namespace FakeCluster.Tests.World;

public sealed class ChainTests
{
    private static readonly ClusterOptions AlwaysLeader = Worlds.Plain with { LeaderEvery = 1 };

    [Fact]
    public void A_newcomer_learns_the_state_and_everything_since_the_root()
    {
        var validator = new ScriptedValidator(Worlds.Create(), "a");
        var messages = validator.Read();

        var welcome = Assert.IsType<Welcome>(messages[0]);
        Assert.Equal((1000UL, 967UL, 400, 512UL), (welcome.CurrentSlot, welcome.RootSlot, welcome.SlotMilliseconds, welcome.SlotsPerEpoch));
        Assert.Equal(Keys.S.Text, Assert.Single(welcome.VoteAccounts).Node);
        Assert.Equal([1UL, 2UL], messages.OfType<Schedule>().Select(s => s.Epoch));
        Assert.Equal(967UL, messages.OfType<Block>().First().Slot);
        Assert.Equal(999UL, messages.OfType<Block>().Last().Slot);
    }

    [Fact]
    public void Every_slot_ends_with_a_block_on_the_one_before()
    {
        var world = Worlds.Create();
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        world.PassSlots(3);

        var blocks = validator.ReadBlocks();
        Assert.Equal([(1000UL, 999UL), (1001UL, 1000UL), (1002UL, 1001UL)], blocks.Select(b => (b.Slot, b.Parent)));
        Assert.Equal((1001UL, 970UL), (blocks[^1].ConfirmedSlot, blocks[^1].RootedSlot));
        Assert.All(blocks, block => Assert.True(block.Canonical));
    }

    [Fact]
    public void The_same_seed_makes_the_same_chain_and_another_seed_another()
    {
        List<string> Run(int seed)
        {
            var world = Worlds.Create(Worlds.Plain with { Seed = seed, ForkRate = 0.3, SkipRate = 0.2 });
            var validator = new ScriptedValidator(world, "a");
            world.PassSlots(50);
            return [.. validator.ReadBlocks().Select(block => block.Hash)];
        }

        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));
    }

    [Fact]
    public void Some_slots_are_skipped()
    {
        var world = Worlds.Create(Worlds.Plain with { SkipRate = 0.5 });
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        world.PassSlots(100);

        Assert.InRange(validator.ReadBlocks().Count, 30, 70);
    }

    [Fact]
    public void Losing_forks_are_short_and_are_never_built_on_by_the_winning_one()
    {
        var world = Worlds.Create(Worlds.Plain with { ForkRate = 0.2 });
        var validator = new ScriptedValidator(world, "a");
        world.PassSlots(500);

        var blocks = validator.ReadBlocks().ToDictionary(block => block.Slot);
        var losing = blocks.Values.Where(block => !block.Canonical).ToList();
        Assert.NotEmpty(losing);
        Assert.All(blocks.Values.Where(b => b.Canonical && blocks.ContainsKey(b.Parent)), b => Assert.True(blocks[b.Parent].Canonical));
        foreach (var tip in losing)
        {
            var length = 1;
            for (var at = tip; !blocks[at.Parent].Canonical; at = blocks[at.Parent])
            {
                length++;
            }

            Assert.InRange(length, 1, 3);
        }
    }

    [Fact]
    public void The_leader_makes_its_own_block_or_nobody_does()
    {
        var world = Worlds.Create(AlwaysLeader);
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        validator.Produce(1000, 999);
        Assert.Empty(validator.ReadBlocks());
        world.PassSlots(3);
        validator.Produce(1003, 1000);
        world.PassSlot();

        Assert.Equal([(1000UL, 999UL), (1003UL, 1000UL)], validator.ReadBlocks().Select(b => (b.Slot, b.Parent)));
    }

    [Fact]
    public void A_leaders_block_may_be_a_slot_late_but_no_later()
    {
        var world = Worlds.Create(AlwaysLeader);
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        world.PassSlots(2);
        validator.Produce(1000, 999);
        Assert.Empty(validator.ReadBlocks());
        validator.Produce(1001, 999);

        Assert.Equal([1001UL], validator.ReadBlocks().Select(b => b.Slot));
    }

    [Fact]
    public void A_leaders_block_on_anything_but_the_tip_is_a_losing_fork()
    {
        var world = Worlds.Create(AlwaysLeader);
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        validator.Produce(1000, 998);
        world.PassSlot();

        Assert.False(Assert.Single(validator.ReadBlocks()).Canonical);
    }

    [Fact]
    public void The_first_of_two_blocks_for_a_slot_wins_and_the_oracle_sees_both()
    {
        var world = Worlds.Create(AlwaysLeader);
        var (a, b) = (new ScriptedValidator(world, "a"), new ScriptedValidator(world, "b"));
        a.Read();
        a.Produce(1000, 999);
        b.Produce(1000, 998);
        world.PassSlot();

        Assert.Equal(999UL, Assert.Single(a.ReadBlocks()).Parent);
        Assert.False(world.Oracle.Judge().Safe);
    }

    [Fact]
    public void Nobody_makes_blocks_in_the_slots_of_others()
    {
        var world = Worlds.Create();
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        validator.Produce(1000, 999);
        world.PassSlot();

        Assert.NotEqual(Keys.S.Text, Assert.Single(validator.ReadBlocks()).Leader);
    }

    [Fact]
    public void The_schedule_comes_in_groups_of_four_and_moves_with_the_epoch()
    {
        var leaders = new LeaderSchedule(Worlds.Plain with { LeaderEvery = 8 });
        var ours = leaders.MessageFor(3).LeaderSlots[Keys.S.Text];

        Assert.Equal(512 / 8, ours.Count);
        Assert.All(ours.Chunk(4), group => Assert.Equal([0UL, 1UL, 2UL, 3UL], group.Select(slot => slot - group[0])));
        Assert.All(ours, slot => Assert.Equal(Keys.S.Text, leaders.LeaderOf(slot)));
        Assert.True(Enumerable.Range(0, 10).Select(e => leaders.MessageFor((ulong)e)).Select(m => m.LeaderSlots[Keys.S.Text][0] - m.FirstSlot).Distinct().Count() > 1);
    }

    [Fact]
    public void A_new_epoch_brings_the_schedule_of_the_one_after()
    {
        var world = Worlds.Create(Worlds.Plain with { StartSlot = 1022 });
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        world.PassSlot();
        Assert.Empty(validator.Read().OfType<Schedule>());
        world.PassSlot();

        var schedule = Assert.Single(validator.Read().OfType<Schedule>());
        Assert.Equal((3UL, 1536UL), (schedule.Epoch, schedule.FirstSlot));
    }
}
