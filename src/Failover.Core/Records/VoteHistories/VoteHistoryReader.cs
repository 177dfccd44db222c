using Failover.Identities;

namespace Failover.Records.VoteHistories;

/// <summary>What a vote history says, as far as a handoff needs it.</summary>
internal readonly record struct VoteHistoryFacts(string Format, ulong? LastVotedSlot, ulong Root);

/// <summary>
/// Walks the data of a vote history without keeping any of it (Agave votor/src/vote_history.rs). The two layouts of the votes share
/// one version tag, so both are tried; that each vote lies under its own slot tells them apart.
/// </summary>
internal static class VoteHistoryReader
{
    private const int SlotSize = sizeof(ulong);
    private const int BlockSize = SlotSize + Hash.Size;
    // A slot and the count of what is filed under it.
    private const int MinMapEntrySize = SlotSize + sizeof(ulong);

    /// <summary>Null, and the facts, when the data is a vote history in one of the layouts.</summary>
    public static RecordRefusal? Read(ReadOnlySpan<byte> data, out VoteHistoryFacts facts)
    {
        var newer = new SpanReader(data);
        var newerSays = Walk(ref newer, VoteHistoryBody.From42);
        var older = new SpanReader(data);
        var olderSays = Walk(ref older, VoteHistoryBody.UpTo41);
        facts = (newer.Failed, older.Failed) switch
        {
            (false, false) => newerSays with { Format = RecordFormats.VoteHistoryOfAnyVersion },
            (false, true) => newerSays,
            _ => olderSays,
        };
        if (!newer.Failed || !older.Failed)
        {
            return null;
        }
        // The layout that got further is the one that was meant.
        return newer.Position >= older.Position ? newer.Refusal : older.Refusal;
    }

    private static VoteHistoryFacts Walk(ref SpanReader reader, VoteHistoryBody body)
    {
        reader.Skip(Pubkey.Size);
        var lastVoted = HighestSlot(ref reader);
        SkipItems(ref reader, "notarization votes", BlockSize);
        SkipMap(ref reader, "slots with notarization fallback votes", Hash.Size);
        SkipItems(ref reader, "slots with a skip fallback vote", SlotSize);
        SkipItems(ref reader, "skipped slots", SlotSize);
        SkipItems(ref reader, "slots with a finalization vote", SlotSize);
        ReadVotes(ref reader, body);
        SkipItems(ref reader, "notarized blocks", BlockSize);
        SkipMap(ref reader, "slots with ready parents", BlockSize);
        var root = reader.UInt64();
        reader.End();
        var format = body == VoteHistoryBody.UpTo41 ? RecordFormats.VoteHistoryUpTo41 : RecordFormats.VoteHistoryFrom42;
        return new VoteHistoryFacts(format, lastVoted, root);
    }

    private static ulong? HighestSlot(ref SpanReader reader)
    {
        ulong? highest = null;
        for (var left = reader.Count("voted slots", SlotSize); left > 0; left--)
        {
            highest = Math.Max(highest ?? 0, reader.UInt64());
        }
        return highest;
    }

    private static void ReadVotes(ref SpanReader reader, VoteHistoryBody body)
    {
        for (var slots = reader.Count("slots with votes", MinMapEntrySize); slots > 0 && !reader.Failed; slots--)
        {
            var slot = reader.UInt64();
            for (var votes = reader.Count("votes of one slot", VoteSize(body)); votes > 0 && !reader.Failed; votes--)
            {
                ReadVote(ref reader, body, slot);
            }
        }
    }

    private static void ReadVote(ref SpanReader reader, VoteHistoryBody body, ulong filedUnder)
    {
        var older = body == VoteHistoryBody.UpTo41;
        var tag = older ? reader.UInt32() + 1UL : reader.Byte();
        var kind = tag <= (ulong)HistoryVoteKind.Genesis ? (HistoryVoteKind)tag : HistoryVoteKind.Unknown;
        if (kind == HistoryVoteKind.Unknown)
        {
            reader.Fail(RecordTests.KnownVoteKind, $"a vote for slot {filedUnder} is of an unknown kind");
        }
        var slot = reader.UInt64();
        if (slot != filedUnder)
        {
            reader.Fail(RecordTests.VotesMatchTheirSlots, $"a vote for slot {slot} is filed under slot {filedUnder}");
        }
        reader.Skip(kind.NamesBlock ? Hash.Size : 0);
        reader.Skip(older ? 0 : sizeof(ushort));
    }

    private static int VoteSize(VoteHistoryBody body) =>
        body == VoteHistoryBody.UpTo41 ? sizeof(uint) + SlotSize : sizeof(byte) + SlotSize + sizeof(ushort);

    private static void SkipMap(ref SpanReader reader, string field, int itemSize)
    {
        for (var entries = reader.Count(field, MinMapEntrySize); entries > 0 && !reader.Failed; entries--)
        {
            reader.Skip(SlotSize);
            SkipItems(ref reader, field, itemSize);
        }
    }

    private static void SkipItems(ref SpanReader reader, string field, int itemSize) =>
        reader.Skip(reader.Count(field, itemSize) * itemSize);
}
