namespace FakeCluster.Oracle;

/// <summary>Which block follows which, over every fork. A slot has at most one block.</summary>
public sealed class ForkGraph
{
    private readonly Dictionary<ulong, ulong> _parents = [];
    private ulong _lowest = ulong.MaxValue;

    /// <summary>The last word counts: what the cluster took replaces what a host claimed.</summary>
    public void Add(ulong slot, ulong parent)
    {
        _parents[slot] = parent;
        _lowest = Math.Min(_lowest, slot);
    }

    public void AddClaimed(ulong slot, ulong parent)
    {
        if (_parents.TryAdd(slot, parent))
        {
            _lowest = Math.Min(_lowest, slot);
        }
    }

    public bool Knows(ulong slot) => _parents.ContainsKey(slot);

    /// <summary>Null when it happened before the recording began, so that nobody can tell.</summary>
    public bool? Descends(ulong slot, ulong ancestor)
    {
        if (slot == ancestor)
        {
            return true;
        }

        if (slot >= _lowest && !_parents.ContainsKey(slot))
        {
            return false; // A block that nobody made descends from nothing.
        }

        var at = slot;
        while (at > ancestor)
        {
            if (!_parents.TryGetValue(at, out var parent) || parent >= at)
            {
                return null;
            }

            at = parent;
        }

        return at == ancestor;
    }

    /// <summary>How many blocks lie strictly between, on the fork of <paramref name="slot"/>.</summary>
    public long BlocksBetween(ulong after, ulong slot)
    {
        var count = 0L;
        var at = slot;
        while (_parents.TryGetValue(at, out var parent) && parent > after && parent < at)
        {
            count++;
            at = parent;
        }

        return count;
    }
}
