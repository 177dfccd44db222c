using Failover.Handoff;

namespace Failover.Simulation;

/// <summary>
/// Ten thousand histories in which anything goes wrong at any moment. In each the oracle holds invariants 1 to 4 at every instant, and once the faults have stopped, every
/// handoff has to end with one voter.
/// </summary>
public class ScheduleTests
{
    private const int Schedules = 10_000;

    [Fact]
    public async Task Nothing_that_goes_wrong_makes_two_voters_a_stale_vote_or_a_handoff_without_an_end()
    {
        var report = await Batch.RunInProcessesAsync(1, Schedules, Environment.ProcessorCount, untilFailure: false, TestContext.Current.CancellationToken);

        Assert.Empty(report.Failures);
        Assert.Equal(Schedules, report.Schedules);
        // They really were where it is dangerous, and everywhere else.
        Assert.InRange(report.Committed, Schedules * 3 / 4, Schedules);
        Assert.InRange(report.Disturbed, Schedules * 3 / 4, Schedules);
        Assert.InRange(report.Endings[HandoffEnding.Completed], Schedules / 2, int.MaxValue);
        Assert.InRange(report.Endings[HandoffEnding.WentBack], Schedules / 20, int.MaxValue);
        Assert.InRange(report.Endings[HandoffEnding.Unchanged], Schedules / 20, int.MaxValue);
        Assert.InRange(report.PersonNeeded, Schedules / 100, int.MaxValue);
        TestContext.Current.SendDiagnosticMessage(report.ToString());
    }

    [Fact]
    public async Task The_same_seed_is_the_same_history_byte_for_byte_in_every_process()
    {
        // A few are enough: each has thousands of lines, and each line its instant.
        foreach (var seed in (int[])[7, 42, 1292])
        {
            var first = await Replay.TellAsync(seed, TestContext.Current.CancellationToken);
            var second = await Replay.TellAsync(seed, TestContext.Current.CancellationToken);
            Assert.True(first.Length > 1000, first);
            Assert.Equal(first, second);
        }
    }

    [Fact]
    public void The_mutants_are_in_step_with_the_code() => Assert.Empty(MutantRun.OutOfStep());

    [Fact]
    public void There_are_enough_mutants() => Assert.InRange(Mutants.All.Select(mutant => mutant.Name).Distinct().Count(), 15, int.MaxValue);
}
