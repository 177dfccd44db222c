using System.Diagnostics;

namespace Failover.Simulation;

/// <param name="Failure">What was seen; null when nothing was.</param>
internal sealed record MutantResult(Mutant Mutant, int Schedules, string? Failure);

/// <summary>Builds the product with one mistake and looks how many schedules it takes to see it.</summary>
internal static class MutantRun
{
    public static async Task<int> TellAsync(IReadOnlyCollection<string> only, int most, CancellationToken ct)
    {
        Console.WriteLine("| mistake | what it takes away | caught after | by |");
        Console.WriteLine("| --- | --- | --- | --- |");
        var results = await RunAllAsync(only, most, ct, result => Console.WriteLine(
            $"| {result.Mutant.Name} | {result.Mutant.Breaks} | {(result.Failure is null ? "**not caught**" : $"{result.Schedules} schedules")} | {result.Failure} |"));
        var caught = results.Count(result => result.Failure is not null);
        Console.WriteLine();
        Console.WriteLine($"{caught} of {results.Count} mistakes caught");
        return caught == results.Count ? 0 : 1;
    }

    /// <param name="only">Names; empty: all.</param>
    /// <param name="most">Schedules after which a mutant counts as not caught.</param>
    public static async Task<IReadOnlyList<MutantResult>> RunAllAsync(IReadOnlyCollection<string> only, int most, CancellationToken ct, Action<MutantResult>? done = null)
    {
        var root = FindRoot();
        var chosen = Mutants.All.Where(mutant => only.Count == 0 || only.Contains(mutant.Name)).ToList();
        var results = new MutantResult[chosen.Count];
        var telling = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(0, chosen.Count), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, async (place, stop) =>
        {
            var (schedules, failure) = await RunAsync(chosen[place], root, most, stop);
            results[place] = new MutantResult(chosen[place], schedules, failure);
            lock (telling)
            {
                done?.Invoke(results[place]);
            }
        });
        return results;
    }

    private static async Task<(int Schedules, string? Failure)> RunAsync(Mutant mutant, string root, int most, CancellationToken ct)
    {
        var folder = Path.Combine(root, "artifacts", "mutants", mutant.Name);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        var core = Path.Combine(folder, "Failover.Core");
        Copy(Path.Combine(root, "src", "Failover.Core"), core);
        foreach (var edit in mutant.Edits)
        {
            await ApplyAsync(mutant, edit, Path.Combine(core, edit.File), ct);
        }
        var (built, said) = await RunAsync("dotnet",
        [
            "build", core, "-c", "Release", "-v", "quiet", "-nologo", "-p:ArtifactsPath=" + Path.Combine(folder, "artifacts"),
            // What is wrong on purpose need not be pretty.
            "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false", "-p:TreatWarningsAsErrors=false",
        ], ct);
        if (built != 0)
        {
            throw new InvalidOperationException($"the mutant {mutant.Name} does not build: {said}");
        }
        var simulator = Path.Combine(folder, "simulator");
        Copy(Path.GetDirectoryName(Batch.Program)!, simulator);
        File.Copy(Path.Combine(folder, "artifacts", "bin", "Failover.Core", "release", "Failover.Core.dll"), Path.Combine(simulator, "Failover.Core.dll"), overwrite: true);
        var (exitCode, output) = await RunAsync(Path.Combine(simulator, "failover-sim"),
            ["run", "--until-failure", "--workers", "1", "--count", most.ToString(System.Globalization.CultureInfo.InvariantCulture)], ct);
        var lines = output.Split('\n');
        var failure = lines.FirstOrDefault(line => line.StartsWith("FAILS: ", StringComparison.Ordinal))?["FAILS: ".Length..].Trim();
        var schedules = lines.Select(line => line.Split(' ')).FirstOrDefault(words => words is [_, "schedules", ..])?[0]
            ?? throw new InvalidOperationException($"the simulator with the mutant {mutant.Name} said: {output}; its exit code was {exitCode}");
        Directory.Delete(folder, recursive: true);
        return (int.Parse(schedules, System.Globalization.CultureInfo.InvariantCulture), failure is null ? null : Shorten(failure));
    }

    private static async Task ApplyAsync(Mutant mutant, Edit edit, string path, CancellationToken ct)
    {
        var text = await File.ReadAllTextAsync(path, ct);
        var first = text.IndexOf(edit.Text, StringComparison.Ordinal);
        if (first < 0 || text.IndexOf(edit.Text, first + 1, StringComparison.Ordinal) >= 0)
        {
            throw new InvalidOperationException($"the mutant {mutant.Name} is out of step with {edit.File}: its text must occur exactly once: {edit.Text}");
        }
        await File.WriteAllTextAsync(path, text.Replace(edit.Text, edit.Instead, StringComparison.Ordinal), ct);
    }

    /// <summary>Every mutant whose text is not found exactly once.</summary>
    public static IReadOnlyList<string> OutOfStep()
    {
        var core = Path.Combine(FindRoot(), "src", "Failover.Core");
        return [.. Mutants.All.SelectMany(mutant => mutant.Edits.Select(edit => (mutant, edit)))
            .Where(pair => File.ReadAllText(Path.Combine(core, pair.edit.File)).Split(pair.edit.Text).Length != 2)
            .Select(pair => $"{pair.mutant.Name}: {pair.edit.File}: {pair.edit.Text}")];
    }

    private static string Shorten(string failure)
    {
        var end = failure.IndexOf("   failover-sim", StringComparison.Ordinal);
        var text = end < 0 ? failure : failure[..end];
        return text.Length <= 120 ? text : text[..117] + "...";
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (program != "dotnet")
        {
            // A mistake may well be one that never stops to collect things.
            start.Environment["DOTNET_GCHeapHardLimit"] = "0x80000000";
        }
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(ct);
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        await error;
        return (process.ExitCode, output);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
        foreach (var folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Failover.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException("mutants are built from the sources, which are not above this program");
    }
}
