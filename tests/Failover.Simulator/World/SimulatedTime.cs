namespace Failover.Simulation;

/// <summary>The one clock of a simulation. It stands still until it is moved on, and then fires what is due, in the order in which it is due.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private long _now;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Since the beginning.</summary>
    public TimeSpan Now => new(_now);

    /// <summary>When the next alarm is due; null when none is set.</summary>
    public TimeSpan? Next
    {
        get
        {
            while (_alarms.TryPeek(out var alarm, out var key))
            {
                if (alarm.IsDue(key.Order))
                {
                    return new TimeSpan(key.Due);
                }
                _alarms.Dequeue();
            }
            return null;
        }
    }

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Start + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Moves time on and fires every alarm that is due by then.</summary>
    public void AdvanceTo(TimeSpan instant)
    {
        while (Next is { } next && next <= instant)
        {
            var alarm = _alarms.Dequeue();
            _now = Math.Max(_now, next.Ticks);
            alarm.Fire();
        }
        _now = Math.Max(_now, instant.Ticks);
    }

    private sealed class Alarm(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        // The place in the queue that counts; 0: none. An earlier one is skipped when its turn comes.
        private long _place;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _place = 0;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _place = ++time._order;
                time._alarms.Enqueue(this, (time._now + dueTime.Ticks, _place));
            }
            return true;
        }

        public bool IsDue(long place) => _place == place;

        public void Fire()
        {
            _place = 0;
            if (_period > TimeSpan.Zero && _period != Timeout.InfiniteTimeSpan)
            {
                Change(_period, _period);
            }
            callback(state);
        }

        public void Dispose() => _place = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>One machine's clocks: a wall clock that can jump, and a monotonic one that runs a little fast or slow.</summary>
internal sealed class MachineTime(SimulatedTime time, double rate = 1) : TimeProvider
{
    /// <summary>What the wall clock is off by.</summary>
    public TimeSpan WallClockOffset { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    // Whole milliseconds, and alarms that are late rather than early: Task.Delay has no finer ones, and who waits for what is left of a span must not wait for nothing while
    // time stands still.
    public override long GetTimestamp() => (long)(time.GetTimestamp() * rate) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + WallClockOffset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, Scaled(dueTime), Scaled(period));

    private TimeSpan Scaled(TimeSpan span) => span == Timeout.InfiniteTimeSpan || span == TimeSpan.Zero ? span : (span / rate) + TimeSpan.FromMilliseconds(1);
}
