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
        SortedDictionary<ulong, Promise> promises = [];
        foreach (var vote in history.Votes)
        {
            Remember(promises, vote);
            List<Promise> broken = [.. promises.Values.Where(p => p.Slot != vote.Slot && IsBroken(p, vote.Slot, graph))];
            if (broken.Count > 0)
            {
                var longest = broken.MaxBy(p => p.Until)!;
                yield return history.Violation(
                    ViolationKind.LockoutBroken,
                    [.. broken.Select(p => p.By).Distinct(), vote],
                    $"host {vote.Host} voted for slot {vote.Slot} at {Text.Time(vote.At)}, which is on another fork than {string.Join(", ", broken.Select(p => p.Slot))}: host {longest.By.Host}'s vote for {longest.Slot} with {longest.Confirmations} confirmations had locked the identity until slot {longest.Until}",
                    [.. broken.Select(p => p.Slot), vote.Slot]);
            }

            Forget(promises, graph);
        }
    }

    private static bool IsBroken(Promise promise, ulong slot, ForkGraph graph)
        => slot > promise.Slot
            ? promise.Until >= slot && graph.Descends(slot, promise.Slot) is false
            : graph.Descends(promise.Slot, slot) is false; // An old vote on the same fork is old, not a broken promise.

    private static void Remember(SortedDictionary<ulong, Promise> promises, VoteAct vote)
    {
        foreach (var claimed in vote.Tower.Votes)
        {
            Keep(promises, new Promise(claimed.Slot, claimed.Confirmations, vote));
        }

        if (vote.Tower.Root is { } root)
        {
            Keep(promises, new Promise(root, ForGood, vote));
        }
    }

    private static void Keep(SortedDictionary<ulong, Promise> promises, Promise promise)
    {
        if (!promises.TryGetValue(promise.Slot, out var known) || known.Confirmations < promise.Confirmations)
        {
            promises[promise.Slot] = promise;
        }
    }

    /// <summary>
    /// Whoever descends from the newest root descends from all that lies beneath it on its fork. A promise on another fork stays until it
    /// has run out: a validator takes its root from its bank, which may never have heard of that vote.
    /// </summary>
    private static void Forget(SortedDictionary<ulong, Promise> promises, ForkGraph graph)
    {
        var root = promises.Values.LastOrDefault(p => p.Confirmations == ForGood)?.Slot ?? 0;
        foreach (var old in promises.Values.Where(p => p.Slot < root && (p.Until < root || graph.Descends(root, p.Slot) is not false)).ToList())
        {
            promises.Remove(old.Slot);
        }
    }

    private sealed record Promise(ulong Slot, uint Confirmations, VoteAct By)
    {
        public ulong Until => TowerRules.LockedUntil(new TowerVote(Slot, Confirmations));
    }
}
