using System.Globalization;
using System.Security.Cryptography;
using Failover.Disks;

namespace Failover.Identities;

/// <summary>
/// Solana's keypair file: a JSON array of 64 numbers, the seed and then the public key (solana-sdk keypair/src/lib.rs). What is
/// read here the validator can read as well; a few odd spellings that it would let pass (a plus sign, say) are refused.
/// </summary>
public static class KeypairFile
{
    /// <summary>The largest file that is looked at, in bytes; a real one has about 230.</summary>
    public const int MaxBytes = 4 * 1024;

    // 64 numbers of up to three digits, their separators and the brackets, and a line end.
    private const int MaxTextLength = NumberCount * 4 + 2;
    private const int NumberCount = Keypair.SeedSize + Pubkey.Size;

    /// <summary>
    /// Reads and checks a keypair. Links at the end of the path are followed, as the validator does; the file they end at must be a
    /// regular one, closed to group and others, and owned by root, by this process's user or by <paramref name="alsoAllowedOwner"/>
    /// (a user id: the validator's, when it is another one).
    /// </summary>
    /// <exception cref="KeypairFileException">Any test failed, or the file cannot be read.</exception>
    public static Keypair Read(IDisk disk, string path, uint? alsoAllowedOwner = null)
    {
        var content = KeypairFileGuard.ReadSecret(disk, path, alsoAllowedOwner);
        try
        {
            return Parse(path, content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The public key of a file that passes every test of <see cref="Read"/>; the secret half does not outlive the call.</summary>
    /// <exception cref="KeypairFileException">Any test failed, or the file cannot be read.</exception>
    public static Pubkey ReadPublic(IDisk disk, string path, uint? alsoAllowedOwner = null)
    {
        using var keypair = Read(disk, path, alsoAllowedOwner);
        return keypair.Public;
    }

    /// <summary>The file's bytes, as <c>solana-keygen</c> writes them. They hold the secret: write them with mode 0600, then zero them.</summary>
    public static byte[] Format(Keypair keypair)
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        try
        {
            var length = 0;
            AppendNumbers(keypair.Seed, '[', text, ref length);
            AppendNumbers(keypair.Public.ToBytes(), ',', text, ref length);
            text[length++] = (byte)']';
            return text[..length].ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static void AppendNumbers(ReadOnlySpan<byte> numbers, char opening, Span<byte> text, ref int length)
    {
        var separator = opening;
        foreach (var number in numbers)
        {
            text[length++] = (byte)separator;
            number.TryFormat(text[length..], out var written, default, CultureInfo.InvariantCulture);
            length += written;
            separator = ',';
        }
    }

    private static Keypair Parse(string path, ReadOnlySpan<byte> content)
    {
        Span<byte> numbers = stackalloc byte[NumberCount];
        try
        {
            ReadNumbers(path, content, numbers);
            var keypair = Keypair.FromSeed(numbers[..Keypair.SeedSize]);
            if (keypair.Public == new Pubkey(numbers[Keypair.SeedSize..]))
            {
                return keypair;
            }
            var derived = keypair.Public;
            keypair.Dispose();
            throw new KeypairFileException(path,
                $"the keypair file {path} is damaged: its secret half belongs to {derived}, its public half says another key; the two must match. " +
                "Restore the file from its backup and check it with `solana-keygen verify <public key> {path}`.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(numbers);
        }
    }

    private static void ReadNumbers(string path, ReadOnlySpan<byte> content, Span<byte> numbers)
    {
        var text = Trim(content);
        if (text is not [(byte)'[', .. var list, (byte)']'])
        {
            throw NotAKeypair(path, "it is not one JSON array");
        }
        var count = list.Count((byte)',') + 1;
        if (count != NumberCount)
        {
            throw NotAKeypair(path, $"it has {count} elements");
        }
        var index = 0;
        foreach (var range in list.Split((byte)','))
        {
            var element = Trim(list[range]);
            // byte.TryParse lets trailing zero characters pass, the validator does not.
            if (element.ContainsAnyExceptInRange((byte)'0', (byte)'9')
                || !byte.TryParse(element, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index]))
            {
                throw NotAKeypair(path, $"element {index + 1} is no number from 0 to 255");
            }
            index++;
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8);

    private static KeypairFileException NotAKeypair(string path, string observed) => new(path,
        $"{path} is no keypair file: {observed}; required is an array of {NumberCount} numbers from 0 to 255, as `solana-keygen new` writes it. " +
        $"Check which file this is with `solana-keygen pubkey {path}`.");
}
