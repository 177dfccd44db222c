using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Failover.Handoff;

namespace Failover.Simulation;

/// <summary>What many schedules came to.</summary>
internal sealed record BatchReport
{
    public int Schedules { get; init; }

    /// <summary>Schedules in which a handoff reached the commit phase.</summary>
    public int Committed { get; init; }

    /// <summary>Schedules in which at least one fault struck.</summary>
    public int Disturbed { get; init; }

    public int PersonNeeded { get; init; }

    public IReadOnlyDictionary<HandoffEnding, int> Endings { get; init; } = new Dictionary<HandoffEnding, int>();

    /// <summary>Seed and first line of each failure.</summary>
    public IReadOnlyList<(int Seed, string Failure)> Failures { get; init; } = [];

    public double SimulatedSeconds { get; init; }

    public static BatchReport operator +(BatchReport one, BatchReport other) => new()
    {
        Schedules = one.Schedules + other.Schedules,
        Committed = one.Committed + other.Committed,
        Disturbed = one.Disturbed + other.Disturbed,
        PersonNeeded = one.PersonNeeded + other.PersonNeeded,
        Endings = one.Endings.Concat(other.Endings).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value)),
        Failures = [.. one.Failures, .. other.Failures],
        SimulatedSeconds = one.SimulatedSeconds + other.SimulatedSeconds,
    };

    public static BatchReport Of(ScheduleResult result) => new()
    {
        Schedules = 1,
        Committed = result.Demoted > 0 ? 1 : 0,
        Disturbed = result.Struck > 0 ? 1 : 0,
        PersonNeeded = result.PersonNeeded ? 1 : 0,
        Endings = result.Endings.GroupBy(ending => ending).ToDictionary(group => group.Key, group => group.Count()),
        Failures = result.Failure is { } failure ? [(result.Schedule.Seed, Replay.FirstLine(failure))] : [],
        SimulatedSeconds = result.Took.TotalSeconds,
    };
}

/// <summary>Runs many seeds, each in turn; several processes share the work.</summary>
internal static class Batch
{
    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true };

    /// <summary>The simulator as a program: beside this assembly, or, in a test run, in its own output folder.</summary>
    public static string Program { get; } = FindProgram();

    public static async Task<int> RunAsync(int from, int count, int workers, bool untilFailure, CancellationToken ct)
    {
        var began = TimeProvider.System.GetTimestamp();
        var report = workers <= 1 ? await RunHereAsync(from, count, untilFailure) : await RunInProcessesAsync(from, count, workers, untilFailure, ct);
        if (workers == 0)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, Json));
            return 0;
        }
        Tell(report, TimeProvider.System.GetElapsedTime(began));
        return report.Failures.Count == 0 ? 0 : 1;
    }

    private static async Task<BatchReport> RunHereAsync(int from, int count, bool untilFailure)
    {
        var report = new BatchReport();
        for (var seed = from; seed < from + count && !(untilFailure && report.Failures.Count > 0); seed++)
        {
            var result = await ScheduleRun.RunAsync(ScheduleMaker.Of(seed));
            report += BatchReport.Of(result);
            if (result.Failure is { } failure)
            {
                await Console.Error.WriteLineAsync($"seed {seed} fails; its story: {await KeepStoryAsync(result, failure)}");
            }
        }
        return report;
    }

    private static async Task<string> KeepStoryAsync(ScheduleResult result, string failure)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("failover-sim-").FullName, $"seed-{result.Schedule.Seed}.txt");
        await File.WriteAllTextAsync(path, string.Join(Environment.NewLine, [result.Schedule.ToString(), .. result.Story, failure]));
        return path;
    }

    /// <summary>Small portions, so that all are done at about the same time.</summary>
    public static async Task<BatchReport> RunInProcessesAsync(int from, int count, int workers, bool untilFailure, CancellationToken ct)
    {
        var portion = untilFailure ? 100 : 1000;
        var next = from;
        var report = new BatchReport();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async _ =>
        {
            while (true)
            {
                int mine;
                lock (Json)
                {
                    if (next >= from + count || (untilFailure && report.Failures.Count > 0))
                    {
                        return;
                    }
                    mine = next;
                    next += portion;
                }
                var done = await RunProcessAsync(mine, Math.Min(portion, from + count - mine), untilFailure, ct);
                lock (Json)
                {
                    report += done;
                }
            }
        }));
        return report;
    }

    private static async Task<BatchReport> RunProcessAsync(int from, int count, bool untilFailure, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardOutput = true,
            ArgumentList = { "run", "--workers", "0", "--from", Text(from), "--count", Text(count) },
        };
        if (untilFailure)
        {
            start.ArgumentList.Add("--until-failure");
        }
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<BatchReport>(output, Json)!
            : throw new InvalidOperationException($"the simulations from seed {from} on ended with exit code {process.ExitCode}: {output}");
    }

    private static void Tell(BatchReport report, TimeSpan took)
    {
        Console.WriteLine($"{report.Schedules} schedules in {took.TotalSeconds:0.0} s, {report.Schedules / took.TotalSeconds:0.0} per second; {report.SimulatedSeconds / 3600:0.0} h simulated");
        Console.WriteLine($"{Share(report.Committed)} reached the commit phase, {Share(report.Disturbed)} were disturbed, in {Share(report.PersonNeeded)} an agent said that it needs a person");
        Console.WriteLine($"handoffs ended: {string.Join(", ", report.Endings.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}");
        foreach (var (seed, failure) in report.Failures.OrderBy(pair => pair.Seed))
        {
            Console.WriteLine($"FAILS: {failure}   failover-sim replay {seed}");
        }
        Console.WriteLine(report.Failures.Count == 0 ? "no invariant was broken, and everything came to its end" : $"{report.Failures.Count} failures");

        string Share(int part) => $"{part} ({100.0 * part / Math.Max(1, report.Schedules):0.0} %)";
    }

    private static string FindProgram()
    {
        // A test host has a thread pool of its own kind; the program's own settings lie beside it.
        var own = Path.Combine(AppContext.BaseDirectory, "failover-sim");
        var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var built = Path.Combine(folder.Parent!.Parent!.FullName, "Failover.Simulator", folder.Name, "failover-sim");
        return File.Exists(built) ? built : own;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
