namespace Failover.Records.VoteHistories;

/// <summary>The kinds of an Alpenglow vote, numbered as Agave 4.2 writes them (votor-messages/src/vote.rs).</summary>
public enum HistoryVoteKind
{
    Unknown = 0,
    Notarize = 1,
    Finalize = 2,
    Skip = 3,
    NotarizeFallback = 4,
    SkipFallback = 5,
    Genesis = 6,
}

/// <summary>How the votes of a vote history are laid out. The file does not say which; versions cannot read each other's.</summary>
public enum VoteHistoryBody
{
    Unknown = 0,

    /// <summary>Agave up to 4.1: a u32 tag.</summary>
    UpTo41 = 1,

    /// <summary>Agave 4.2 and later: a one-byte tag, and a shred version behind each vote.</summary>
    From42 = 2,
}

/// <summary>A block: its slot and its id.</summary>
public readonly record struct Block(ulong Slot, Hash Id);

/// <summary>One Alpenglow vote; the block id is zero for the kinds that name only a slot.</summary>
public readonly record struct HistoryVote(HistoryVoteKind Kind, ulong Slot, Hash BlockId = default);

/// <summary>What a vote history is made of, in the order of casting. The sets that the file also has follow from the votes.</summary>
public sealed record VoteHistory
{
    public IReadOnlyList<HistoryVote> Votes { get; init; } = [];

    /// <summary>Blocks that the validator saw notarized.</summary>
    public IReadOnlyList<Block> NotarizedBlocks { get; init; } = [];

    /// <summary>Per slot, the parents that were ready for it.</summary>
    public IReadOnlyDictionary<ulong, IReadOnlyList<Block>> ReadyParents { get; init; } = new Dictionary<ulong, IReadOnlyList<Block>>();

    public ulong Root { get; init; }
}

internal static class HistoryVoteKinds
{
    extension(HistoryVoteKind kind)
    {
        /// <summary>Whether the kind names a block, not only a slot.</summary>
        public bool NamesBlock => kind is HistoryVoteKind.Notarize or HistoryVoteKind.NotarizeFallback or HistoryVoteKind.Genesis;
    }
}
