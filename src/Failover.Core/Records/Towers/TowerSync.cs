using System.Diagnostics.CodeAnalysis;

namespace Failover.Records.Towers;

/// <summary>
/// The vote instruction of current validators, which a tower file ends with: all lockouts, in the compact form of
/// solana-sdk vote-interface src/state/mod.rs (serde_tower_sync).
/// </summary>
public sealed record TowerSync
{
    /// <summary>The vote of a tower that has not voted: no lockouts, no root, a zero hash.</summary>
    public static TowerSync Empty { get; } = new();

    // How "no root" is written.
    private const ulong NoRoot = ulong.MaxValue;
    // A one-byte offset and a one-byte confirmation count.
    private const int MinLockoutSize = 2;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Lockout> Lockouts { get; init; } = [];

    public ulong? Root { get; init; }

    /// <summary>The bank hash of the last slot.</summary>
    public Hash Hash { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? Timestamp { get; init; }

    /// <summary>The block id of the last slot; zeros when it was not known.</summary>
    public Hash BlockId { get; init; }

    /// <summary>The slot of the last lockout; null when there is none.</summary>
    public ulong? LastSlot => Lockouts is [.., var last] ? last.Slot : null;

    /// <summary>The compact bytes, without the enum tag that a tower file puts in front.</summary>
    /// <exception cref="OverflowException">The form cannot say it: slots descend or are below the root, or a confirmation count is above 255.</exception>
    public byte[] Encode()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Root ?? NoRoot);
        writer.Write7BitEncodedInt(checked((ushort)Lockouts.Count));
        var previous = Root ?? 0;
        foreach (var lockout in Lockouts)
        {
            writer.Write7BitEncodedInt64(unchecked((long)checked(lockout.Slot - previous)));
            writer.Write(checked((byte)lockout.Confirmations));
            previous = lockout.Slot;
        }
        writer.Write(Hash.ToBytes());
        writer.WriteOptional(Timestamp);
        writer.Write(BlockId.ToBytes());
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads compact bytes that hold one vote and nothing else, of at most 31 lockouts. Never throws; makes no other test of the lockouts.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TowerSync? vote)
    {
        var reader = new SpanReader(bytes);
        vote = Read(ref reader, withBlockId: true);
        reader.End();
        if (reader.Failed)
        {
            vote = null;
        }
        return vote is not null;
    }

    /// <summary>Reads a vote where the reader stands; what it returns means nothing once the reader has failed.</summary>
    /// <param name="withBlockId">False for CompactVoteStateUpdate, which is the same without the block id.</param>
    internal static TowerSync Read(ref SpanReader reader, bool withBlockId)
    {
        var root = reader.UInt64();
        var lockouts = new Lockout[reader.LockoutCount(reader.ShortCount("lockouts of the last vote", MinLockoutSize))];
        var slot = root == NoRoot ? 0 : root;
        foreach (ref var lockout in lockouts.AsSpan())
        {
            slot = NextSlot(ref reader, slot);
            lockout = new Lockout(slot, reader.Byte());
        }
        return new TowerSync
        {
            Root = root == NoRoot ? null : root,
            Lockouts = lockouts,
            Hash = reader.Hash(),
            Timestamp = reader.OptionalInt64("the option byte of the last vote's timestamp"),
            BlockId = withBlockId ? reader.Hash() : default,
        };
    }

    private static ulong NextSlot(ref SpanReader reader, ulong previous)
    {
        var offset = reader.VariableLength();
        if (offset > ulong.MaxValue - previous)
        {
            reader.Fail(RecordTests.NumbersAreWellFormed, $"slot {previous} and an offset of {offset} are more than a slot can be");
        }
        return unchecked(previous + offset);
    }
}
