namespace Failover.Decisions;

/// <summary>A page of decision tables: Markdown, one table for each second-level heading. The text around the tables is written by people only.</summary>
internal sealed class DecisionPage
{
    private readonly string _file;
    private readonly List<string> _lines;

    private DecisionPage(string file)
    {
        _file = file;
        _lines = [.. File.ReadAllLines(file)];
    }

    /// <summary>The page itself, not a copy of it: what is read here is what a person reads.</summary>
    public static DecisionPage Open(string page) => new(Path.Combine(Folder(), $"{page}.md"));

    public static IReadOnlyList<string> Pages() => [.. Directory.GetFiles(Folder(), "*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> Headings() => [.. _lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..])];

    /// <summary>The rows under the heading, with the one that holds the titles; empty when there is no table.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TableUnder(string heading)
    {
        var (first, count) = Find(heading);
        return [.. _lines.Skip(first).Take(count).Where((_, index) => index != 1).Select(Cells)];
    }

    /// <summary>Replaces the table under the heading, and writes the page.</summary>
    public void Write(string heading, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var (first, count) = Find(heading);
        _lines.RemoveRange(first, count);
        _lines.InsertRange(first, rows.Select(Line).Take(1).Append(Line([.. rows[0].Select(_ => "---")])).Concat(rows.Skip(1).Select(Line)));
        using var writer = new StreamWriter(_file);
        writer.Write(string.Join('\n', _lines) + '\n');
    }

    private (int First, int Count) Find(string heading)
    {
        var begin = _lines.IndexOf($"## {heading}");
        if (begin < 0)
        {
            throw new InvalidDataException($"{_file} has no heading \"{heading}\"");
        }
        var end = _lines.FindIndex(begin + 1, line => line.StartsWith('#'));
        end = end < 0 ? _lines.Count : end;
        var first = _lines.FindIndex(begin, end - begin, line => line.StartsWith('|'));
        if (first < 0)
        {
            // Room for one, at the end of the section's text.
            while (_lines[end - 1].Length == 0)
            {
                end--;
            }
            _lines.Insert(end, "");
            return (end + 1, 0);
        }
        var behind = _lines.FindIndex(first, line => !line.StartsWith('|'));
        return (first, (behind < 0 ? _lines.Count : behind) - first);
    }

    private static string Line(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];

    private static string Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Failover.sln")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not within the repository");
        }
        return Path.Combine(root.FullName, "tests", "Failover.Tests", "Decisions");
    }
}
