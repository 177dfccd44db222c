namespace FakeCluster.Oracle;

/// <summary>Measures what each change of voter cost, between the new votes on either side (a refresh is no progress).</summary>
public static class GapMeter
{
    public static IEnumerable<VoteGap> Measure(IdentityHistory history, ForkGraph graph)
    {
        foreach (var (former, next) in history.VoteTenures.Zip(history.VoteTenures.Skip(1)))
        {
            var last = former.Votes.LastOrDefault(v => !v.IsRefresh);
            var first = next.Votes.FirstOrDefault(v => !v.IsRefresh);
            if (last is null || first is null)
            {
                continue;
            }

            var raw = (long)first.Slot - (long)last.Slot - 1;
            var blocks = graph.BlocksBetween(last.Slot, first.Slot);
            yield return new VoteGap(
                history.Identity, last.Host, first.Host, last.Slot, first.Slot, raw, blocks, Math.Max(0, raw - blocks),
                (first.At - last.At).TotalMilliseconds, last.At, first.At);
        }
    }
}
