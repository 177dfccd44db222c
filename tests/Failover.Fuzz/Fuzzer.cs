using System.Globalization;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Targets;

namespace Failover.Fuzzing;

/// <summary>Runs cases on targets; for the command line and for the tests.</summary>
public static class Fuzzer
{
    private const int HangExitCode = 3;

    private static readonly Lazy<IReadOnlyList<FuzzTarget>> All = new(AllTargets.Make);

    /// <summary>The names of all targets.</summary>
    public static IEnumerable<string> Targets => All.Value.Select(target => target.Name);

    /// <summary>Shares the cases out among the targets. 0 when nothing was found, 1 when something was, 2 when a name is wrong.</summary>
    /// <param name="output">Gets a line per target, and every finding.</param>
    /// <param name="folder">Where inputs that show a mistake are kept; null for nowhere.</param>
    public static async Task<int> RunAsync(long cases, ulong seed, IReadOnlyList<string> only, TextWriter output, string? folder, CancellationToken ct)
    {
        if (only.FirstOrDefault(name => !Targets.Contains(name)) is { } unknown)
        {
            await output.WriteLineAsync($"there is no target {unknown}; there are {string.Join(", ", Targets)}");
            return 2;
        }
        var chosen = All.Value.Where(target => only.Count == 0 || only.Contains(target.Name)).ToList();
        var parts = chosen.Sum(target => target.Weight);
        var (total, findings) = (0L, 0L);
        foreach (var target in chosen)
        {
            var tally = await RunAsync(target, seed, 0, (cases * target.Weight + parts - 1) / parts, output, folder, ct);
            total += tally.Cases;
            findings += tally.Findings;
        }
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{total} cases of {chosen.Count} targets, {findings} findings"));
        return findings == 0 ? 0 : 1;
    }

    /// <summary>Reads one case again, and keeps its input.</summary>
    public static async Task<int> ReplayAsync(string name, ulong seed, long number, TextWriter output, string folder)
    {
        var target = All.Value.Single(target => target.Name == name);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{seed}-{number}.bin"));
        await File.WriteAllBytesAsync(file, target.Make(new CaseRandom(seed, name, number)));
        await output.WriteLineAsync($"input: {file}");
        var tally = await RunAsync(target, seed, number, 1, output, folder, CancellationToken.None);
        return tally.Findings == 0 ? 0 : 1;
    }

    private static async Task<Tally> RunAsync(
        FuzzTarget target, ulong seed, long first, long count, TextWriter output, string? folder, CancellationToken ct)
    {
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        var run = new FuzzRun(target, seed, output, folder);
        using var watchdog = new Watchdog(time, number => Hang($"HANG in {target.Name}: {FuzzRun.Command(target.Name, seed, number)}"));
        await run.RunAsync(first, count, watchdog, ct);
        await output.WriteLineAsync(run.Tally.Line(time.GetElapsedTime(begun)));
        return run.Tally;
    }

    // Nothing can take a thread out of a loop, so the process ends, a test's as well.
    private static void Hang(string words)
    {
        Console.Error.WriteLine(words);
        Environment.Exit(HangExitCode);
    }
}
