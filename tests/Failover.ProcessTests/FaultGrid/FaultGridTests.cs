using System.Collections.Concurrent;
using Failover.Agent.Faults;

namespace Failover.ProcessTests.FaultGrid;

/// <summary>kill -9 of everybody, everywhere. What the fault points are is said in the agent's <see cref="FaultPoints"/>.</summary>
public sealed class FaultGridTests
{
    /// <summary>When set to 1, the table in the docs is written instead of compared with.</summary>
    internal const string WriteDocs = "FAILOVER_WRITE_DOCS";

    /// <summary>Part of a cell's name: only such cells are run. For whoever looks into one of them.</summary>
    internal const string Only = "FAILOVER_GRID_ONLY";

    private const int AtOnce = 2;

    [Fact]
    public void The_scenarios_come_by_every_fault_point_but_those_that_are_the_end_of_the_step_before()
    {
        var left = FaultPoint.All.Except(Scenario.All.SelectMany(scenario => scenario.Points));
        Assert.All(left, point => Assert.EndsWith($".{FaultPoint.Before}", point, StringComparison.Ordinal));
    }

    [Fact]
    public void The_docs_have_the_cells_that_there_are_and_no_others() =>
        Assert.Equal(File.Exists(GridTable.File) ? File.ReadAllText(GridTable.File) : "", GridTable.Load().Text());

    // Takes many minutes: asked for, not part of every run.
    [Fact(Explicit = true)]
    public async Task Whoever_is_killed_wherever_one_node_votes_in_the_end_and_the_handoff_ends_as_the_docs_say()
    {
        var ct = TestContext.Current.CancellationToken;
        var only = Environment.GetEnvironmentVariable(Only) ?? "";
        var cells = new ConcurrentQueue<Cell>(Scenario.All.SelectMany(scenario => scenario.Cells).Where(cell => $"{cell}".Contains(only, StringComparison.Ordinal)));
        var ended = new ConcurrentDictionary<Cell, string>();
        var failures = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RunAsync(cells, ended, failures, ct)));

        var table = GridTable.Load();
        if (Environment.GetEnvironmentVariable(WriteDocs) == "1")
        {
            foreach (var (cell, ending) in ended)
            {
                table.Add(cell, ending);
            }
            table.Save();
        }
        foreach (var (cell, ending) in ended.Where(pair => !IsAsSaid(table, pair.Key, pair.Value)))
        {
            failures.Enqueue($"{cell}: ended with {ending}; the docs say {string.Join(" / ", table[cell])}");
        }
        Assert.True(failures.IsEmpty, $"{failures.Count} of {ended.Count + failures.Count} cells failed\n{string.Join("\n\n", failures)}");
    }

    /// <summary>A race may end as nobody has seen it end yet, as long as it ends by itself.</summary>
    private static bool IsAsSaid(GridTable table, Cell cell, string ending) =>
        table[cell].Contains(ending) || (cell.IsRace && table[cell].Count > 0 && !ending.StartsWith("needs operator", StringComparison.Ordinal));

    /// <summary>One cell after the other; a world in which one failed is not used again.</summary>
    private static async Task RunAsync(ConcurrentQueue<Cell> cells, ConcurrentDictionary<Cell, string> ended, ConcurrentQueue<string> failures, CancellationToken ct)
    {
        GridWorld? world = null;
        while (cells.TryDequeue(out var cell))
        {
            world ??= await GridWorld.StartAsync(ct);
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                ended[cell] = await world.RunAsync(cell, ct);
                TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s {cell}: {ended[cell]}");
                if (!ended[cell].StartsWith("needs operator", StringComparison.Ordinal))
                {
                    continue;
                }
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s {cell}: {e}");
                failures.Enqueue($"{cell}: {e.Message}\n{world.Logs}");
            }
            await world.DisposeAsync();
            world = null;
        }
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }
}
