using System.Globalization;
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
        var expected = Expected(source, first);
        var held = target.Votes.DistinctBy(v => v.Slot).ToDictionary(v => v.Slot, v => v.Confirmations);
        List<ulong> missing = [.. expected.Where(v => !held.ContainsKey(v.Slot)).Select(v => v.Slot)];
        List<ulong> strange = [.. target.Votes.Select(v => v.Slot).Where(s => s > (source.Root ?? 0) && s < last.Slot && source.Votes.All(v => v.Slot != s))];
        List<ulong> weaker = [.. expected.Where(v => held.TryGetValue(v.Slot, out var confirmations) && confirmations < v.Confirmations).Select(v => v.Slot)];
        var rootWentBack = source.Root is { } root && (target.Root is not { } mine || mine < root);

        // What is missing explains the rest: every vote also strengthens the ones beneath it.
        slots = missing.Count > 0 ? missing : strange.Count > 0 ? strange : weaker;
        List<string> differences = [];
        Note(missing.Count > 0, $"its tower lacks {List(missing)}");
        Note(strange.Count > 0 && missing.Count == 0, $"its tower holds {List(strange)}, which the former voter's did not");
        Note(weaker.Count > 0 && missing.Count == 0, $"its tower has fewer confirmations for {List(weaker)}");
        Note(rootWentBack, string.Create(CultureInfo.InvariantCulture, $"its root went back from {source.Root} to {target.Root?.ToString(CultureInfo.InvariantCulture) ?? "none"}"));
        return differences.Count == 0 ? null : string.Join("; ", differences);

        void Note(bool isSo, string what)
        {
            if (isSo)
            {
                differences.Add(what);
            }
        }
    }

    private static string List(IEnumerable<ulong> slots) => string.Join(", ", slots);

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
