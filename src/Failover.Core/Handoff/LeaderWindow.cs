using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;

namespace Failover.Handoff;

/// <summary>
/// Finds the moment for a handoff: no leader slot of S for the idle time asked for, nor before the target's first votes are rooted (until then it skips its leader
/// slots). The end of an epoch is looked across, not refused.
/// </summary>
public sealed class LeaderWindow(ISolanaRpc rpc, Pubkey staked, TimeProvider time, HandoffTimings timings)
{
    // The validator's own figure (agave-validator wait-for-restart-window).
    private static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(400);

    // 32 slots until a vote is rooted, and some for the switch itself.
    private const ulong UntilRooted = 40;

    public static ulong IdleSlots(TimeSpan minIdleTime) => Math.Max(UntilRooted, (ulong)(minIdleTime / Slot));

    /// <summary>Returns in a window. Says what it waits for, each time that changes. Zero idle time: at once.</summary>
    public async Task WaitAsync(TimeSpan minIdleTime, Action<string> say, CancellationToken ct)
    {
        if (minIdleTime <= TimeSpan.Zero)
        {
            return;
        }
        var idle = IdleSlots(minIdleTime);
        ulong? saidFor = null;
        while (true)
        {
            var epoch = await rpc.GetEpochInfoAsync(ct);
            var ahead = await NodeObserver.NextLeaderSlotsAsync(rpc, staked, epoch, ct) ?? [];
            if (ahead.Count == 0 || ahead[0] - epoch.AbsoluteSlot >= idle)
            {
                say(ahead.Count == 0 ? "no leader slot ahead" : $"the next leader slot {ahead[0]} is {ahead[0] - epoch.AbsoluteSlot} slots away");
                return;
            }
            var opens = WindowAfter(ahead, idle);
            if (saidFor != (opens ?? 0))
            {
                saidFor = opens ?? 0;
                say($"leader slot {ahead[0]} is {ahead[0] - epoch.AbsoluteSlot} slots away, {idle} are needed; " + (opens is { } slot
                    ? $"the next window opens after slot {slot}, in about {(slot - epoch.AbsoluteSlot) * Slot.TotalSeconds:0} s"
                    : $"no window that long is known up to slot {ahead[^1]}"));
            }
            await Task.Delay(timings.SlotPoll, time, ct);
        }
    }

    /// <summary>The first leader slot behind which no other follows within the idle slots; null when the schedule that is known holds none.</summary>
    private static ulong? WindowAfter(IReadOnlyList<ulong> ahead, ulong idle)
    {
        for (var i = 0; i + 1 < ahead.Count; i++)
        {
            if (ahead[i + 1] - ahead[i] > idle)
            {
                return ahead[i];
            }
        }
        return ahead.Count < NodeObserver.MaxLeaderSlots ? ahead[^1] : null;
    }
}
