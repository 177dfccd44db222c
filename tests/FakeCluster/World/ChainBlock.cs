namespace FakeCluster.World;

public sealed record ChainBlock(
    ulong Slot, ulong Parent, string Hash, string BlockId, string Leader, bool Canonical, OnChainVotes Votes);
