using System.Diagnostics;
using System.Globalization;

namespace Failover.Simulation;

/// <summary>One schedule again, with its story, and what is left of it when everything that does not matter is taken away.</summary>
internal static class Replay
{
    public static async Task<int> RunAsync(int seed, int[]? only, bool wholeStory)
    {
        var schedule = ScheduleMaker.Of(seed);
        if (only is { Length: > 0 })
        {
            schedule = schedule.Only(only);
        }
        var result = await ScheduleRun.RunAsync(schedule);
        Console.WriteLine(schedule);
        foreach (var line in result.Story.Where(line => wholeStory || !line.Contains("votes for slot", StringComparison.Ordinal)))
        {
            Console.WriteLine(line);
        }
        if (result.Failure is not { } failure)
        {
            Console.WriteLine($"nothing wrong: {string.Join(", ", result.Endings)}; {result.Struck} faults struck, {result.Took.TotalSeconds:0} s simulated");
            return 0;
        }
        Console.WriteLine($"FAILS: {FirstLine(failure)}");
        var smaller = await ShrinkAsync(schedule, failure);
        if (smaller.Disturbances.Count < schedule.Disturbances.Count || smaller.Steps.Count < schedule.Steps.Count)
        {
            Console.WriteLine($"it still fails with these only: failover-sim replay {seed} --only {string.Join(" ", smaller.Disturbances.Select(disturbance => disturbance.Place))}");
            Console.WriteLine(smaller);
        }
        return 1;
    }

    /// <summary>The whole story, told by a process of its own.</summary>
    public static async Task<string> TellAsync(int seed, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(Batch.Program, ["replay", seed.ToString(CultureInfo.InvariantCulture), "--story"]) { RedirectStandardOutput = true })!;
        var story = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return story;
    }

    public static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    /// <summary>Takes disturbances away, one by one, as long as the same thing is still broken.</summary>
    public static async Task<Schedule> ShrinkAsync(Schedule schedule, string failure)
    {
        var shrunk = true;
        while (shrunk)
        {
            shrunk = false;
            foreach (var disturbance in schedule.Disturbances)
            {
                var without = schedule with { Disturbances = [.. schedule.Disturbances.Where(other => other != disturbance)] };
                if ((await ScheduleRun.RunAsync(without)).Failure is { } still && Kind(still) == Kind(failure))
                {
                    (schedule, shrunk) = (without, true);
                    break;
                }
            }
        }
        return schedule;
    }

    // Slots and names differ between two ways to the same failure.
    private static string Kind(string failure) => new([.. FirstLine(failure).Where(char.IsLetter).Take(24)]);
}
