using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;

namespace FakeValidator.Voting;

/// <summary>The data part of a tower file: Tower1_14_11, or Tower1_7_14 with its bare last vote.</summary>
internal static class TowerParser
{
    private const int PubkeySize = Pubkey.Size;
    private const int ThresholdsSize = 16;
    private const int PriorVotersSize = 32 * (PubkeySize + 16);
    private const ulong NoRoot = ulong.MaxValue;

    public static Tower Parse(ReadOnlySpan<byte> data, bool old, Pubkey wanted)
    {
        var reader = new BincodeReader(data);
        var node = new Pubkey(reader.Take(PubkeySize));
        reader.Take(ThresholdsSize);
        reader.Take(2 * PubkeySize + 1);
        var lockouts = ReadLockouts(ref reader);
        var root = reader.OptionalU64();
        SkipRestOfVoteState(ref reader);
        var lastVote = ReadLastVote(ref reader, old, lockouts, root);
        var lastTimestamp = new BlockTimestamp(reader.U64(), reader.I64());
        if (node != wanted)
        {
            throw TowerException.WrongNode(wanted, node);
        }
        return new Tower { Lockouts = lockouts, Root = root, LastVote = lastVote, LastTimestamp = lastTimestamp };
    }

    private static Lockout[] ReadLockouts(ref BincodeReader reader)
    {
        var lockouts = new Lockout[reader.Count(itemSize: 12)];
        for (var i = 0; i < lockouts.Length; i++)
        {
            lockouts[i] = new Lockout(reader.U64(), reader.U32());
        }
        return lockouts;
    }

    private static void SkipRestOfVoteState(ref BincodeReader reader)
    {
        reader.Take(reader.Count(itemSize: 8 + PubkeySize) * (8 + PubkeySize));
        reader.Take(PriorVotersSize);
        reader.U64();
        reader.Bool();
        reader.Take(reader.Count(itemSize: 24) * 24);
        reader.Take(16);
    }

    private static TowerSync ReadLastVote(ref BincodeReader reader, bool old, Lockout[] lockouts, ulong? root)
    {
        var tag = old ? 0 : reader.U32();
        return tag switch
        {
            0 => ReadVote(ref reader, lockouts, root),
            1 => ReadUpdate(ref reader),
            2 => ReadCompact(ref reader, withBlockId: false),
            3 => ReadCompact(ref reader, withBlockId: true),
            _ => throw TowerException.BadVariant(tag, 4),
        };
    }

    private static TowerSync ReadVote(ref BincodeReader reader, Lockout[] lockouts, ulong? root)
    {
        var slots = reader.Count(itemSize: 8);
        reader.Take(slots * 8);
        return new TowerSync
        {
            Lockouts = slots == 0 ? [] : lockouts,
            Root = root,
            Hash = new Hash(reader.Take(Hash.Size)),
            Timestamp = reader.OptionalI64(),
        };
    }

    private static TowerSync ReadUpdate(ref BincodeReader reader)
    {
        var lockouts = ReadLockouts(ref reader);
        return new TowerSync
        {
            Lockouts = lockouts,
            Root = reader.OptionalU64(),
            Hash = new Hash(reader.Take(Hash.Size)),
            Timestamp = reader.OptionalI64(),
        };
    }

    private static TowerSync ReadCompact(ref BincodeReader reader, bool withBlockId)
    {
        var root = reader.U64();
        var lockouts = new Lockout[reader.ShortCount()];
        var slot = root == NoRoot ? 0 : root;
        for (var i = 0; i < lockouts.Length; i++)
        {
            slot = unchecked(slot + reader.VarInt());
            lockouts[i] = new Lockout(slot, reader.U8());
        }
        return new TowerSync
        {
            Lockouts = lockouts,
            Root = root == NoRoot ? null : root,
            Hash = new Hash(reader.Take(Hash.Size)),
            Timestamp = reader.OptionalI64(),
            BlockId = withBlockId ? new Hash(reader.Take(Hash.Size)) : default,
        };
    }
}
