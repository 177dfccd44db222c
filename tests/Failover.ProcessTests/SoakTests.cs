using Failover.Lab;
using Failover.Lab.Soak;

namespace Failover.ProcessTests;

/// <summary>A short soak, with every run; the long one, which judges memory too, is <c>failover-lab soak --handoffs 500</c>.</summary>
public sealed class SoakTests
{
    private static readonly TimeSpan FastSlot = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(8, false)]
    [InlineData(12, true)]
    public async Task Handoffs_in_a_row_leave_no_handle_socket_thread_watch_or_file_behind(int handoffs, bool faults)
    {
        var ct = TestContext.Current.CancellationToken;
        var report = await SoakRun.RunAsync(new LabOptions { Slot = FastSlot, Seed = 3 }, handoffs, faults, _ => { }, ct);
        Assert.True(report.Problems.Count == 0, $"{report}");
        Assert.Equal(handoffs, report.Handoffs);
        Assert.NotEmpty(report.Growth);
        Assert.Equal(faults, report.Faults.Count > 0);
    }
}
