using Failover.Agents;
using Failover.Coordination;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>
/// Every check with what was seen. What is fine takes one line each; what is not comes last, in full and with its remedy: next to the question, not scrolled away.
/// </summary>
internal static class PreflightTable
{
    private const int LongestName = 30;

    // Indent, mark and the gaps between the columns.
    private const int Margin = 6;

    public static IRenderable Render(Preparation preparation, int width)
    {
        var checks = preparation.Checks.OrderBy(check => Rank(check.Outcome)).ToList();
        if (checks.Count == 0)
        {
            return new Rows();
        }
        var nameWidth = Math.Min(LongestName, checks.Max(check => check.Name.Length));
        var grid = Look.Grid(Look.Column(1, gap: 1, left: 2), Look.Column(nameWidth), Look.Column(gap: 0));
        foreach (var check in checks)
        {
            var (mark, style) = Mark(check.Outcome);
            var fine = check.Outcome == CheckOutcome.Ok;
            List<IRenderable> seen = [new Text(Words.Clean(fine ? OneLine(check.Seen, width - nameWidth - Margin) : check.Seen), fine ? Look.Plain : style)];
            if (check.Remedy.Length > 0)
            {
                seen.Add(Look.Next(check.Remedy));
            }
            grid.AddRow(new Text(mark, style), new Text(Words.Clean(check.Name), fine ? Look.Plain : Look.Strong), new Rows(seen));
        }
        return new Rows(new Text("Preflight", Look.Strong), grid, Summary(checks, preparation), Text.Empty);
    }

    private static IRenderable Summary(List<PreflightCheck> checks, Preparation preparation)
    {
        var fails = checks.Count(check => check.Outcome is not (CheckOutcome.Ok or CheckOutcome.Warning));
        var warnings = checks.Count(check => check.Outcome == CheckOutcome.Warning);
        var text = $"{checks.Count - fails - warnings} ok" +
            (warnings > 0 ? $", {warnings} {(warnings == 1 ? "warning" : "warnings")}" : "") + (fails > 0 ? $", {fails} {(fails == 1 ? "fails" : "fail")}" : "");
        if (preparation.Source?.RoundTrip is { } roundTrip)
        {
            text += $"; round trip {Words.Duration(roundTrip)}";
        }
        if (preparation.Source?.ClockOffset is { } clock)
        {
            text += $", {preparation.Plan.Order.Target}'s clock {(clock < TimeSpan.Zero ? "behind by" : "ahead by")} {Words.Duration(clock.Duration())}";
        }
        var (mark, style) = Mark(fails > 0 ? CheckOutcome.Fails : warnings > 0 ? CheckOutcome.Warning : CheckOutcome.Ok);
        return Look.Marked(mark, style, text, Look.Strong);
    }

    private static string OneLine(string text, int width)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= width ? line : $"{line[..Math.Max(1, width - 1)]}…";
    }

    private static (string Mark, Style Style) Mark(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => (Look.GoodMark, Look.Good),
        CheckOutcome.Warning => (Look.WarnMark, Look.Warn),
        _ => (Look.BadMark, Look.Bad),
    };

    private static int Rank(CheckOutcome outcome) => outcome switch { CheckOutcome.Ok => 0, CheckOutcome.Warning => 1, _ => 2 };
}
