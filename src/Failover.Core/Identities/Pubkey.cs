using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using SimpleBase;

namespace Failover.Identities;

/// <summary>An ed25519 public key: 32 bytes, written as base58. The default value is the all-zero key, which nobody holds.</summary>
public readonly record struct Pubkey
{
    /// <summary>Bytes in a key.</summary>
    public const int Size = 32;

    // Base58 needs at most 44 characters for 32 bytes.
    private const int MaxTextLength = 44;

    private static readonly SearchValues<char> Letters = SearchValues.Create("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public Pubkey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a public key has {Size} bytes, not {bytes.Length}", nameof(bytes));
        }
        _a = BitConverter.ToUInt64(bytes);
        _b = BitConverter.ToUInt64(bytes[8..]);
        _c = BitConverter.ToUInt64(bytes[16..]);
        _d = BitConverter.ToUInt64(bytes[24..]);
    }

    /// <summary>A fresh copy of the 32 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Writes the 32 bytes to the start of the span.</summary>
    /// <exception cref="ArgumentException">The span is shorter.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ReadOnlySpan<ulong> words = [_a, _b, _c, _d];
        MemoryMarshal.AsBytes(words).CopyTo(destination);
    }

    /// <summary>Reads base58 text; false for anything that is not exactly 32 bytes of it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Pubkey key)
    {
        key = default;
        // The decoder looks letters up in a table, and throws on those beyond its end.
        if (string.IsNullOrEmpty(text) || text.Length > MaxTextLength || text.AsSpan().ContainsAnyExcept(Letters))
        {
            return false;
        }
        Span<byte> bytes = stackalloc byte[MaxTextLength];
        if (!Base58.Bitcoin.TryDecode(text, bytes, out var written) || written != Size)
        {
            return false;
        }
        key = new Pubkey(bytes[..Size]);
        return true;
    }

    /// <exception cref="FormatException">The text is not the base58 of 32 bytes.</exception>
    public static Pubkey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"\"{text}\" is not a public key (base58 of {Size} bytes)");

    public override string ToString() => Base58.Bitcoin.Encode(ToBytes());
}
