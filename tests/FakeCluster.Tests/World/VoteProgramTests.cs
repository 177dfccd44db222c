using FakeCluster.Wire;
using FakeCluster.World;
using FakeWire;

namespace FakeCluster.Tests.World;

public sealed class VoteProgramTests
{
    // Slots 100 to 200 exist on this fork, except 150.
    private static readonly SlotHashes History = new(
        Enumerable.Range(100, 101).Where(slot => slot != 150).ToDictionary(slot => (ulong)slot, slot => $"hash {slot}"), 100);

    private static readonly OnChainVotes Stored = new([new(110, 3), new(111, 2), new(112, 1)], 105, 0);

    private static VoteError? ErrorOf(ulong? root, params (ulong Slot, uint Confirmations)[] votes) => Apply(Stored, root, null, votes, out _);

    private static VoteError? Apply(OnChainVotes state, ulong? root, string? hash, (ulong Slot, uint Confirmations)[] votes, out OnChainVotes? after)
    {
        var tower = new DecodedTower(root, [.. votes.Select(v => new TowerVote(v.Slot, v.Confirmations))], [], null, []);
        after = VoteProgram.Apply(state, tower, hash ?? $"hash {tower.LastSlot}", History, out var error);
        return after is null ? error : null;
    }

    [Fact]
    public void A_vote_on_top_is_stored()
    {
        Assert.Null(Apply(Stored, 105, null, [(110, 4), (111, 3), (112, 2), (113, 1)], out var after));
        Assert.Equal(113UL, after!.Votes[^1].Slot);
    }

    [Fact]
    public void A_vote_for_nothing_is_refused() => Assert.Equal(VoteError.EmptySlots, ErrorOf(105));

    [Fact]
    public void A_vote_that_is_not_newer_is_too_old() => Assert.Equal(VoteError.VoteTooOld, ErrorOf(105, (110, 3), (111, 2), (112, 1)));

    [Fact]
    public void A_vote_from_before_the_horizon_is_too_old()
        => Assert.Equal(VoteError.VoteTooOld, Apply(OnChainVotes.None, null, null, [(99, 1)], out _));

    [Fact]
    public void A_vote_with_a_slot_of_another_fork_is_refused()
        => Assert.Equal(VoteError.SlotsMismatch, ErrorOf(105, (110, 4), (111, 3), (112, 2), (150, 1)));

    [Fact]
    public void A_vote_for_another_bank_is_refused()
        => Assert.Equal(VoteError.SlotHashMismatch, Apply(Stored, 105, "another", [(110, 4), (111, 3), (112, 2), (113, 1)], out _));

    [Fact]
    public void A_vote_that_drops_a_locked_slot_is_a_lockout_conflict()
        => Assert.Equal(VoteError.LockoutConflict, ErrorOf(105, (110, 3), (111, 2), (113, 1)));

    [Fact]
    public void A_vote_may_drop_what_has_expired() => Assert.Null(ErrorOf(105, (110, 3), (111, 2), (115, 1)));

    [Fact]
    public void A_root_that_goes_back_is_refused() => Assert.Equal(VoteError.RootRollBack, ErrorOf(104, (110, 4), (111, 3), (112, 2), (113, 1)));

    [Fact]
    public void A_root_on_another_fork_is_refused()
        => Assert.Equal(VoteError.RootOnDifferentFork, Apply(Stored, 150, null, [(160, 1)], out _));

    [Fact]
    public void Confirmations_that_go_back_are_refused()
        => Assert.Equal(VoteError.ConfirmationRollBack, Apply(
            new OnChainVotes([new(110, 6)], 105, 0), 105, null, [(110, 4), (112, 1)], out _));

    [Fact]
    public void Slots_out_of_order_are_refused() => Assert.Equal(VoteError.SlotsNotOrdered, ErrorOf(105, (111, 4), (110, 3), (113, 1)));

    [Fact]
    public void Confirmations_out_of_order_are_refused()
        => Assert.Equal(VoteError.ConfirmationsNotOrdered, ErrorOf(105, (110, 4), (111, 4), (113, 1)));

    [Fact]
    public void Zero_confirmations_are_refused() => Assert.Equal(VoteError.ZeroConfirmations, ErrorOf(105, (110, 4), (113, 0)));

    [Fact]
    public void Too_many_confirmations_are_refused() => Assert.Equal(VoteError.ConfirmationTooLarge, ErrorOf(105, (110, 32), (113, 1)));

    [Fact]
    public void A_slot_beneath_the_root_is_refused() => Assert.Equal(VoteError.SlotSmallerThanRoot, ErrorOf(110, (110, 4), (113, 1)));

    [Fact]
    public void A_tower_whose_own_lockouts_had_run_out_is_refused()
        => Assert.Equal(VoteError.NewVoteStateLockoutMismatch, ErrorOf(105, (110, 4), (111, 3), (112, 2), (120, 1)));

    [Fact]
    public void Too_many_votes_are_refused()
        => Assert.Equal(VoteError.TooManyVotes, ErrorOf(105, [.. Enumerable.Range(110, 32).Select(i => ((ulong)i, (uint)(142 - i)))]));

    [Fact]
    public void Rooted_votes_earn_credits_and_leave_the_account()
    {
        Assert.Null(Apply(Stored, 111, null, [(112, 2), (113, 1)], out var after));
        Assert.Equal((111UL, 32UL), (after!.Root, after.Credits));
    }

    [Fact]
    public void An_ancient_root_is_replaced_by_the_accounts_own()
    {
        Assert.Null(Apply(new OnChainVotes([new(110, 1)], 90, 0), 95, null, [(110, 2), (111, 1)], out var after));
        Assert.Equal(90UL, after!.Root);
    }
}
