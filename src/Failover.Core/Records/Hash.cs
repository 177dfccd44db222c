using System.Buffers.Binary;
using System.Security.Cryptography;
using SimpleBase;

namespace Failover.Records;

/// <summary>A 32-byte hash of a bank or a block, written as base58. The default value is all zeros, which validators use for "unknown".</summary>
public readonly record struct Hash
{
    /// <summary>Bytes in a hash.</summary>
    public const int Size = 32;

    private readonly UInt128 _first, _second;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public Hash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a hash has {Size} bytes, not {bytes.Length}", nameof(bytes));
        }
        _first = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        _second = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
    }

    /// <summary>The SHA-256 of the content.</summary>
    public static Hash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> bytes = stackalloc byte[Size];
        SHA256.HashData(content, bytes);
        return new Hash(bytes);
    }

    /// <summary>A fresh copy of the 32 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, _first);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(16), _second);
        return bytes;
    }

    public override string ToString() => Base58.Bitcoin.Encode(ToBytes());
}
