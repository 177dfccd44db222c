using Failover.Identities;

namespace Failover.Cluster;

/// <summary>A stretch without a leader slot: from the first slot that is free to the first one that is not, or that nobody knows yet.</summary>
public readonly record struct IdleWindow(ulong Opens, ulong Closes)
{
    public ulong Slots => Closes - Opens;
}

/// <summary>The leader slots of one identity ahead of a slot, ascending; of slots from <paramref name="KnownUpTo"/> on nothing is known.</summary>
public sealed record LeaderSchedule(ulong After, ulong KnownUpTo, IReadOnlyList<ulong> Slots)
{
    /// <summary>Ahead of the epoch info's slot, across the end of the epoch where the next schedule is known.</summary>
    /// <exception cref="RpcFailedException">The schedule cannot be read.</exception>
    public static async Task<LeaderSchedule> ReadAsync(ISolanaRpc rpc, Pubkey identity, EpochInfo epoch, CancellationToken ct)
    {
        var end = epoch.FirstSlot + epoch.SlotsInEpoch;
        if (await rpc.GetLeaderSlotsAsync(identity, epoch.AbsoluteSlot, epoch, ct) is not { } here)
        {
            return new(epoch.AbsoluteSlot, epoch.AbsoluteSlot + 1, []);
        }
        var next = await rpc.GetLeaderSlotsAsync(identity, end, epoch, ct);
        return new LeaderSchedule(epoch.AbsoluteSlot, next is null ? end : end + epoch.SlotsInEpoch, [.. here, .. next ?? []]).AfterSlot(epoch.AbsoluteSlot);
    }

    /// <summary>The same schedule some slots later.</summary>
    public LeaderSchedule AfterSlot(ulong slot) => new(slot, KnownUpTo, [.. Slots.Where(ahead => ahead > slot)]);

    /// <summary>At most so many leader slots; what comes after them counts as not known.</summary>
    public LeaderSchedule First(int most) => Slots.Count <= most ? this : new(After, Slots[most], [.. Slots.Take(most)]);

    /// <summary>The stretches of at least so many slots without a leader slot, in their order.</summary>
    public IEnumerable<IdleWindow> Windows(ulong atLeast)
    {
        var opens = After + 1;
        foreach (var slot in Slots.Append(Math.Max(KnownUpTo, opens)))
        {
            if (slot - opens >= atLeast)
            {
                yield return new IdleWindow(opens, slot);
            }
            opens = slot + 1;
        }
    }
}
