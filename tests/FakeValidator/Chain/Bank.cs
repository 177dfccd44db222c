using FakeWire;

namespace FakeValidator.Chain;

/// <summary>A replayed block. The real thing is the state of the whole chain after it; here it is the vote accounts.</summary>
/// <param name="DeclaredParent">The parent that the block names; greater than <paramref name="Parent"/> when the banks between were never received.</param>
public sealed record Bank(
    ulong Slot, ulong Parent, ulong DeclaredParent, ulong Height, string Hash, string BlockId, bool Canonical, ulong ConfirmedSlot, ulong RootedSlot,
    IReadOnlyList<VoteAccountState> VoteAccounts)
{
    public VoteAccountState? Find(string voteAccount) => VoteAccounts.FirstOrDefault(each => each.VoteAccount == voteAccount);

    public ulong StakeOf(string node) =>
        VoteAccounts.Where(each => each.Node == node).Aggregate(0UL, (sum, each) => sum + each.ActivatedStake);
}
