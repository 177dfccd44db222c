namespace FakeCluster.World;

public enum SlotFate
{
    Skipped = 1,
    Canonical = 2,
    Minority = 3,
}

/// <summary>What becomes of the slots that the rest of the cluster leads.</summary>
public sealed class ForkPlan(ClusterOptions options)
{
    private readonly Random _random = new(options.Seed);
    private ulong _forkEnds;

    /// <summary>
    /// A minority fork lasts one to three slots. Its first slot is always on it, the others go to one side or the other, so that a
    /// validator sometimes sees both grow, and sometimes only learns of the winner when the loser has ended.
    /// </summary>
    public SlotFate Decide(ulong slot, out bool beginsFork)
    {
        // Drawn whether needed or not: a rate that is changed must not change everything that comes after.
        var (skip, fork, side) = (_random.NextDouble(), _random.NextDouble(), _random.Next(2));
        var length = (ulong)_random.Next(1, 4);
        beginsFork = false;
        if (skip < options.SkipRate)
        {
            return SlotFate.Skipped;
        }

        if (slot < _forkEnds)
        {
            return side == 0 ? SlotFate.Minority : SlotFate.Canonical;
        }

        if (fork >= options.ForkRate)
        {
            return SlotFate.Canonical;
        }

        _forkEnds = slot + length;
        beginsFork = true;
        return SlotFate.Minority;
    }
}
