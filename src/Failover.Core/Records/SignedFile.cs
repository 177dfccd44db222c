using System.Buffers.Binary;
using Failover.Identities;

namespace Failover.Records;

/// <summary>
/// The outer file of both kinds of record: version tag u32, ed25519 signature over the data, length u64, data
/// (Agave core/src/consensus/tower_storage.rs and votor/src/vote_history_storage.rs).
/// </summary>
internal static class SignedFile
{
    public const int TagSize = sizeof(uint);

    /// <summary>Bytes of signature and length, which the oldest towers begin with: they have no tag.</summary>
    public const int UntaggedHeaderSize = Ed25519Signature.Size + sizeof(ulong);

    /// <summary>Bytes in front of the data.</summary>
    public const int HeaderSize = TagSize + UntaggedHeaderSize;

    /// <summary>Signs the data and puts the header in front.</summary>
    public static byte[] Write(uint tag, Keypair identity, ReadOnlySpan<byte> data)
    {
        var file = new byte[HeaderSize + data.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(file, tag);
        identity.Sign(data).CopyTo(file.AsSpan(TagSize));
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(TagSize + Ed25519Signature.Size), (ulong)data.Length);
        data.CopyTo(file.AsSpan(HeaderSize));
        return file;
    }
}
