using FakeCluster.Wire;

namespace FakeCluster.Tests.World;

public sealed class TowerSyncBytesTests
{
    // The last vote of the reference's golden tower B, without its enum tag.
    private const string Golden =
        "e703000000000000030103010201014381dc2ab14285160c808659aee005d51255add7264b318d07c7417292c7442c010078e76800000000496aca80e4d8f29fb8e8cd816c3afb48d3f103970b3a2ee1600c08ca67326dee";

    [Fact]
    public void A_real_vote_is_read()
    {
        var tower = TowerSyncBytes.Decode(Convert.FromHexString(Golden));

        Assert.Equal(999UL, tower.Root);
        Assert.Equal([(1000UL, 3U), (1001UL, 2U), (1002UL, 1U)], tower.Votes.Select(v => (v.Slot, v.Confirmations)));
        Assert.Equal(1_760_000_000, tower.Timestamp);
        Assert.Equal(Golden, Convert.ToHexStringLower(TowerSyncBytes.Encode(tower)));
    }

    [Fact]
    public void A_vote_without_root_or_timestamp_survives_the_way_there_and_back()
    {
        var tower = new DecodedTower(null, [new(70_000, 4), new(70_300, 1)], new byte[32], null, new byte[32]);
        var again = TowerSyncBytes.Decode(TowerSyncBytes.Encode(tower));

        Assert.Equal((null, null), (again.Root, again.Timestamp));
        Assert.Equal(tower.Votes, again.Votes);
    }

    [Fact]
    public void Every_shortening_and_any_surplus_is_refused()
    {
        var bytes = Convert.FromHexString(Golden);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(TowerSyncBytes.TryDecode(bytes.AsSpan(0, length), out var problem));
            Assert.NotEmpty(problem);
        }

        Assert.Null(TowerSyncBytes.TryDecode([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData("e703000000000000ffff03")]
    [InlineData("e703000000000000ffffff7f")]
    [InlineData("e70300000000000001ffffffffffffffffffff7f01")]
    public void Absurd_numbers_are_refused(string start)
    {
        Assert.Null(TowerSyncBytes.TryDecode([.. Convert.FromHexString(start), .. new byte[100]], out _));
    }
}
