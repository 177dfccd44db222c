using Failover.Identities;

namespace Failover.Records.Towers;

/// <summary>Reads the data of a tower file, as Agave's Tower1_14_11 and Tower1_7_14 lay it out. Judges no lockout.</summary>
internal static class TowerReader
{
    // VoteTransaction in solana-sdk vote-interface src/state/vote_state_transaction: the tag in front of the last vote.
    private const uint VoteTag = 0;
    private const uint VoteStateUpdateTag = 1;
    private const uint CompactVoteStateUpdateTag = 2;

    /// <summary>Reads to the end of the data; what it returns means nothing once the reader has failed.</summary>
    /// <param name="lastVoteHasTag">False for Tower1_7_14, whose last vote can only be the oldest kind.</param>
    public static Tower Read(ref SpanReader reader, bool lastVoteHasTag)
    {
        reader.Skip(Pubkey.Size + TowerLayout.ThresholdsSize);
        reader.Skip(TowerLayout.VoteStateHeaderSize);
        var lockouts = ReadLockouts(ref reader, "lockouts");
        var root = reader.OptionalUInt64("the option byte of the root");
        SkipUnusedVoteState(ref reader);
        var lastVote = (lastVoteHasTag ? reader.UInt32() : VoteTag) switch
        {
            VoteTag => ReadVote(ref reader, lockouts, root),
            VoteStateUpdateTag => ReadVoteStateUpdate(ref reader),
            CompactVoteStateUpdateTag => TowerSync.Read(ref reader, withBlockId: false),
            TowerWriter.TowerSyncTag => TowerSync.Read(ref reader, withBlockId: true),
            var unknown => Refuse(ref reader, unknown),
        };
        var lastTimestamp = new BlockTimestamp(reader.UInt64(), reader.Int64());
        reader.End();
        return new Tower { Lockouts = lockouts, Root = root, LastVote = lastVote, LastTimestamp = lastTimestamp };
    }

    // A tower leaves these at their defaults, but the validator honours the counts, and so the place of what follows depends on them.
    private static void SkipUnusedVoteState(ref SpanReader reader)
    {
        reader.Skip(reader.Count("authorized voters", TowerLayout.AuthorizedVoterSize) * TowerLayout.AuthorizedVoterSize);
        reader.Skip(TowerLayout.PriorVotersSize);
        var index = reader.UInt64();
        if (index >= TowerLayout.PriorVoters)
        {
            reader.Fail(RecordTests.CountsInBounds, $"its index into the prior voters is {index}; there are {TowerLayout.PriorVoters}");
        }
        reader.Flag("whether the prior voters are empty");
        reader.Skip(reader.Count("epoch credits", TowerLayout.EpochCreditsSize) * TowerLayout.EpochCreditsSize);
        reader.Skip(TowerLayout.TimestampSize);
    }

    private static Lockout[] ReadLockouts(ref SpanReader reader, string field)
    {
        var lockouts = new Lockout[reader.LockoutCount(reader.Count(field, TowerLayout.LockoutSize))];
        foreach (ref var lockout in lockouts.AsSpan())
        {
            lockout = new Lockout(reader.UInt64(), reader.UInt32());
        }
        return lockouts;
    }

    // It lists only slots: the ones that the bank had not seen, up to the last one. What it leaves out, the tower's lockouts say.
    private static TowerSync ReadVote(ref SpanReader reader, Lockout[] lockouts, ulong? root)
    {
        var count = reader.LockoutCount(reader.Count("slots of the last vote", sizeof(ulong)));
        if (count > lockouts.Length)
        {
            reader.Fail(RecordTests.LastVoteAgrees, $"the last vote has {count} slots, the tower {lockouts.Length} lockouts");
        }
        for (var index = count; index > 0; index--)
        {
            var slot = reader.UInt64();
            if (!reader.Failed && slot != lockouts[^index].Slot)
            {
                reader.Fail(RecordTests.LastVoteAgrees, $"the last vote says slot {slot} where the tower's lockouts say {lockouts[^index].Slot}");
            }
        }
        return new TowerSync
        {
            Lockouts = count > 0 ? lockouts : [],
            Root = root,
            Hash = reader.Hash(),
            Timestamp = reader.OptionalInt64("the option byte of the last vote's timestamp"),
        };
    }

    private static TowerSync ReadVoteStateUpdate(ref SpanReader reader) => new()
    {
        Lockouts = ReadLockouts(ref reader, "lockouts of the last vote"),
        Root = reader.OptionalUInt64("the option byte of the last vote's root"),
        Hash = reader.Hash(),
        Timestamp = reader.OptionalInt64("the option byte of the last vote's timestamp"),
    };

    private static TowerSync Refuse(ref SpanReader reader, uint tag)
    {
        reader.Fail(RecordTests.KnownVoteKind, $"its last vote is of kind {tag}; known kinds go up to {TowerWriter.TowerSyncTag}");
        return TowerSync.Empty;
    }
}
