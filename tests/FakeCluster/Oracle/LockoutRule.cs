using FakeWire;

namespace FakeCluster.Oracle;

/// <summary>
/// A vote promises not to vote on another fork until its lockout is over. Judged over all votes of the identity, whoever cast them,
/// and over all forks: the vote program only ever sees one of each.
/// </summary>
public static class LockoutRule
{
    // A rooted slot is locked for good; this many confirmations last longer than any recording.
    private const uint ForGood = 32;

    public static IEnumerable<Violation> Find(IdentityHistory history, ForkGraph graph)
    {
        Dictionary<ulong, Promise> promises = [];
        foreach (var vote in history.Votes)
        {
            Remember(promises, vote);
            foreach (var promise in promises.Values.OrderBy(p => p.Slot))
            {
                if (promise.Slot != vote.Slot && IsBroken(promise, vote.Slot, graph))
                {
                    yield return history.Violation(
                        ViolationKind.LockoutBroken,
                        [promise.Latest, vote],
                        $"host {vote.Host} voted for slot {vote.Slot} at {Text.Time(vote.At)}, which is on another fork than slot {promise.Slot}, to which host {promise.Latest.Host}'s vote with {promise.Confirmations} confirmations had locked the identity until slot {promise.Until}",
                        [promise.Slot, vote.Slot]);
                }
            }
        }
    }

    private static bool IsBroken(Promise promise, ulong slot, ForkGraph graph)
        => slot > promise.Slot
            ? promise.Until >= slot && graph.Descends(slot, promise.Slot) is false
            : graph.Descends(promise.Slot, slot) is false; // An old vote on the same fork is old, not a broken promise.

    private static void Remember(Dictionary<ulong, Promise> promises, VoteAct vote)
    {
        foreach (var claimed in vote.Tower.Votes)
        {
            Keep(promises, claimed.Slot, claimed.Confirmations, vote);
        }

        if (vote.Tower.Root is not { } root)
        {
            return;
        }

        // Whatever is older than a root was an ancestor of it, or broke a promise when the root was voted for.
        Keep(promises, root, ForGood, vote);
        foreach (var old in promises.Values.Where(p => p.Slot < root).Select(p => p.Slot).ToList())
        {
            promises.Remove(old);
        }
    }

    private static void Keep(Dictionary<ulong, Promise> promises, ulong slot, uint confirmations, VoteAct vote)
    {
        if (promises.TryGetValue(slot, out var known) && known.Confirmations >= confirmations)
        {
            return;
        }

        if (promises.Values.All(p => p.Confirmations < ForGood || p.Slot <= slot))
        {
            promises[slot] = new Promise(slot, confirmations, vote);
        }
    }

    private sealed record Promise(ulong Slot, uint Confirmations, VoteAct Latest)
    {
        public ulong Until => TowerRules.LockedUntil(new TowerVote(Slot, Confirmations));
    }
}
