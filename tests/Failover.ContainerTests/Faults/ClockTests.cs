using System.Globalization;

namespace Failover.ContainerTests.Faults;

/// <summary>
/// A validator whose wall clock is an hour wrong: the newest claimant of an identity in gossip is decided by it. Containers share the kernel's clock, so it is the fake validator
/// that adds the hour; wrong clocks of the agents are a matter of the simulation.
/// </summary>
public sealed class ClockTests(SharedWorld shared) : FaultTest(shared)
{
    [Theory(Timeout = Limit)]
    [InlineData("target", 1, Completed)]
    [InlineData("target", -1, Completed)]
    [InlineData("source", -1, Completed)]
    public async Task A_validator_whose_clock_is_an_hour_wrong_makes_no_second_voter(string node, int hours, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var skew = TimeSpan.FromHours(hours).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        await (node == "source" ? world.Active : world.Standby).RestartValidatorAsync($"--fake-clock-skew-ms={skew}", ct);
        await world.ReadyAsync(ct);

        var handoff = await world.BeginAsync(ct, "source.demoting.before");
        await handoff.GoOnAsync(ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
        // What was claimed with a wrong clock stays in gossip for an hour.
        await LeaveWorldAsync();
    }
}
