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

    /// <summary>
    /// Makes the tests that need no look into the data but its first field; null when the data is the identity's own, whole and signed.
    /// </summary>
    /// <param name="tagged">False for the oldest towers, whose <paramref name="tag"/> is reported as 0.</param>
    public static RecordRefusal? Open(
        ReadOnlySpan<byte> file, bool tagged, uint newestTag, Pubkey identity, out uint tag, out ReadOnlySpan<byte> data)
    {
        tag = 0;
        data = default;
        var header = tagged ? HeaderSize : UntaggedHeaderSize;
        if (file.Length < header)
        {
            return new(RecordTests.HeaderIsComplete, $"the file has {file.Length} bytes; its header alone needs {header}.");
        }
        if (tagged)
        {
            tag = BinaryPrimitives.ReadUInt32LittleEndian(file);
            file = file[TagSize..];
        }
        if (tag > newestTag)
        {
            return new(RecordTests.KnownVersion, $"the file says it is of version {tag}; known versions go up to {newestTag}.");
        }
        var signature = file[..Ed25519Signature.Size];
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file[Ed25519Signature.Size..]);
        data = file[UntaggedHeaderSize..];
        if (length != (ulong)data.Length)
        {
            return new(RecordTests.SizeMatchesLengthField, $"the file says that {length} bytes follow its header; {data.Length} do.");
        }
        return CheckNode(data, identity) ?? CheckSignature(data, signature, identity);
    }

    // Both kinds of data begin with the node's key.
    private static RecordRefusal? CheckNode(ReadOnlySpan<byte> data, Pubkey identity)
    {
        if (data.Length < Pubkey.Size)
        {
            return new(RecordTests.DataIsComplete, $"the data has {data.Length} bytes, which cannot even hold the node's key of {Pubkey.Size}.");
        }
        var node = new Pubkey(data[..Pubkey.Size]);
        return node == identity ? null : new(RecordTests.NodeIsIdentity, $"the record names the node {node}; it must name {identity}.");
    }

    private static RecordRefusal? CheckSignature(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, Pubkey identity) =>
        Ed25519Signature.Verify(identity, data, signature)
            ? null
            : new(RecordTests.Signature, $"the signature is not that of {identity} over the {data.Length} bytes of data: the record was damaged or made by somebody else.");
}
