using Failover.Identities;

namespace Failover.Records.VoteHistories;

/// <summary>Writes the vote history file (Agave votor/src/vote_history.rs), for stand-ins of a validator.</summary>
public static class VoteHistoryWriter
{
    /// <summary>The outer tag, the same for both bodies: SavedVoteHistoryVersions::Current in Agave votor/src/vote_history_storage.rs.</summary>
    internal const uint CurrentVersion = 0;

    /// <summary>The signed file. A validator writes sets in any order; here they are in the order of the votes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The body is none of the two.</exception>
    public static byte[] Write(Keypair identity, VoteHistory history, VoteHistoryBody body = VoteHistoryBody.From42)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(identity.Public.ToBytes());
        WriteVotedSets(writer, history.Votes);
        WriteMap(writer, history.Votes.ToLookup(vote => vote.Slot), vote => WriteVote(writer, vote, body));
        WriteAll(writer, history.NotarizedBlocks, block => WriteBlock(writer, block));
        WriteMap(writer, history.ReadyParents.SelectMany(ready => ready.Value, (ready, parent) => (ready.Key, parent)).ToLookup(ready => ready.Key),
            ready => WriteBlock(writer, ready.parent));
        writer.Write(history.Root);
        writer.Flush();
        return SignedFile.Write(CurrentVersion, identity, bytes.ToArray());
    }

    // The same as VoteHistory::add_vote does for each vote.
    private static void WriteVotedSets(BinaryWriter writer, IReadOnlyList<HistoryVote> votes)
    {
        WriteSlots(writer, Of(votes, HistoryVoteKind.Notarize, HistoryVoteKind.Skip));
        WriteAll(writer, Of(votes, HistoryVoteKind.Notarize).DistinctBy(vote => vote.Slot), vote => WriteBlock(writer, new Block(vote.Slot, vote.BlockId)));
        WriteMap(writer, Of(votes, HistoryVoteKind.NotarizeFallback).Distinct().ToLookup(vote => vote.Slot), vote => writer.Write(vote.BlockId.ToBytes()));
        WriteSlots(writer, Of(votes, HistoryVoteKind.SkipFallback));
        WriteSlots(writer, Of(votes, HistoryVoteKind.Skip, HistoryVoteKind.SkipFallback, HistoryVoteKind.NotarizeFallback));
        WriteSlots(writer, Of(votes, HistoryVoteKind.Finalize));
    }

    private static IEnumerable<HistoryVote> Of(IReadOnlyList<HistoryVote> votes, params HistoryVoteKind[] kinds) =>
        votes.Where(vote => kinds.Contains(vote.Kind));

    private static void WriteVote(BinaryWriter writer, HistoryVote vote, VoteHistoryBody body)
    {
        switch (body)
        {
            case VoteHistoryBody.UpTo41:
                // The same kinds in the same order, counted from zero.
                writer.Write((uint)vote.Kind - 1);
                WriteTarget(writer, vote);
                break;
            case VoteHistoryBody.From42:
                writer.Write((byte)vote.Kind);
                WriteTarget(writer, vote);
                writer.Write((ushort)0);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(body), body, "the body is up to 4.1 or from 4.2 on");
        }
    }

    private static void WriteTarget(BinaryWriter writer, HistoryVote vote)
    {
        writer.Write(vote.Slot);
        if (vote.Kind.NamesBlock)
        {
            writer.Write(vote.BlockId.ToBytes());
        }
    }

    private static void WriteBlock(BinaryWriter writer, Block block)
    {
        writer.Write(block.Slot);
        writer.Write(block.Id.ToBytes());
    }

    private static void WriteSlots(BinaryWriter writer, IEnumerable<HistoryVote> votes) =>
        WriteAll(writer, votes.Select(vote => vote.Slot).Distinct(), writer.Write);

    private static void WriteMap<T>(BinaryWriter writer, ILookup<ulong, T> map, Action<T> write) => WriteAll(writer, map, entry =>
    {
        writer.Write(entry.Key);
        WriteAll(writer, entry, write);
    });

    private static void WriteAll<T>(BinaryWriter writer, IEnumerable<T> items, Action<T> write)
    {
        T[] all = [.. items];
        writer.WriteCount(all.Length);
        foreach (var item in all)
        {
            write(item);
        }
    }
}
