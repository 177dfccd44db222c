using Failover.Records;
using Failover.Records.VoteHistories;

namespace Failover.Testing;

internal static class SampleHistories
{
    private static readonly Hash Id = Hash.Of("block"u8);

    /// <summary>A vote of every kind, and something in every other field. The highest voted slot is 104, the root 100.</summary>
    public static VoteHistory EveryKind { get; } = new()
    {
        Root = 100,
        Votes =
        [
            new(HistoryVoteKind.Genesis, 100, Id),
            new(HistoryVoteKind.Notarize, 101, Id),
            new(HistoryVoteKind.Finalize, 101),
            new(HistoryVoteKind.Skip, 104),
            new(HistoryVoteKind.Notarize, 102, Id),
            new(HistoryVoteKind.SkipFallback, 102),
            new(HistoryVoteKind.Skip, 103),
            new(HistoryVoteKind.NotarizeFallback, 103, Id),
            new(HistoryVoteKind.NotarizeFallback, 103, Hash.Of("other block"u8)),
        ],
        NotarizedBlocks = [new(101, Id), new(102, Id)],
        ReadyParents = new Dictionary<ulong, IReadOnlyList<Block>> { [104] = [new(101, Id), new(102, Id)], [105] = [new(102, Id)] },
    };
}
