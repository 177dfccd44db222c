using System.Buffers.Binary;
using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;

namespace Failover.Testing;

/// <summary>The kinds of last vote that a tower file can end with; numbered as in the file.</summary>
internal enum LastVoteKind : uint
{
    Vote = 0,
    VoteStateUpdate = 1,
    CompactVoteStateUpdate = 2,
    TowerSync = 3,
}

/// <summary>
/// Writes tower files of every age, and edits files and signs them again. The layout is spelled out here a second time, so that a
/// mistake of the code under test cannot hide in its own writer.
/// </summary>
internal static class TowerFiles
{
    public const int HeaderSize = 76;

    /// <summary>A file of today's version with the given kind of last vote.</summary>
    public static byte[] Current(Keypair identity, Tower tower, LastVoteKind kind) => Sign(identity, 1, Data(identity, tower, writer =>
    {
        writer.Write((uint)kind);
        WriteLastVote(writer, tower.LastVote, kind);
    }));

    /// <summary>The data before 1.14.11 in a tagged file.</summary>
    public static byte[] Old(Keypair identity, Tower tower) =>
        Sign(identity, 0, Data(identity, tower, writer => WriteLastVote(writer, tower.LastVote, LastVoteKind.Vote)));

    /// <summary>The same in the oldest file, without a tag.</summary>
    public static byte[] Untagged(Keypair identity, Tower tower) => Old(identity, tower)[4..];

    /// <summary>Edits the data of a tagged file, then makes length and signature right again.</summary>
    public static byte[] Resign(Keypair identity, byte[] file, Func<byte[], byte[]> edit) =>
        Sign(identity, BinaryPrimitives.ReadUInt32LittleEndian(file), edit(file[HeaderSize..]));

    public static byte[] Sign(Keypair identity, uint tag, byte[] data)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(tag);
        writer.Write(identity.Sign(data));
        writer.Write((ulong)data.Length);
        writer.Write(data);
        writer.Flush();
        return bytes.ToArray();
    }

    private static byte[] Data(Keypair identity, Tower tower, Action<BinaryWriter> writeLastVote)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(identity.Public.ToBytes());
        writer.Write(8UL);
        writer.Write(2.0 / 3.0);
        writer.Write(new byte[65]);
        WriteLockouts(writer, tower.Lockouts);
        WriteOptional(writer, tower.Root);
        writer.Write(0UL);
        writer.Write(new byte[1536]);
        writer.Write(31UL);
        writer.Write((byte)1);
        writer.Write(0UL);
        writer.Write(new byte[16]);
        writeLastVote(writer);
        writer.Write(tower.LastTimestamp.Slot);
        writer.Write(tower.LastTimestamp.UnixSeconds);
        writer.Flush();
        return bytes.ToArray();
    }

    private static void WriteLastVote(BinaryWriter writer, TowerSync vote, LastVoteKind kind)
    {
        switch (kind)
        {
            case LastVoteKind.Vote:
                writer.Write((ulong)vote.Lockouts.Count);
                foreach (var lockout in vote.Lockouts)
                {
                    writer.Write(lockout.Slot);
                }
                break;
            case LastVoteKind.VoteStateUpdate:
                WriteLockouts(writer, vote.Lockouts);
                WriteOptional(writer, vote.Root);
                break;
            case LastVoteKind.CompactVoteStateUpdate:
                writer.Write(vote.Encode()[..^32]);
                return;
            default:
                writer.Write(vote.Encode());
                return;
        }
        writer.Write(vote.Hash.ToBytes());
        WriteOptional(writer, (ulong?)vote.Timestamp);
    }

    private static void WriteLockouts(BinaryWriter writer, IReadOnlyList<Lockout> lockouts)
    {
        writer.Write((ulong)lockouts.Count);
        foreach (var lockout in lockouts)
        {
            writer.Write(lockout.Slot);
            writer.Write(lockout.Confirmations);
        }
    }

    private static void WriteOptional(BinaryWriter writer, ulong? value)
    {
        writer.Write((byte)(value is null ? 0 : 1));
        if (value is { } present)
        {
            writer.Write(present);
        }
    }
}
