using Failover.Agents;
using Failover.Coordination;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>Every check with what was seen, the failing ones first, each of those with its remedy.</summary>
internal static class PreflightTable
{
    private const int LongestName = 30;

    public static IRenderable Render(Preparation preparation)
    {
        var checks = preparation.Checks.OrderBy(check => Rank(check.Outcome)).ToList();
        if (checks.Count == 0)
        {
            return new Rows();
        }
        var grid = Look.Grid(Look.Column(1, gap: 1, left: 2), Look.Column(Math.Min(LongestName, checks.Max(check => check.Name.Length))), Look.Column(gap: 0));
        foreach (var check in checks)
        {
            var (mark, style) = Mark(check.Outcome);
            List<IRenderable> seen = [new Text(Words.Clean(check.Seen), check.Outcome == CheckOutcome.Ok ? Look.Plain : style)];
            if (check.Remedy.Length > 0)
            {
                seen.Add(Look.Next(check.Remedy));
            }
            grid.AddRow(new Text(mark, style), new Text(Words.Clean(check.Name), check.Outcome == CheckOutcome.Ok ? Look.Plain : Look.Strong), new Rows(seen));
        }
        List<IRenderable> parts = [Heading(checks), grid];
        if (preparation.Source?.RoundTrip is { } roundTrip)
        {
            var offset = preparation.Source.ClockOffset is { } clock
                ? $", {preparation.Plan.Order.Target}'s clock {(clock < TimeSpan.Zero ? "behind by" : "ahead by")} {Words.Duration(clock.Duration())}"
                : "";
            parts.Add(Look.Marked("•", Look.Faint, $"between the agents: round trip {Words.Duration(roundTrip)}{offset}", Look.Faint, indent: 2));
        }
        parts.Add(Text.Empty);
        return new Rows(parts);
    }

    private static Text Heading(List<PreflightCheck> checks)
    {
        var fails = checks.Count(check => check.Outcome is not (CheckOutcome.Ok or CheckOutcome.Warning));
        var warnings = checks.Count(check => check.Outcome == CheckOutcome.Warning);
        var text = $"Preflight: {checks.Count - fails - warnings} ok" +
            (warnings > 0 ? $", {warnings} {(warnings == 1 ? "warning" : "warnings")}" : "") + (fails > 0 ? $", {fails} {(fails == 1 ? "fails" : "fail")}" : "");
        return new Text(text, fails > 0 ? Look.Bad : Look.Strong);
    }

    private static (string Mark, Style Style) Mark(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => (Look.GoodMark, Look.Good),
        CheckOutcome.Warning => (Look.WarnMark, Look.Warn),
        _ => (Look.BadMark, Look.Bad),
    };

    private static int Rank(CheckOutcome outcome) => outcome switch { CheckOutcome.Ok => 2, CheckOutcome.Warning => 1, _ => 0 };
}
