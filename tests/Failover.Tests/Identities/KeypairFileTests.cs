using System.Text;
using CsCheck;
using Failover.Disks;
using Failover.Testing;

namespace Failover.Identities;

public class KeypairFileTests
{
    private const string Path = "/keys/staked.json";
    private const uint Stranger = 3_000_000_000;

    // What solana-keygen writes for the seed 00..1f.
    private const string GoldenFile =
        "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31," +
        "3,161,7,191,243,206,16,190,29,112,221,24,231,75,192,153,103,228,214,48,155,165,13,95,29,220,134,100,18,85,49,184]";

    private readonly MemoryDisk _disk = new();

    [Fact]
    public void A_keypair_is_written_as_solana_keygen_writes_it()
    {
        using var keypair = GoldenTowers.Keypair();

        Assert.Equal(GoldenFile, Encoding.UTF8.GetString(KeypairFile.Format(keypair)));
    }

    [Fact]
    public void What_was_written_is_read_back() => Gen.Byte.Array[32].Sample(seed =>
    {
        using var keypair = Keypair.FromSeed(seed);
        var disk = new MemoryDisk();
        disk.Put(Path, KeypairFile.Format(keypair));

        using var read = KeypairFile.Read(disk, Path);

        Assert.Equal(seed, read.Seed.ToArray());
        Assert.Equal(keypair.Public, KeypairFile.ReadPublic(disk, Path));
    });

    [Theory]
    [InlineData("\n", "\n")]
    [InlineData("  \t", "\r\n\r\n")]
    public void Blanks_around_the_array_and_its_numbers_are_allowed(string before, string after) =>
        Assert.Equal(GoldenTowers.Identity, ReadPublic(before + GoldenFile.Replace(",", " ,\n  ", StringComparison.Ordinal) + after));

    [Fact]
    public void Leading_zeros_are_read_as_the_validator_reads_them() =>
        Assert.Equal(GoldenTowers.Identity, ReadPublic(GoldenFile.Replace("[0,1,", "[000,0001,", StringComparison.Ordinal)));

    [Theory]
    [InlineData("", "not one JSON array")]
    [InlineData("[", "not one JSON array")]
    [InlineData("{}", "not one JSON array")]
    [InlineData("[]", "1 elements")]
    [InlineData("[1,2,3]", "3 elements")]
    public void What_is_no_array_of_64_is_refused(string text, string observed) => AssertRefused(text, observed, "solana-keygen");

    [Theory]
    [InlineData("[0,", "[256,", "element 1 ")]
    [InlineData("[0,", "[-0,", "element 1 ")]
    [InlineData("[0,", "[+0,", "element 1 ")]
    [InlineData("[0,", "[,", "element 1 ")]
    [InlineData("[0,", "[0x0,", "element 1 ")]
    [InlineData("[0,", "[0\0,", "element 1 ")]
    [InlineData("[0,", "[\"0\",", "element 1 ")]
    [InlineData(",18,", ",1 8,", "element 19 ")]
    [InlineData(",18,", ",18.0,", "element 19 ")]
    [InlineData(",184]", ",184,]", "65 elements")]
    [InlineData(",184]", "]", "63 elements")]
    [InlineData(",184]", ",184]]", "element 64 ")]
    [InlineData(",184]", ",184", "not one JSON array")]
    [InlineData("[0,", "\uFEFF[0,", "not one JSON array")]
    public void A_misspelt_array_is_refused(string spelling, string misspelling, string observed) =>
        AssertRefused(GoldenFile.Replace(spelling, misspelling, StringComparison.Ordinal), observed, "solana-keygen");

    [Theory]
    [InlineData("[0,", "[1,")]
    [InlineData(",184]", ",185]")]
    public void Halves_that_do_not_match_are_refused(string number, string other) =>
        AssertRefused(GoldenFile.Replace(number, other, StringComparison.Ordinal), "the two must match", "backup");

    [Theory]
    [InlineData("0640")]
    [InlineData("0604")]
    [InlineData("0620")]
    [InlineData("0602")]
    [InlineData("0601")]
    [InlineData("0777")]
    public void A_file_that_others_can_get_at_is_refused(string mode)
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(GoldenFile), mode: Convert.ToInt32(mode, 8));

        AssertRefused(mode, $"chmod 600 {Path}");
        Assert.Null(_disk.LastRead);
    }

    [Theory]
    [InlineData("0600")]
    [InlineData("0400")]
    [InlineData("0700")]
    public void A_file_that_only_its_owner_can_get_at_is_read(string mode)
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(GoldenFile), mode: Convert.ToInt32(mode, 8));

        Assert.Equal(GoldenTowers.Identity, KeypairFile.ReadPublic(_disk, Path));
    }

    [Fact]
    public void A_stranger_s_file_is_refused_unless_that_user_is_allowed()
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(GoldenFile), uid: Stranger);

        AssertRefused($"owned by user id {Stranger}", "chown");
        Assert.Null(_disk.LastRead);
        Assert.Throws<KeypairFileException>(() => KeypairFile.ReadPublic(_disk, Path, alsoAllowedOwner: Stranger - 1));
        Assert.Equal(GoldenTowers.Identity, KeypairFile.ReadPublic(_disk, Path, alsoAllowedOwner: Stranger));
    }

    [Theory]
    [InlineData(FileKind.Folder)]
    [InlineData(FileKind.Other)]
    public void What_is_no_regular_file_is_refused(FileKind kind)
    {
        _disk.Put(Path, [], kind: kind);

        AssertRefused("not a regular file", $"ls -ld {Path}");
    }

    [Fact]
    public void A_missing_file_is_refused() => AssertRefused("does not exist", "solana-keygen new");

    [Fact]
    public void A_file_of_more_than_4_KiB_is_refused()
    {
        _disk.Put(Path, new byte[KeypairFile.MaxBytes + 1]);

        AssertRefused("4096", "namei");
    }

    [Fact]
    public void Links_are_followed_and_what_they_lead_to_is_checked()
    {
        _disk.Link(Path, "current.json");
        _disk.Link("/keys/current.json", "/vault/key.json");
        _disk.Put("/vault/key.json", Encoding.UTF8.GetBytes(GoldenFile));
        Assert.Equal(GoldenTowers.Identity, KeypairFile.ReadPublic(_disk, Path));

        _disk.Put("/vault/key.json", Encoding.UTF8.GetBytes(GoldenFile), mode: Convert.ToInt32("0644", 8));
        AssertRefused("0644", "chmod 600 /vault/key.json");
    }

    [Fact]
    public void A_link_that_leads_nowhere_or_around_in_circles_is_refused()
    {
        _disk.Link(Path, "gone.json");
        AssertRefused("/keys/gone.json", "does not exist");

        _disk.Link("/keys/gone.json", Path);
        AssertRefused("symbolic links", "namei");
    }

    [Fact]
    public void A_file_that_is_replaced_while_it_is_read_is_refused()
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(GoldenFile));
        _disk.WhileReading = () => _disk.Put(Path, Encoding.UTF8.GetBytes(GoldenFile), uid: Stranger);

        AssertRefused("changed while it was read", "try again");
        Assert.All(_disk.LastRead ?? [1], number => Assert.Equal(0, number));
    }

    [Theory]
    [InlineData(GoldenFile)]
    [InlineData("[1,2,3]")]
    [InlineData("secret")]
    public void What_was_read_is_zeroed_whether_it_was_a_keypair_or_not(string text)
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(text));

        Record.Exception(() => KeypairFile.ReadPublic(_disk, Path));

        Assert.All(_disk.LastRead ?? [1], number => Assert.Equal(0, number));
    }

    private Pubkey ReadPublic(string text)
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(text));
        return KeypairFile.ReadPublic(_disk, Path);
    }

    private void AssertRefused(string text, string observed, string remedy)
    {
        _disk.Put(Path, Encoding.UTF8.GetBytes(text));
        AssertRefused(observed, remedy);
    }

    private void AssertRefused(string observed, string remedy)
    {
        var refusal = Assert.Throws<KeypairFileException>(() => KeypairFile.Read(_disk, Path).Dispose());

        Assert.Equal(Path, refusal.Path);
        Assert.Contains(Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(observed, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
        // No message quotes the file, and none has the seed in any other spelling.
        Assert.DoesNotContain(",2,", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("0001020304", refusal.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
