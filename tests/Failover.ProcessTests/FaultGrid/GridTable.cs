using System.Text;

namespace Failover.ProcessTests.FaultGrid;

/// <summary>The table in the docs: what each kill has ended with. A cell with more than one ending ends with the one or the other, depending on who was faster.</summary>
internal sealed class GridTable
{
    private const string Or = " / ";
    private const string NotACell = "–";

    private static readonly string[] Columns =
    [
        "source agent", "target agent", "coordinator", "source validator", "target validator", "the stopped agent, its unsynced writes lost",
    ];

    private readonly Dictionary<Cell, IReadOnlyList<string>> _endings = [];

    public static string File { get; } = FindFile();

    public IReadOnlyList<string> this[Cell cell] => _endings.GetValueOrDefault(cell) ?? [];

    /// <summary>Empty when there is no file.</summary>
    public static GridTable Load()
    {
        var table = new GridTable();
        if (!System.IO.File.Exists(File))
        {
            return table;
        }
        var title = "";
        foreach (var line in System.IO.File.ReadLines(File))
        {
            title = line.StartsWith("## ", StringComparison.Ordinal) ? line[3..] : title;
            var parts = line.Trim('|').Split('|').Select(part => part.Trim()).ToArray();
            if (Scenario.All.SingleOrDefault(scenario => scenario.Title == title) is not { } scenario || parts.Length != Columns.Length + 1)
            {
                continue;
            }
            foreach (var cell in scenario.Cells.Where(cell => $"`{cell.Point}`" == parts[0]))
            {
                table._endings[cell] = [.. parts[(int)cell.Victim + 1].Split(Or).Where(ending => ending != NotACell)];
            }
        }
        return table;
    }

    public void Add(Cell cell, string ending) => _endings[cell] = [.. this[cell].Append(ending).Distinct().Order(StringComparer.Ordinal)];

    public void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        using var writer = new StreamWriter(File);
        writer.Write(Text());
    }

    /// <summary>The whole page.</summary>
    public string Text()
    {
        var text = new StringBuilder($"""
            # The fault grid

            Who can be killed when, and how the handoff ends. Written by the test `FaultGridTests`, which runs every cell with real programs, sockets and files, and fake
            validators and a fake cluster around them: an agent is stopped at the fault point, the victim gets `kill -9`, the agent goes on if it still lives, what was killed is
            started again, and `failover resume` is typed until the handoff has ended. In each of the {Scenario.All.Sum(scenario => scenario.Cells.Count())} cells the judge saw no second voter and no stale record,
            one node votes in the end, and both identity links say the same.

            A fault point is `role.step.when`: the agent of the source or the target; what it writes down or does; before it, after it, or *during* it: written, and not yet made
            durable. The point before a step is left out where it is the point after the step before. The last column is the agent at the point itself, with everything that it
            has written and not made durable taken back; *during* a write only that makes a difference. Two endings in a cell: both were seen.

            To run it: `dotnet test --project tests/Failover.ProcessTests -c Release --filter-class "*FaultGridTests" --explicit on`. With `{FaultGridTests.WriteDocs}=1` it adds to this table
            what is not in it yet. Without, an ending that is not in it fails the test, except where two are faster or slower than each other: an agent that goes on while its
            victim is started again. Such a cell may end in any way that needs no person.

            """);
        foreach (var scenario in Scenario.All)
        {
            text.Append($"\n## {scenario.Title}\n\n| fault point | {string.Join(" | ", Columns)} |\n|{string.Concat(Columns.Prepend("").Select(_ => " --- |"))}\n");
            foreach (var point in scenario.Points)
            {
                var cells = Enum.GetValues<Victim>().Select(victim => this[new Cell(scenario, point, victim)]);
                text.Append($"| `{point}` | {string.Join(" | ", cells.Select(endings => endings.Count == 0 ? NotACell : string.Join(Or, endings)))} |\n");
            }
        }
        return text.ToString();
    }

    /// <summary>Beside the build's output folder.</summary>
    private static string FindFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Failover.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not within the repository");
        }
        return Path.Combine(folder.FullName, "docs", "fault-grid.md");
    }
}
