using CsCheck;
using Failover.Testing;

namespace Failover.Records.Towers;

public class TowerSyncTests
{
    private static readonly Gen<TowerSync> Votes = Gen.Select(
        Gen.ULong[0, 1UL << 40].Nullable(), Gen.Select(Gen.ULong[1, 1UL << 50], Gen.UInt[0, 255]).Array[0, 31], Gen.Long.Nullable(), Gen.Byte.Array[32],
        (root, steps, timestamp, hash) => new TowerSync
        {
            Root = root,
            Lockouts = [.. steps.Select(step => step.Item1).ToArray().Scan(root ?? 0).Zip(steps, (slot, step) => new Lockout(slot, step.Item2))],
            Timestamp = timestamp,
            Hash = new Hash(hash),
            BlockId = Hash.Of(hash),
        });

    [Fact]
    public void The_compact_form_is_the_golden_one() =>
        Assert.Equal(GoldenTowers.ShortLastVote, Convert.ToHexStringLower(GoldenTowers.ShortTower.LastVote.Encode()));

    [Fact]
    public void The_golden_vote_is_read_with_every_field()
    {
        Assert.True(TowerSync.TryDecode(Convert.FromHexString(GoldenTowers.ShortLastVote), out var vote));

        Assert.Equal([new(1000, 3), new(1001, 2), new(1002, 1)], vote.Lockouts);
        Assert.Equal((999UL, 1002UL, GoldenTowers.UnixSeconds), (vote.Root, vote.LastSlot, vote.Timestamp));
        Assert.Equal((GoldenTowers.BankHash, GoldenTowers.BlockId), (vote.Hash, vote.BlockId));
    }

    [Fact]
    public void Every_vote_that_can_be_written_is_read_back() => Votes.Sample(vote =>
    {
        Assert.True(TowerSync.TryDecode(vote.Encode(), out var read));
        Assert.Equal(vote.Lockouts, read.Lockouts);
        Assert.Equal(vote, read with { Lockouts = vote.Lockouts });
    });

    [Fact]
    public void Every_truncation_and_every_byte_too_many_is_refused() => Votes.Sample(vote =>
    {
        var bytes = vote.Encode();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(TowerSync.TryDecode(bytes.AsSpan(0, length), out _));
        }
        Assert.False(TowerSync.TryDecode([.. bytes, 0], out _));
    });

    [Fact]
    public void Random_bytes_never_throw() => Gen.Byte.Array[0, 300].Sample(bytes => TowerSync.TryDecode(bytes, out _) || true);

    [Theory]
    [InlineData("00")]
    [InlineData("7f")]
    [InlineData("80" + "01")]
    [InlineData("ffffffffffffffffff" + "01")]
    public void A_number_in_its_shortest_form_is_read(string offset) => Assert.True(Decodes(offset));

    [Theory]
    [InlineData("8000")]
    [InlineData("ff00")]
    [InlineData("ffffffffffffffffff02")]
    [InlineData("ffffffffffffffffff8001")]
    [InlineData("ffffffffffffffffffff01")]
    [InlineData("8080808080808080808080808080808080808001")]
    public void A_number_that_is_too_long_or_too_large_is_refused(string offset) => Assert.False(Decodes(offset));

    [Fact]
    public void An_offset_that_overflows_the_slot_is_refused() => Assert.False(Decodes("ffffffffffffffffff01", root: 1));

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    [InlineData(127, false)]
    public void More_than_31_lockouts_are_refused(int count, bool accepted)
    {
        var lockouts = string.Concat(Enumerable.Repeat("0101", count));
        Assert.Equal(accepted, TowerSync.TryDecode(Convert.FromHexString($"0000000000000000{count:x2}{lockouts}{Tail}"), out _));
    }

    [Fact]
    public void Slots_that_descend_cannot_be_written() =>
        Assert.Throws<OverflowException>(() => new TowerSync { Lockouts = [new(5, 2), new(4, 1)] }.Encode());

    [Fact]
    public void A_vote_below_its_root_cannot_be_written() =>
        Assert.Throws<OverflowException>(() => new TowerSync { Root = 6, Lockouts = [new(5, 1)] }.Encode());

    // Hash, no timestamp, block id.
    private static readonly string Tail = new('0', 2 * (32 + 1 + 32));

    private static bool Decodes(string offset, byte root = 0) =>
        TowerSync.TryDecode(Convert.FromHexString($"{root:x2}0000000000000001{offset}01{Tail}"), out _);
}
