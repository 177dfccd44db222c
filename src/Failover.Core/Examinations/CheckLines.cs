using Failover.Agents;

namespace Failover.Examinations;

/// <summary>What a line of the report is, so that whoever shows it can colour it.</summary>
public enum CheckLineKind
{
    Unknown = 0,
    Title = 1,

    /// <summary>A check; <see cref="CheckLine.Outcome"/> says how it went.</summary>
    Check = 2,

    /// <summary>Goes on with the text of the line before.</summary>
    More = 3,

    /// <summary>To be pasted: never wrapped, or it would be two commands.</summary>
    Command = 4,
    Summary = 5,
    Empty = 6,
}

/// <summary>One line of the report.</summary>
public sealed record CheckLine(CheckLineKind Kind, CheckOutcome Outcome, string Text);

/// <summary>The report of an examination as lines of text: the same from the coordinator and on the host itself.</summary>
public static class CheckLines
{
    private const int Indent = 2;
    private const int CommandIndent = 6;
    private const int LongestName = 30;

    public static IReadOnlyList<CheckLine> Of(IReadOnlyList<ExaminationSection> sections, int width)
    {
        var all = sections.SelectMany(section => section.Checks).ToList();
        var nameWidth = all.Count == 0 ? 0 : Math.Min(LongestName, all.Max(check => check.Name.Length));
        List<CheckLine> lines = [];
        foreach (var section in sections)
        {
            lines.Add(new(CheckLineKind.Title, CheckOutcome.Unknown, section.Title));
            // What is wrong comes last: next to the summary, not scrolled away.
            foreach (var check in section.Checks.OrderBy(check => Rank(check.Outcome)))
            {
                lines.AddRange(Lines(check, nameWidth, width));
            }
            lines.Add(new(CheckLineKind.Empty, CheckOutcome.Unknown, ""));
        }
        lines.Add(new(CheckLineKind.Summary, Worst(all), $"{Mark(Worst(all))} {Summary(all)}"));
        return lines;
    }

    public static string Mark(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => "✓",
        CheckOutcome.Warning => "!",
        CheckOutcome.NotLookedAt => "-",
        _ => "✗",
    };

    /// <summary>How the whole went; one that cannot be told has a cause that fails.</summary>
    public static CheckOutcome Worst(IEnumerable<PreflightCheck> checks) => checks.Select(check => check.Outcome).Aggregate(CheckOutcome.Ok, (worst, outcome) => outcome switch
    {
        CheckOutcome.Ok or CheckOutcome.NotLookedAt => worst,
        CheckOutcome.Warning => worst == CheckOutcome.Fails ? worst : CheckOutcome.Warning,
        _ => CheckOutcome.Fails,
    });

    public static string Summary(IReadOnlyList<PreflightCheck> checks)
    {
        var warnings = checks.Count(check => check.Outcome == CheckOutcome.Warning);
        var untold = checks.Count(check => check.Outcome == CheckOutcome.NotLookedAt);
        var ok = checks.Count(check => check.Outcome == CheckOutcome.Ok);
        var fail = checks.Count - ok - warnings - untold;
        return $"{ok} ok, {warnings} {(warnings == 1 ? "warning" : "warnings")}, {fail} {(fail == 1 ? "fails" : "fail")}{(untold > 0 ? $", {untold} cannot be told yet" : "")}";
    }

    private static IEnumerable<CheckLine> Lines(PreflightCheck check, int nameWidth, int width)
    {
        var head = $"{new string(' ', Indent)}{Mark(check.Outcome)} {check.Name.PadRight(nameWidth)}";
        var room = width - head.Length - 2;
        if (check.Outcome is CheckOutcome.Ok or CheckOutcome.NotLookedAt || check.Seen.Length <= room)
        {
            yield return new(CheckLineKind.Check, check.Outcome, $"{head}  {Cut(check.Seen, room)}".TrimEnd());
        }
        else
        {
            // Too long to stand beside the name: in full, below it.
            yield return new(CheckLineKind.Check, check.Outcome, head.TrimEnd());
            foreach (var line in Wrap(check.Seen, width - CommandIndent))
            {
                yield return new(CheckLineKind.More, check.Outcome, new string(' ', CommandIndent) + line);
            }
        }
        if (check.Remedy.Length > 0)
        {
            yield return new(CheckLineKind.Command, check.Outcome, new string(' ', CommandIndent) + check.Remedy);
        }
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : $"{text[..Math.Max(1, width - 1)]}…";

    private static List<string> Wrap(string text, int width)
    {
        List<string> lines = [];
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        lines.Add(line);
        return lines;
    }

    private static int Rank(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => 0,
        CheckOutcome.NotLookedAt => 1,
        CheckOutcome.Warning => 2,
        _ => 3,
    };
}
