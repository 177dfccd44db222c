using FakeWire;

namespace FakeCluster.Oracle;

/// <summary>
/// The first vote of a new voter must come from the record that the former voter ended with: the former one's last tower, with the
/// new slot recorded in it by the tower rules. What may differ is the root, which a validator takes from its own bank when it loads a
/// tower, and whatever it recorded in between without sending.
/// </summary>
public static class RecordRule
{
    public static IEnumerable<Violation> Find(IdentityHistory history)
    {
        foreach (var (former, next) in history.VoteTenures.Zip(history.VoteTenures.Skip(1)))
        {
            var last = former.Votes.Last();
            var first = next.Votes.First();
            if (Difference(last, first, out var slots) is { } what)
            {
                yield return history.Violation(
                    ViolationKind.StaleRecord,
                    [last, first],
                    $"host {first.Host}'s first vote, for slot {first.Slot} at {Text.Time(first.At)}, does not follow from the record of host {last.Host}, whose last vote was for slot {last.Slot}: {what}",
                    slots);
            }
        }
    }

    private static string? Difference(VoteAct last, VoteAct first, out IReadOnlyList<ulong> slots)
    {
        var (source, target) = (last.Tower, first.Tower);
        slots = [];
        if (source.Root is { } sourceRoot && (target.Root is not { } targetRoot || targetRoot < sourceRoot))
        {
            slots = [sourceRoot];
            return $"its root went back from {sourceRoot} to {target.Root?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}";
        }

        var expected = Expected(source, first);
        var held = target.Votes.ToDictionary(v => v.Slot, v => v.Confirmations);
        List<ulong> missing = [.. expected.Where(v => !held.ContainsKey(v.Slot)).Select(v => v.Slot)];
        if (missing.Count > 0)
        {
            slots = missing;
            return $"its tower lacks {string.Join(", ", missing)}";
        }

        List<ulong> strange = [.. target.Votes.Select(v => v.Slot).Where(s => s < last.Slot && source.Votes.All(v => v.Slot != s))];
        if (strange.Count > 0)
        {
            slots = strange;
            return $"its tower holds {string.Join(", ", strange)}, which the former voter's did not";
        }

        List<ulong> weaker = [.. expected.Where(v => held[v.Slot] < v.Confirmations).Select(v => v.Slot)];
        slots = weaker;
        return weaker.Count > 0 ? $"its tower has fewer confirmations for {string.Join(", ", weaker)}" : null;
    }

    private static IReadOnlyList<TowerVote> Expected(Tower source, VoteAct first)
    {
        var tower = source with { Votes = [.. source.Votes.Where(v => first.Tower.Root is not { } root || v.Slot > root)] };
        var end = source.Votes.Count == 0 ? 0 : source.Votes[^1].Slot;

        // A refresh repeats the tower; an older vote should have known all of it. Neither records anything.
        foreach (var recorded in first.Tower.Votes.Where(v => v.Slot > end))
        {
            tower = TowerRules.Record(tower, recorded.Slot);
        }

        return [.. tower.Votes.Where(v => first.Tower.Root is not { } root || v.Slot > root)];
    }
}
