using System.Buffers.Binary;
using FakeWire;

namespace FakeCluster.Wire;

/// <summary>A vote's TowerSync, decoded: what the voter claims its whole tower to be.</summary>
public sealed record DecodedTower(ulong? Root, IReadOnlyList<TowerVote> Votes, byte[] Hash, long? Timestamp, byte[] BlockId)
{
    public ulong? LastSlot => Votes.Count == 0 ? null : Votes[^1].Slot;
}

/// <summary>
/// The compact TowerSync: root u64 | count ShortU16 | count × {offset LEB128, confirmations u8} | hash 32 | Option timestamp i64 | block id 32.
/// Written here from the format's description alone, so that an error in the product's own codec shows up as a refused vote.
/// </summary>
public static class TowerSyncBytes
{
    private const int HashLength = 32;
    private const int MostVotes = 1_000;

    /// <summary>Null, with a reason, when the bytes are not one whole TowerSync.</summary>
    public static DecodedTower? TryDecode(ReadOnlySpan<byte> bytes, out string problem)
    {
        try
        {
            problem = "";
            return Decode(bytes);
        }
        catch (FormatException broken)
        {
            problem = broken.Message;
            return null;
        }
    }

    public static DecodedTower Decode(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        var root = BinaryPrimitives.ReadUInt64LittleEndian(Take(ref rest, 8));
        var count = TakeVarint(ref rest, 3);
        if (count > MostVotes)
        {
            throw new FormatException($"TowerSync claims {count} votes");
        }

        var votes = new List<TowerVote>((int)count);
        var slot = root == ulong.MaxValue ? 0 : root;
        for (var i = 0UL; i < count; i++)
        {
            slot = unchecked(slot + TakeVarint(ref rest, 10));
            votes.Add(new TowerVote(slot, Take(ref rest, 1)[0]));
        }

        var hash = Take(ref rest, HashLength).ToArray();
        long? timestamp = Take(ref rest, 1)[0] switch
        {
            0 => null,
            1 => BinaryPrimitives.ReadInt64LittleEndian(Take(ref rest, 8)),
            var tag => throw new FormatException($"TowerSync has option tag {tag}"),
        };
        var blockId = Take(ref rest, HashLength).ToArray();
        return rest.IsEmpty
            ? new DecodedTower(root == ulong.MaxValue ? null : root, votes, hash, timestamp, blockId)
            : throw new FormatException($"TowerSync is followed by {rest.Length} bytes");
    }

    /// <summary>For hand-made histories and scripted voters.</summary>
    public static byte[] Encode(DecodedTower tower)
    {
        using var buffer = new MemoryStream();
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(eight, tower.Root ?? ulong.MaxValue);
        buffer.Write(eight);
        PutVarint(buffer, (ulong)tower.Votes.Count);
        var previous = tower.Root ?? 0;
        foreach (var vote in tower.Votes)
        {
            PutVarint(buffer, unchecked(vote.Slot - previous));
            buffer.WriteByte((byte)vote.Confirmations);
            previous = vote.Slot;
        }

        buffer.Write(tower.Hash);
        buffer.WriteByte(tower.Timestamp is null ? (byte)0 : (byte)1);
        if (tower.Timestamp is { } timestamp)
        {
            BinaryPrimitives.WriteInt64LittleEndian(eight, timestamp);
            buffer.Write(eight);
        }

        buffer.Write(tower.BlockId);
        return buffer.ToArray();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (rest.Length < count)
        {
            throw new FormatException("TowerSync ends early");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static ulong TakeVarint(ref ReadOnlySpan<byte> rest, int mostBytes)
    {
        var value = 0UL;
        for (var i = 0; i < mostBytes; i++)
        {
            var next = Take(ref rest, 1)[0];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("TowerSync holds an endless number");
    }

    private static void PutVarint(MemoryStream buffer, ulong value)
    {
        while (value >= 0x80)
        {
            buffer.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        buffer.WriteByte((byte)value);
    }
}
