using System.Text;

namespace Failover.Examinations;

public sealed class CatalogueTests
{
    private const string WriteDocs = "FAILOVER_WRITE_DOCS";

    private static readonly string[] Marks = ["<!-- the checks: written by CatalogueTests -->", "<!-- the end of the checks -->"];

    [Fact]
    public void There_are_at_least_25_checks_each_with_its_own_name() =>
        Assert.InRange(CheckCatalogue.All.Select(check => check.Name).Distinct().Count(), 25, CheckCatalogue.All.Count);

    [Fact]
    public void The_docs_list_the_checks_that_there_are()
    {
        var file = FindFile();
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Marks[0], StringComparison.Ordinal), text.IndexOf(Marks[1], StringComparison.Ordinal));
        Assert.True(from > 0 && to > from, "docs/doctor.md has lost its marks");
        var wanted = $"{text[..from]}{Marks[0]}\n{Table()}{text[to..]}";
        if (Environment.GetEnvironmentVariable(WriteDocs) == "1")
        {
            using var writer = new StreamWriter(file);
            writer.Write(wanted);
            return;
        }
        Assert.True(text == wanted, $"docs/doctor.md is not in step: run this test with {WriteDocs}=1");
    }

    private static string Table()
    {
        var table = new StringBuilder("\n| check | asks | also in preflight |\n| --- | --- | --- |\n");
        foreach (var check in CheckCatalogue.All)
        {
            table.Append($"| `{check.Name}` | {(check.Together ? "*Both:* " : "")}{check.Asks} | {(check.InPreflight ? "yes" : "")} |\n");
        }
        return table.Append('\n').ToString();
    }

    private static string FindFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Failover.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not within the repository");
        }
        return Path.Combine(folder.FullName, "docs", "doctor.md");
    }
}
