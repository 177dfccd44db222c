namespace FakeCluster.Oracle;

/// <summary>
/// At most one voter, at most one producer. A host that acts again after another host took over, while that other host goes on as
/// well, was there at the same time. There and back is a handoff and its return; there, back and there again needs the test's word
/// (a marker per handoff, or the number of handoffs it made), because a late vote looks exactly like it.
/// </summary>
public sealed class TenureRule(int? declaredSwitches, ulong alternationSlots)
{
    public IEnumerable<Violation> Find(IdentityHistory history, IReadOnlyList<HandoffMarked> markers)
    {
        Mark(history.Tenures, markers);
        return [.. Overlaps(history), .. Undeclared(history), .. SameSlot(history)];
    }

    private static void Mark(IReadOnlyList<Tenure> tenures, IReadOnlyList<HandoffMarked> markers)
    {
        var next = 0;
        foreach (var tenure in tenures.Skip(1))
        {
            for (var i = next; i < markers.Count && markers[i].At <= tenure.First.At; i++)
            {
                if (markers[i].ToHost == tenure.Host)
                {
                    // One marker, one switch; an older one was for a handoff that did not happen.
                    tenure.Marked = true;
                    next = i + 1;
                    break;
                }
            }
        }
    }

    private IEnumerable<Violation> Overlaps(IdentityHistory history)
    {
        var tenures = history.Tenures;
        for (var back = 2; back < tenures.Count; back++)
        {
            var former = LastOf(tenures, tenures[back].Host, back);
            if (former < 0)
            {
                continue;
            }

            var between = tenures.Skip(former + 1).Take(back - former - 1).Select(t => t.Host).ToHashSet();
            var again = tenures.Skip(back + 1).FirstOrDefault(t => between.Contains(t.Host));
            if (again is null || IsLegitimate(tenures, former + 1, back, again))
            {
                continue;
            }

            var taken = tenures.Skip(former + 1).First(t => t.Host == again.Host);
            var intruder = tenures[back].Votes.FirstOrDefault() ?? tenures[back].First;
            yield return history.Violation(
                intruder is VoteAct ? ViolationKind.TwoVoters : ViolationKind.TwoProducers,
                [taken.First, intruder, again.First],
                $"host {intruder.Host} {Did(intruder)} at {Text.Time(intruder.At)}, after host {taken.Host} had begun with slot {taken.First.Slot} at {Text.Time(taken.First.At)}, and host {again.Host} went on with slot {again.First.Slot} at {Text.Time(again.First.At)}");
        }
    }

    private bool IsLegitimate(IReadOnlyList<Tenure> tenures, int taken, int back, Tenure again)
    {
        if (tenures[back].Marked && again.Marked)
        {
            return true;
        }

        var declared = declaredSwitches is { } count && tenures.Count <= count + 1;
        return declared && again.First.Slot >= tenures[taken].First.Slot + alternationSlots;
    }

    private IEnumerable<Violation> Undeclared(IdentityHistory history)
    {
        if (declaredSwitches is not { } declared || history.Tenures.Count <= declared + 1)
        {
            yield break;
        }

        var kind = history.VoteTenures.Count > declared + 1 ? ViolationKind.TwoVoters : ViolationKind.TwoProducers;
        var starts = history.Tenures.Skip(1).Select(t => t.First).ToList();
        yield return history.Violation(
            kind,
            starts,
            $"{declared} handoffs were made, but the identity changed hosts {starts.Count} times: {history.Tenures[0].Host} first, then {string.Join(", ", starts.Select(s => $"{s.Host} at slot {s.Slot}"))}");
    }

    private static IEnumerable<Violation> SameSlot(IdentityHistory history)
        => history.Blocks
            .GroupBy(block => block.Slot)
            .Where(slot => slot.Select(block => block.Host).Distinct().Count() > 1)
            .Select(slot => history.Violation(
                ViolationKind.TwoProducers,
                [.. slot],
                $"slot {slot.Key} has blocks from hosts {string.Join(" and ", slot.Select(block => $"{block.Host} at {Text.Time(block.At)}"))}"));

    private static int LastOf(IReadOnlyList<Tenure> tenures, string host, int before)
    {
        for (var i = before - 1; i >= 0; i--)
        {
            if (tenures[i].Host == host)
            {
                return i;
            }
        }

        return -1;
    }

    private static string Did(Act act) => act switch
    {
        VoteAct { IsRefresh: true } => $"sent its vote for slot {act.Slot} again",
        VoteAct => $"voted for slot {act.Slot}",
        _ => $"produced the block of slot {act.Slot}",
    };
}
