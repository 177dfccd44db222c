using FakeWire;

namespace FakeValidator.Chain;

/// <summary>The leader schedules that the cluster has announced, by epoch.</summary>
public sealed class LeaderSlots
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Schedule> _epochs = [];
    private readonly Dictionary<string, HashSet<ulong>> _slots = [];

    public void Learn(Schedule schedule)
    {
        lock (_lock)
        {
            _epochs[schedule.Epoch] = schedule;
            foreach (var (identity, slots) in schedule.LeaderSlots)
            {
                if (!_slots.TryGetValue(identity, out var known))
                {
                    _slots[identity] = known = [];
                }
                known.UnionWith(slots);
            }
        }
    }

    public bool IsLeader(string identity, ulong slot)
    {
        lock (_lock)
        {
            return _slots.TryGetValue(identity, out var slots) && slots.Contains(slot);
        }
    }

    /// <summary>Null when that epoch's schedule is not known.</summary>
    public Schedule? OfEpoch(ulong epoch)
    {
        lock (_lock)
        {
            return _epochs.GetValueOrDefault(epoch);
        }
    }
}
