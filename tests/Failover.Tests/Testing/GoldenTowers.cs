using System.IO.Compression;
using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;

namespace Failover.Testing;

/// <summary>
/// Two synthetic tower files as Agave's bincode writes them (zlib and base64 of the whole file), made independently of the code
/// under test. Identity: the seed 00..1f; bank hash: SHA-256 of "bank"; block id: SHA-256 of "block".
/// </summary>
internal static class GoldenTowers
{
    public const long UnixSeconds = 1760000000;
    public const string IdentityText = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF";
    public const string FullSha256 = "ad43e15d80fa80ef13fbe7ce9f4c00a99ede77761c4d314a6ff8065efbcee7ee";
    public const string FullDataSha256 = "fb4ccc8cca5ca02de60dc27b0df83642488c3fefae9b18a99a397d85a3cefced";
    public const string ShortSha256 = "e7a97754314a64980c03c2f4a0d68b6d2fe7e463946f6a75fb30247714f42973";

    /// <summary>The last vote of the short tower, behind its enum tag.</summary>
    public const string ShortLastVote =
        "e703000000000000030103010201014381dc2ab14285160c808659aee005d51255add7264b318d07c7417292c7442c010078e76800000000496aca80" +
        "e4d8f29fb8e8cd816c3afb48d3f103970b3a2ee1600c08ca67326dee";

    /// <summary>31 consecutive votes: slots 350000000 to 350000030, root 349999999.</summary>
    public static byte[] Full { get; } = Inflate(
        "eNpjZGBgMNytpbn6T66XTBh7+f5Hy2e+bS1SXaRY+mbLu2SfgNmqIhWt/vyXmTOm9V7dnZ4n92hW94Gph1/+aw7ZmvLDy+ekCtNhDgYwYF7Ivv/zOYF9sgV3" +
        "JZ57H5iZ/uSaweylvPGyd9pShEINd0CVMYSCwVN7BkqBPJRumHxHBMZvhLLlgLgJypYF4mYoWwaIW6BsaSBuhbKlgLgNypYE4nYoWwKIO6BscSDuhLLFgLgL" +
        "yhYF4m4oG0T0QNnCQNwLZQsBcR+ULQjE/VC2ABBPgLL5gXgilM0HxJOgbF4gngxl8wDxFCibG4inQtlcQDwNyuYE4ulQNijQZ0DZ7EA8E8pmA+JZUDYrEM+G" +
        "slmAeA6UzQzEc6FsJiCeB2UzgnA9lDMKRsEoGAWjYGQDWGXMiEsBqDaBVRryjPKMcoyyjDKM0oxSjJKMEozijGKMoowijMKMQoyCjAKM/Ix8jLyMPIzcjFyM" +
        "nIwcjOyMbIysjCyMzIxMjIzOjXe0Njq1ivE0tEWue8B6VSh07XU1b8Ne9uOORZOOu+gwMlQ8zwDZ45l1quHJjU/zd7w425hj9dvj8kfm6dxWeg8TeDhOpRvl" +
        "voPVaDD1ABlhn8Y=");

    /// <summary>Three votes: slots 1000 to 1002, root 999.</summary>
    public static byte[] Short { get; } = Inflate(
        "eNpjZGBgyO49f+lxv7B15/9SzxzNuKCYjTzhzJt+6u1SnCP90FvJah7foccOzFeOLeg88o7x3OHIgAOLz0Y9UT/sKa0Zq7p2Mb81OwMYMC9k3//5nMA+2YK7" +
        "Es+9D8xMf3LNYPZS3njZO20pQqGGOzggyhhCweCpPQOlgBlKv2BG8F9C2UxA/ArKZgTh58wMo2AUjIJRMApGAYM8A6JywFm7wCoNZkZmRiZGRufGO1obnVrF" +
        "eBraItc9YL0qFLr2upq3YS/7cceiScdddBgZKp5ngNR7Zp1qeHLj0/wdL8425lj99rj8kXk6t5XewwQejlPpRrnvYDUTTD0Ajz9Y2Q==");

    public static Pubkey Identity { get; } = Pubkey.Parse(IdentityText);

    public static Hash BankHash { get; } = Hash.Of("bank"u8);

    public static Hash BlockId { get; } = Hash.Of("block"u8);

    public static Keypair Keypair() => Identities.Keypair.FromSeed([.. Enumerable.Range(0, 32).Select(number => (byte)number)]);

    /// <summary>What <see cref="Full"/> says.</summary>
    public static Tower FullTower { get; } = Consecutive(first: 350000000, count: 31);

    /// <summary>What <see cref="Short"/> says.</summary>
    public static Tower ShortTower { get; } = Consecutive(first: 1000, count: 3);

    /// <summary>A tower of the given number of consecutive votes, as a healthy validator has it, rooted just before the first.</summary>
    public static Tower Consecutive(ulong first, int count)
    {
        Lockout[] lockouts = [.. Enumerable.Range(0, count).Select(index => new Lockout(first + (ulong)index, (uint)(count - index)))];
        return new Tower
        {
            Lockouts = lockouts,
            Root = first - 1,
            LastVote = new TowerSync { Lockouts = lockouts, Root = first - 1, Hash = BankHash, BlockId = BlockId, Timestamp = UnixSeconds },
            LastTimestamp = new BlockTimestamp(first + (ulong)count - 1, UnixSeconds),
        };
    }

    private static byte[] Inflate(string text)
    {
        using var stream = new ZLibStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
