using Failover.Clocks;
using Failover.Disks;

namespace Failover.Tests.Clocks;

public sealed class BoottimeClockTests
{
    [Fact]
    public void Timestamps_are_the_kernels_time_since_boot_with_suspend()
    {
        var clock = new BoottimeClock();

        // The kernel itself publishes this clock in /proc/uptime, in hundredths of a second.
        var before = Uptime();
        var elapsed = clock.GetElapsedTime(0);
        var after = Uptime();

        Assert.InRange(elapsed, before, after + TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void Timestamps_never_go_back()
    {
        var clock = new BoottimeClock();
        var last = clock.GetTimestamp();
        for (var i = 0; i < 10_000; i++)
        {
            var now = clock.GetTimestamp();
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public void The_boot_id_is_the_same_each_time()
    {
        var disk = new LinuxDisk();

        Assert.Equal(BootId.Read(disk), BootId.Read(disk));
        Assert.True(Guid.TryParse(BootId.Read(disk), out _));
    }

    private static TimeSpan Uptime() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
}
