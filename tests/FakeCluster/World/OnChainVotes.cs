using FakeWire;

namespace FakeCluster.World;

/// <summary>A vote account's state after some block, on that block's fork.</summary>
public sealed record OnChainVotes(IReadOnlyList<TowerVote> Votes, ulong? Root, ulong Credits)
{
    public static OnChainVotes None { get; } = new([], null, 0);
}
