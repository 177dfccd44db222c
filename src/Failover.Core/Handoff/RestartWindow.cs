using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;

namespace Failover.Handoff;

/// <summary>
/// Finds the moment for a handoff, as the validator's own <c>wait-for-restart-window</c> does for a restart, and looks further than it: across the end of an epoch, and
/// at the slots after the switch in which the target, whose votes are not rooted yet, would skip its leader slots.
/// </summary>
/// <param name="rpc">The source's validator.</param>
public sealed class RestartWindow(ISolanaRpc rpc, Pubkey staked, CommitOptions wanted, TimeProvider time, HandoffTimings timings)
{
    /// <summary>32 slots until the target's first vote is rooted, and some for the switch itself: until then it skips its leader slots.</summary>
    public const ulong UntilRooted = 40;

    /// <summary>The validator's own figure (agave-validator wait-for-restart-window).</summary>
    public static readonly TimeSpan UsualSlot = TimeSpan.FromMilliseconds(400);

    // The same interval as the validator's own command: all vote accounts of a large cluster are megabytes.
    private static readonly TimeSpan SlowLook = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RpcPatience = TimeSpan.FromSeconds(30);

    // Fewer say little about the time that a slot takes.
    private const ulong SlotsToMeasure = 32;

    private (EpochInfo Epoch, LeaderSchedule Schedule, long ReadAt)? _schedule;
    private (Hindrance? Seen, long At)? _cluster;
    private (ulong Slot, long At)? _measuredFrom;
    private SnapshotSlots? _firstSnapshot;
    private bool _sawSnapshot;
    private long? _silentSince;

    /// <summary>The idle time in slots, never less than the target needs.</summary>
    public static ulong IdleSlots(TimeSpan minIdleTime) => Math.Max(UntilRooted, (ulong)(minIdleTime / UsualSlot));

    /// <summary>Returns in a window, with what makes it one. Zero idle time: at once.</summary>
    /// <param name="say">What is waited for and how long that takes, if known: each time that changes, and once a minute.</param>
    /// <exception cref="RpcFailedException">The validator's JSON-RPC has not answered for 30 s.</exception>
    public async Task<string> WaitAsync(Action<string, TimeSpan?> say, CancellationToken ct)
    {
        string? said = null;
        long saidAt = 0;
        while (true)
        {
            var (hindrance, open) = await LookAsync(ct);
            if (hindrance is null)
            {
                return open;
            }
            if (said != hindrance.Cause || time.GetElapsedTime(saidAt) >= Reminder)
            {
                (said, saidAt) = (hindrance.Cause, time.GetTimestamp());
                say(hindrance.Text, hindrance.Rest);
            }
            await Task.Delay(timings.SlotPoll, time, ct);
        }
    }

    private async Task<(Hindrance? Hindrance, string Open)> LookAsync(CancellationToken ct)
    {
        try
        {
            var epoch = await rpc.GetEpochInfoAsync(ct);
            var schedule = await ScheduleAsync(epoch, ct);
            var hindrance = NotIdle(schedule, epoch) ?? await NotSoundAsync(ct);
            _silentSince = null;
            return (hindrance, schedule.Slots is [var next, ..]
                ? $"the next leader slot {next} is {next - epoch.AbsoluteSlot} slots away"
                : $"no leader slot up to slot {schedule.KnownUpTo}");
        }
        catch (RpcFailedException e) when (time.GetElapsedTime(_silentSince ??= time.GetTimestamp()) < RpcPatience)
        {
            return (new("rpc", $"the validator does not tell whether this is a restart window: {e.Message}", null), "");
        }
    }

    private async Task<LeaderSchedule> ScheduleAsync(EpochInfo epoch, CancellationToken ct)
    {
        // The next epoch's schedule appears at some time within this one.
        if (_schedule is not { } known || known.Epoch.Epoch != epoch.Epoch
            || (known.Schedule.KnownUpTo <= epoch.FirstSlot + epoch.SlotsInEpoch && time.GetElapsedTime(known.ReadAt) >= SlowLook))
        {
            _schedule = known = (epoch, await LeaderSchedule.ReadAsync(rpc, staked, epoch, ct), time.GetTimestamp());
        }
        return known.Schedule.AfterSlot(epoch.AbsoluteSlot);
    }

    private Hindrance? NotIdle(LeaderSchedule schedule, EpochInfo epoch)
    {
        var idle = IdleSlots(wanted.MinIdleTime);
        var now = epoch.AbsoluteSlot;
        var slotTime = MeasureSlot(now);
        var first = schedule.Windows(idle).Select(window => (IdleWindow?)window).FirstOrDefault();
        if (first?.Opens == now + 1)
        {
            return null;
        }
        var unknown = schedule.KnownUpTo > now ? schedule.KnownUpTo - now : 0;
        var near = schedule.Slots is [var next, ..]
            ? $"leader slot {next} is {next - now} slots away, {idle} are needed"
            : $"the leader schedule is known for {unknown} slots only, {idle} are needed";
        return first is { } window
            ? new($"window {window.Opens}", $"{near}; the next window opens with slot {window.Opens}, for {window.Slots} slots", (window.Opens - now) * slotTime)
            : new($"no window up to {schedule.KnownUpTo}",
                $"{near}; no window that long up to slot {schedule.KnownUpTo}, the end of the schedule that is known: failover abort, then a shorter --min-idle-time", null);
    }

    private async Task<Hindrance?> NotSoundAsync(CancellationToken ct)
    {
        if (_cluster is not { } known || time.GetElapsedTime(known.At) >= SlowLook)
        {
            _cluster = known = (await LookAtClusterAsync(ct), time.GetTimestamp());
        }
        return known.Seen;
    }

    private async Task<Hindrance?> LookAtClusterAsync(CancellationToken ct)
    {
        var health = await rpc.GetHealthAsync(ct);
        if (!health.Healthy)
        {
            return new("health", $"the source's validator is not healthy: {health.Words}", null);
        }
        if (wanted.MaxDelinquentStake is { } most && await rpc.GetDelinquentStakeAsync(ct) is var share && share >= most)
        {
            return new("delinquent", string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{share * 100:0.0} % of the cluster's stake is delinquent, less than {most * 100:0.##} % is wanted"), null);
        }
        return wanted.NewSnapshot ? await NoNewSnapshotAsync(ct) : null;
    }

    private async Task<Hindrance?> NoNewSnapshotAsync(CancellationToken ct)
    {
        var now = await rpc.GetHighestSnapshotSlotAsync(ct);
        if (!_sawSnapshot)
        {
            (_sawSnapshot, _firstSnapshot) = (true, now);
        }
        // After a new full snapshot its first incremental one is worth waiting for, where there have been such.
        var isNew = now is not null && now != _firstSnapshot && (now.Incremental is not null || _firstSnapshot?.Incremental is null);
        return isNew ? null : new("snapshot", $"the source's validator has no new snapshot yet; the last one is of slot {now?.Incremental ?? now?.Full}", null);
    }

    private TimeSpan MeasureSlot(ulong now)
    {
        var from = _measuredFrom ??= (now, time.GetTimestamp());
        return now >= from.Slot + SlotsToMeasure ? time.GetElapsedTime(from.At) / (now - from.Slot) : UsualSlot;
    }

    /// <param name="Cause">The same as long as it is the same hindrance.</param>
    /// <param name="Rest">How long it lasts; null when nobody can know.</param>
    private sealed record Hindrance(string Cause, string Text, TimeSpan? Rest);
}
