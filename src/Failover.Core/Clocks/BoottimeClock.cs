using System.Runtime.InteropServices;
using Failover.Disks;

namespace Failover.Clocks;

/// <summary>
/// The system's time, except that timestamps count the machine's suspend as well (Linux CLOCK_BOOTTIME, in nanoseconds): permits must run
/// out on a machine that slept. They only count up, across changes of the wall clock, until the next boot (<see cref="BootId"/>).
/// Timers are the base class's and stand still during suspend: who wakes by one re-reads the timestamp before it acts.
/// </summary>
public sealed class BoottimeClock : TimeProvider
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        Libc.ClockGetTime(Libc.CLOCK_BOOTTIME, out var time) == 0
            ? time.Seconds * NanosecondsPerSecond + time.Nanoseconds
            : throw new InvalidOperationException(
                $"CLOCK_BOOTTIME cannot be read: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
