using System.Security.Cryptography;
using Failover.Testing;

namespace Failover.Records.Towers;

public class TowerWriterTests
{
    [Fact]
    public void The_golden_bytes_are_the_ones_that_were_published()
    {
        Assert.Equal((2319, GoldenTowers.FullSha256), (GoldenTowers.Full.Length, Sha256(GoldenTowers.Full)));
        Assert.Equal(GoldenTowers.FullDataSha256, Sha256(GoldenTowers.Full[76..]));
        Assert.Equal((1927, GoldenTowers.ShortSha256), (GoldenTowers.Short.Length, Sha256(GoldenTowers.Short)));
    }

    [Fact]
    public void A_full_tower_is_written_as_Agave_writes_it()
    {
        using var identity = GoldenTowers.Keypair();

        Assert.Equal(GoldenTowers.Full, TowerWriter.Write(identity, GoldenTowers.FullTower));
    }

    [Fact]
    public void A_short_tower_is_written_as_Agave_writes_it()
    {
        using var identity = GoldenTowers.Keypair();

        Assert.Equal(GoldenTowers.Short, TowerWriter.Write(identity, GoldenTowers.ShortTower));
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
