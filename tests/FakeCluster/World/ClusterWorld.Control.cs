using System.Globalization;
using FakeCluster.Oracle;

namespace FakeCluster.World;

/// <summary>What a test may do to the cluster, and read from it.</summary>
public sealed partial class ClusterWorld
{
    private const int LeaderSlotsShown = 16;

    private TimeSpan _slotTime;
    private bool _stalled;
    private long _stalledSince;
    private TimeSpan? _stalledFor;

    private TimeSpan SlotTime
    {
        get
        {
            lock (_lock)
            {
                return _slotTime;
            }
        }
    }

    public ClusterState State
    {
        get
        {
            lock (_lock)
            {
                var tree = _chain.Tree;
                var votes = tree.Head.Votes;
                return new ClusterState(
                    _chain.CurrentSlot, tree.Head.Slot, tree.ConfirmedSlot, tree.RootedSlot, _leaders.EpochOf(_chain.CurrentSlot), IsStalled(),
                    _slotTime.TotalMilliseconds, _votes.Landed, new Dictionary<string, int>(_votes.Dropped),
                    votes.Votes.Count == 0 ? null : votes.Votes[^1].Slot, votes.Root, votes.Credits,
                    [.. _known.Order(StringComparer.Ordinal).Select(HostNamed)],
                    [.. _switchboard.Contacts.Values.OrderBy(c => c.Identity, StringComparer.Ordinal).Select(c => new ContactState(c.Identity, c.Host, c.OutsetMicroseconds))],
                    [.. NextLeaderSlots()]);
            }
        }
    }

    /// <summary>
    /// Lets slots pass with time until cancelled. Driven by a timer's callback, which a fake clock runs before its Advance returns: no
    /// slot is still on its way when a test goes on. Late slots are made up for, unless there are many: then time was lost.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var last = _time.GetTimestamp();
        ITimer? timer = null;
        await using var created = timer = _time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var stopped = stopping.Register(() => ended.TrySetCanceled(stopping));
        timer.Change(SlotTime, Timeout.InfiniteTimeSpan);
        await ended.Task;

        void Tick()
        {
            try
            {
                var slotTime = SlotTime;
                last = _time.GetElapsedTime(last) > slotTime * 4 ? _time.GetTimestamp() : last + (long)(slotTime.TotalSeconds * _time.TimestampFrequency);
                PassSlot();
                var wait = SlotTime - _time.GetElapsedTime(last);
                timer?.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
            catch (Exception broken)
            {
                ended.TrySetException(broken);
            }
        }
    }

    /// <summary>The cluster stops making slots, for a while or until <see cref="Resume"/>.</summary>
    public void Stall(TimeSpan? howLong = null)
    {
        lock (_lock)
        {
            (_stalled, _stalledFor, _stalledSince) = (true, howLong, _time.GetTimestamp());
            Control(howLong is null ? "stalled" : string.Create(CultureInfo.InvariantCulture, $"stalled for {howLong.Value.TotalSeconds} s"));
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            _stalled = false;
            Control("resumed");
        }
    }

    public void SetSlotTime(TimeSpan slotTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(slotTime, TimeSpan.Zero);
        lock (_lock)
        {
            _slotTime = slotTime;
            Control(string.Create(CultureInfo.InvariantCulture, $"slots take {slotTime.TotalMilliseconds} ms"));
        }
    }

    /// <summary>Nothing gets from or to the host any more. Its link stays up: to the validator the cluster is merely silent.</summary>
    public void Cut(string host, CutMode mode)
    {
        lock (_lock)
        {
            _switchboard.Cut(host, mode);
            _known.Add(host);
            Control($"{host} cut off ({mode})");
        }
    }

    public void Heal(string host)
    {
        lock (_lock)
        {
            Control($"{host} healed");
            foreach (var (from, message) in _switchboard.Heal(host))
            {
                Handle(from, message);
            }
        }
    }

    /// <summary>Tells the oracle that the identity is about to be handed to a host.</summary>
    public void MarkHandoff(string toHost)
    {
        lock (_lock)
        {
            _recorder.Record(new HandoffMarked(_recorder.Now, toHost));
        }
    }

    private bool IsStalled()
    {
        if (_stalled && _stalledFor is { } limit && _time.GetElapsedTime(_stalledSince) >= limit)
        {
            _stalled = false;
            Control("resumed after its time");
        }

        return _stalled;
    }

    private HostState HostNamed(string host)
        => new(host, _switchboard.Joined.Any(c => c.Host == host), _switchboard.CutOf(host)?.ToString());

    private IEnumerable<ulong> NextLeaderSlots()
    {
        // Two epochs are as far as a validator can see.
        var end = _leaders.FirstSlotOf(_leaders.EpochOf(_chain.CurrentSlot) + 2);
        var shown = 0;
        for (var slot = _chain.CurrentSlot; slot < end && shown < LeaderSlotsShown; slot++)
        {
            if (_leaders.IsOurs(slot))
            {
                shown++;
                yield return slot;
            }
        }
    }
}
