using FakeCluster.Wire;
using FakeWire;

namespace FakeCluster.World;

/// <summary>Why a vote did not land. The vote program's own names, and the runtime's for what never reaches it.</summary>
public enum VoteError
{
    VoteTooOld = 1,
    SlotsMismatch,
    SlotHashMismatch,
    EmptySlots,
    LockoutConflict,
    NewVoteStateLockoutMismatch,
    SlotsNotOrdered,
    ConfirmationsNotOrdered,
    ZeroConfirmations,
    ConfirmationTooLarge,
    RootRollBack,
    ConfirmationRollBack,
    SlotSmallerThanRoot,
    TooManyVotes,
    VotesTooOldAllFiltered,
    RootOnDifferentFork,
    MalformedInstruction,
    SignatureFailure,
    MissingRequiredSignature,
    BlockhashNotFound,
}

/// <summary>The slots that the vote program remembers on one fork, with their bank hashes.</summary>
public sealed record SlotHashes(IReadOnlyDictionary<ulong, string> BySlot, ulong Earliest)
{
    /// <summary>Votes for what is older than this cannot land.</summary>
    public const int Horizon = 512;
}

/// <summary>The vote program's checks of a TowerSync, on one fork. Knows nothing of other forks, as in real life.</summary>
public static class VoteProgram
{
    private const int MostVotes = 31;
    private const uint MostConfirmations = 31;
    private const ulong CreditsPerVote = 16;

    /// <summary>The state after the vote, or null and the first check that it failed.</summary>
    public static OnChainVotes? Apply(OnChainVotes state, DecodedTower vote, string bankHash, SlotHashes history, out VoteError error)
    {
        var root = vote.Root;
        List<TowerVote> votes = [.. vote.Votes];
        if ((Check(state, votes, ref root, bankHash, history) ?? CheckTower(state, votes, root)) is { } refused)
        {
            error = refused;
            return null;
        }

        error = default;
        var rooted = root is { } newRoot ? state.Votes.Count(v => v.Slot <= newRoot) : 0;
        return new OnChainVotes(votes, root, state.Credits + (CreditsPerVote * (ulong)rooted));
    }

    private static VoteError? Check(OnChainVotes state, List<TowerVote> votes, ref ulong? root, string bankHash, SlotHashes history)
    {
        if (votes.Count == 0)
        {
            return VoteError.EmptySlots;
        }

        var last = votes[^1].Slot;
        if (state.Votes.Count > 0 && last <= state.Votes[^1].Slot)
        {
            return VoteError.VoteTooOld;
        }

        if (last < history.Earliest)
        {
            return VoteError.VoteTooOld;
        }

        if (root is { } claimed && claimed >= history.Earliest && !history.BySlot.ContainsKey(claimed))
        {
            return VoteError.RootOnDifferentFork;
        }

        if (root < history.Earliest)
        {
            // Too old to look up: the newest slot that the account itself vouches for takes its place.
            var old = root;
            root = state.Votes.LastOrDefault(v => v.Slot <= old)?.Slot ?? state.Root;
        }

        if (votes.Any(v => v.Slot >= history.Earliest && !history.BySlot.ContainsKey(v.Slot)))
        {
            return VoteError.SlotsMismatch;
        }

        if (history.BySlot[last] != bankHash)
        {
            return VoteError.SlotHashMismatch;
        }

        votes.RemoveAll(v => v.Slot < history.Earliest && state.Votes.All(known => known.Slot != v.Slot));
        return votes.Count == 0 ? VoteError.VotesTooOldAllFiltered : null;
    }

    private static VoteError? CheckTower(OnChainVotes state, List<TowerVote> votes, ulong? root)
    {
        if (votes.Count > MostVotes)
        {
            return VoteError.TooManyVotes;
        }

        if (state.Root is { } current && (root is null || root < current))
        {
            return VoteError.RootRollBack;
        }

        return CheckOrder(votes, root) ?? CheckAgainst(state, votes, root);
    }

    private static VoteError? CheckOrder(List<TowerVote> votes, ulong? root)
    {
        TowerVote? previous = null;
        foreach (var vote in votes)
        {
            VoteError? wrong = vote switch
            {
                { Confirmations: 0 } => VoteError.ZeroConfirmations,
                { Confirmations: > MostConfirmations } => VoteError.ConfirmationTooLarge,
                _ when root is { } r && vote.Slot <= r && r != 0 => VoteError.SlotSmallerThanRoot,
                _ when previous is null => null,
                _ when previous.Slot >= vote.Slot => VoteError.SlotsNotOrdered,
                _ when previous.Confirmations <= vote.Confirmations => VoteError.ConfirmationsNotOrdered,
                _ when vote.Slot > LockedUntil(previous) => VoteError.NewVoteStateLockoutMismatch,
                _ => null,
            };
            if (wrong is not null)
            {
                return wrong;
            }

            previous = vote;
        }

        return null;
    }

    /// <summary>Every vote that the account holds must be rooted, kept, or expired in the new tower.</summary>
    private static VoteError? CheckAgainst(OnChainVotes state, List<TowerVote> votes, ulong? root)
    {
        var next = 0;
        foreach (var known in state.Votes.Where(v => root is not { } r || v.Slot > r))
        {
            while (next < votes.Count && votes[next].Slot < known.Slot)
            {
                next++;
            }

            if (next == votes.Count)
            {
                // Nothing newer is proposed, which cannot be: the last vote is newer than all that the account holds.
                return VoteError.LockoutConflict;
            }

            if (votes[next].Slot == known.Slot)
            {
                if (votes[next].Confirmations < known.Confirmations)
                {
                    return VoteError.ConfirmationRollBack;
                }
            }
            else if (LockedUntil(known) >= votes[next].Slot)
            {
                return VoteError.LockoutConflict;
            }
        }

        return null;
    }

    private static ulong LockedUntil(TowerVote vote) => vote.Slot + (1UL << (int)Math.Min(vote.Confirmations, MostConfirmations));
}
