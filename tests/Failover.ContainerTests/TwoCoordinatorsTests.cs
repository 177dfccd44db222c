using System.Text.RegularExpressions;
using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests;

public sealed partial class TwoCoordinatorsTests(Engine engine) : ContainerTest(engine)
{
    [Fact(Timeout = Limit)]
    public async Task Of_two_coordinators_at_once_one_at_most_hands_over_and_the_other_is_told_why_not()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);

        var results = await Task.WhenAll(
            world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes"),
            world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes"));

        var both = $"{results[0]}\n{results[1]}";
        var winners = results.Where(result => result.Text.Contains("Completed: tokyo holds the identity.", StringComparison.Ordinal)).ToList();
        Assert.True(winners.Count <= 1, both);
        Assert.All(winners, winner => Assert.True(winner.ExitCode == 0, both));
        foreach (var loser in results.Except(winners))
        {
            // It came in between, and is told of the other handoff by its id; or so late that there was nothing left to do.
            Assert.True(
                (loser.ExitCode == 3 && OtherHandoff().IsMatch(loser.Text))
                || (loser.ExitCode == 0 && loser.Text.Contains("tokyo is already active: nothing to do.", StringComparison.Ordinal)), both);
        }
        await world.AssertActiveAsync(winners.Count == 1 ? world.Tokyo : world.London, winners.Count, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task A_second_coordinator_is_told_of_the_handoff_that_waits_and_an_abort_frees_both_machines()
    {
        var ct = TestContext.Current.CancellationToken;
        // S leads so often that the first one's window never comes.
        var world = await StartAsync(new WorldOptions { LeaderEvery = 5 }, ct);
        var waiting = world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--min-idle-time", "2m", "--yes");
        await Condition.HoldsAsync(() => world.London.AgentLogHasAsync("WaitForWindow Started", ct), ct);

        var second = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        var abort = await world.FailoverAsync(ct, "abort");
        var first = await waiting;

        Assert.True(second.ExitCode == 3, $"{second}");
        Assert.Contains("from london to tokyo has not ended: london is prepared; tokyo is prepared.", second.Text, StringComparison.Ordinal);
        Assert.Contains("failover abort", second.Text, StringComparison.Ordinal);
        Assert.True(abort.ExitCode == 0, $"{abort}");
        Assert.True(first.ExitCode == 3, $"{first}");
        Assert.Contains("Unchanged: london still holds the identity; nothing about voting changed.", first.Text, StringComparison.Ordinal);
        Assert.Contains(Id().Match(second.Text).Value, first.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }

    [GeneratedRegex(@"is locked by handoff \d{8}-\d{6}-[0-9a-f]{6} |The handoff \d{8}-\d{6}-[0-9a-f]{6} from london to tokyo has not ended|is finishing handoff \d{8}-\d{6}-[0-9a-f]{6}")]
    private static partial Regex OtherHandoff();

    [GeneratedRegex(@"\d{8}-\d{6}-[0-9a-f]{6}")]
    private static partial Regex Id();
}
