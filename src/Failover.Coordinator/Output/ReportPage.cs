using System.Globalization;
using System.Xml.Linq;
using Failover.Coordination;
using Failover.Handoff;

namespace Failover.Coordinator.Output;

/// <summary>One handoff as one self-contained HTML page: the summary, the slots around the vote gap, the timeline drawn, and every line of it. No script, nothing from elsewhere.</summary>
internal static class ReportPage
{
    private const int Width = 1000;
    private const int LaneLeft = 190;
    private const int RowHeight = 22;
    private const int BarHeight = 14;

    // Of a gap of thousands of slots the ends tell enough.
    private const int MostSlots = 24;

    private static readonly string[] Heads = ["time (UTC)", "node", "since its start", "step", "", ""];
    private static readonly string[] HookHeads = ["begins", "node", "took", ""];

    private const string Style =
        """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 1040px; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
        .ending { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; color: #fff; font-weight: 600 }
        .good { background: #1a7f37 } .warn { background: #9a6700 } .bad { background: #b42318 }
        table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .6rem; vertical-align: top; border-bottom: 1px solid #e3e6ea }
        th { font-weight: 600; color: #57606a } code, .mono { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere }
        td.mono { white-space: nowrap } table.summary td { white-space: normal } tr.failed td { background: #fff4e5 } tr.alarm td { background: #ffe5e3 } .faint { color: #57606a } svg text { font: 12px system-ui, sans-serif; fill: #1b1f24 }
        @media print { body { margin: 0 } }
        """;

    public static string Write(PastHandoff handoff, IReadOnlyList<string> missing)
    {
        var (order, outcome) = (handoff.Order, handoff.Outcome);
        var page = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", $"Handoff {order.Id}: {order.Source} to {order.Target}, {Words.Of(outcome.Ending)}"),
                new XElement("style", Style)),
            new XElement("body",
                new XElement("h1", $"Handoff from {order.Source} to {order.Target} ", new XElement("span", new XAttribute("class", $"ending {Colour(outcome.Ending)}"), Words.Of(outcome.Ending))),
                new XElement("p", new XAttribute("class", "faint"), handoff.Events is [var first, ..] ? $"{Words.At(first.At)}, handoff {order.Id}" : $"handoff {order.Id}"),
                outcome.Text.Length > 0 ? new XElement("p", Words.Sentence(Words.Clean(outcome.Text))) : null,
                outcome.NextCommand.Length > 0 ? new XElement("p", "Next: ", new XElement("code", Words.Clean(outcome.NextCommand))) : null,
                missing.Select(text => new XElement("p", new XElement("strong", "Not complete: "), Words.Clean(text))),
                Summary(outcome),
                Slots(outcome),
                Drawing(handoff),
                Hooks(handoff),
                Lines(handoff),
                new XElement("p", new XAttribute("class", "faint"), "Written by failover from what the agents wrote down. Times of the two nodes are by their own wall clocks; what lies within one node is by its monotonic clock.")));
        return $"<!doctype html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    private static XElement Summary(HandoffOutcome outcome)
    {
        var order = outcome.Order;
        List<(string Name, string Value)> rows =
        [
            ("identity", order.StakedIdentity.ToString()), ("vote account", order.VoteAccount.ToString()), ("cluster (genesis)", order.GenesisHash),
            ("fencing token", order.Token.ToString()),
        ];
        if (outcome.Receipt is { } receipt)
        {
            rows.Add(("why no vote could follow", Words.Of(receipt.Proof)));
            rows.AddRange(receipt.Records.Select(record => ("voting record", Words.Of(record))));
            rows.Add((order.Source + "'s last vote", $"slot {Words.Number(receipt.LastVotedSlot)}"));
        }
        if (outcome.FirstVotedSlot is { } first)
        {
            rows.Add((order.Target + "'s first vote", $"slot {Words.Number(first)}"));
        }
        if (SummaryView.Gap(outcome) is { } gap)
        {
            rows.Add(("vote gap", gap));
        }
        return new XElement("table", new XAttribute("class", "summary"), rows.Select(row => new XElement("tr", new XElement("th", row.Name), new XElement("td", new XAttribute("class", "mono"), Words.Clean(row.Value)))));
    }

    /// <summary>The slots from the last vote to the first, one box each.</summary>
    private static object? Slots(HandoffOutcome outcome)
    {
        if (outcome is not { Receipt: { } receipt, FirstVotedSlot: { } first, VoteGapSlots: { } gap })
        {
            return null;
        }
        var (source, target) = (outcome.Order.Source, outcome.Order.Target);
        List<(string Label, string Fill, string Title)> boxes = [(receipt.LastVotedSlot.ToString(CultureInfo.InvariantCulture), "#2f6fdd", $"{source}'s last vote")];
        for (ulong missed = 1; missed <= gap && boxes.Count < MostSlots; missed++)
        {
            boxes.Add(((receipt.LastVotedSlot + missed).ToString(CultureInfo.InvariantCulture), "#f3b8b1", "no vote"));
        }
        if (gap > MostSlots - 1)
        {
            boxes.Add(("…", "#f3b8b1", $"{gap} slots without a vote"));
        }
        boxes.Add((first.ToString(CultureInfo.InvariantCulture), "#1a7f37", $"{target}'s first vote"));
        const int BoxWidth = 112, BoxHeight = 44, PerRow = Width / BoxWidth;
        var rows = (boxes.Count + PerRow - 1) / PerRow;
        return new object[]
        {
            new XElement("h2", gap == 0 ? "No slot went by without a vote" : $"{Words.Slots(gap)} went by without a vote"),
            Svg(rows * BoxHeight, boxes.SelectMany((box, i) =>
            {
                var (x, y) = (i % PerRow * BoxWidth, i / PerRow * BoxHeight);
                return new[]
                {
                    Rect(x, y, BoxWidth - 6, BoxHeight - 6, box.Fill, box.Title),
                    SvgText(x + ((BoxWidth - 6) / 2.0), y + 24, box.Label, box.Fill == "#f3b8b1" ? "#1b1f24" : "#fff", "middle"),
                };
            })),
            new XElement("p", new XAttribute("class", "faint"), $"Blue: {source}'s last vote. Green: {target}'s first one, the target's votes are of slots after it. Red: slots that nobody voted for."),
        };
    }

    /// <summary>One bar a step, both nodes on one axis. A long wait before the first effect is cut off: the axis begins with what changed something.</summary>
    private static object? Drawing(PastHandoff handoff)
    {
        // Hooks take seconds where the switch takes milliseconds; they have a table of their own.
        var steps = Bars(handoff).Where(step => step.Step != HandoffStep.Hook).ToList();
        if (steps.Count == 0)
        {
            return null;
        }
        var begin = steps.Where(step => step.Step is not (HandoffStep.Prepare or HandoffStep.WaitForWindow)).Select(step => step.From).DefaultIfEmpty(steps.Min(step => step.From)).Min();
        var shown = steps.Where(step => step.To >= begin).ToList();
        var end = shown.Max(step => step.To);
        var length = Math.Max((end - begin).TotalMilliseconds, 1);
        var scale = (Width - LaneLeft - 90) / length;
        double X(DateTimeOffset at) => LaneLeft + (Math.Clamp((at - begin).TotalMilliseconds, 0, length) * scale);
        List<XElement> parts = [];
        var height = (shown.Count * RowHeight) + 34;
        foreach (var tick in Ticks(length))
        {
            var x = LaneLeft + (tick * scale);
            parts.Add(new XElement("line", new XAttribute("x1", Text(x)), new XAttribute("x2", Text(x)), new XAttribute("y1", 0), new XAttribute("y2", height - 20), new XAttribute("stroke", "#e3e6ea")));
            parts.Add(SvgText(x, height - 6, Words.Duration(TimeSpan.FromMilliseconds(tick)), "#57606a", "middle"));
        }
        for (var row = 0; row < shown.Count; row++)
        {
            var step = shown[row];
            var (x, y) = (X(step.From), row * RowHeight);
            var width = Math.Max(2, X(step.To) - x);
            parts.Add(SvgText(LaneLeft - 8, y + BarHeight, $"{step.Node}  {Words.Of(step.Step)}", "#1b1f24", "end"));
            parts.Add(Rect(x, y + 2, width, BarHeight, step.State == StepState.Failed ? "#b42318" : step.Node == handoff.Order.Source ? "#2f6fdd" : "#1a7f37", Words.Clean(step.Text)));
            parts.Add(SvgText(x + width + 5, y + BarHeight, Words.Duration(step.To - step.From), "#57606a", "start"));
        }
        return new object[]
        {
            new XElement("h2", "What took how long"),
            Svg(height, parts),
            new XElement("p", new XAttribute("class", "faint"), $"Blue: {handoff.Order.Source}. Green: {handoff.Order.Target}. Red: a step that failed. A bar's text appears when the pointer rests on it."),
        };
    }

    private static IEnumerable<(string Node, HandoffStep Step, DateTimeOffset From, DateTimeOffset To, StepState State, string Text)> Bars(PastHandoff handoff)
    {
        Dictionary<(string, HandoffStep), HandoffEvent> open = [];
        foreach (var line in handoff.Events)
        {
            if (line.State == StepState.Started)
            {
                open[(line.Node, line.Step)] = line;
            }
            else if (line.State is StepState.Done or StepState.Failed && open.Remove((line.Node, line.Step), out var began))
            {
                // The wall clock places the step; how long it took is by the node's own monotonic clock.
                yield return (line.Node, line.Step, began.At, began.At + (line.SinceStart - began.SinceStart is var took && took > TimeSpan.Zero ? took : TimeSpan.Zero), line.State, line.Text);
            }
        }
    }

    /// <summary>Every hook that ran, with how long it took and how it ended.</summary>
    private static object? Hooks(PastHandoff handoff)
    {
        var ran = Bars(handoff).Where(step => step.Step == HandoffStep.Hook).OrderBy(step => step.From).ToList();
        return ran.Count == 0 ? null : new object[]
        {
            new XElement("h2", "Hooks"),
            new XElement("table",
                new XElement("tr", HookHeads.Select(name => new XElement("th", name))),
                ran.Select(step => new XElement("tr",
                    step.State == StepState.Failed ? new XAttribute("class", "failed") : null,
                    new XElement("td", new XAttribute("class", "mono"), step.From.ToUniversalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)),
                    new XElement("td", step.Node),
                    new XElement("td", new XAttribute("class", "mono"), Words.Duration(step.To - step.From)),
                    new XElement("td", Words.Clean(step.Text))))),
        };
    }

    private static IEnumerable<double> Ticks(double milliseconds)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(milliseconds)));
        var step = milliseconds / unit < 2 ? unit / 5 : milliseconds / unit < 5 ? unit / 2 : unit;
        for (var tick = 0.0; tick <= milliseconds; tick += step)
        {
            yield return tick;
        }
    }

    private static XElement[] Lines(PastHandoff handoff) =>
    [
        new XElement("h2", "Every line of both timelines"),
        new XElement("table",
            new XElement("tr", Heads.Select(name => new XElement("th", name))),
            handoff.Events.Select(line => new XElement("tr",
                line.State switch { StepState.Failed => new XAttribute("class", "failed"), StepState.Alarm => new XAttribute("class", "alarm"), _ => null },
                new XElement("td", new XAttribute("class", "mono"), line.At.ToUniversalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)),
                new XElement("td", line.Node),
                new XElement("td", new XAttribute("class", "mono"), Words.Duration(line.SinceStart)),
                new XElement("td", Words.Of(line.Step)),
                new XElement("td", Words.Of(line.State)),
                new XElement("td", Words.Clean(line.Text))))),
    ];

    private static string Colour(HandoffEnding ending) => ending switch { HandoffEnding.Completed => "good", HandoffEnding.Unchanged or HandoffEnding.WentBack => "warn", _ => "bad" };

    private static XElement Svg(double height, IEnumerable<XElement> parts) => new("svg",
        new XAttribute("viewBox", $"0 0 {Width} {Text(height)}"), new XAttribute("width", "100%"), new XAttribute("role", "img"), parts);

    private static XElement Rect(double x, double y, double width, double height, string fill, string title) => new("rect",
        new XAttribute("x", Text(x)), new XAttribute("y", Text(y)), new XAttribute("width", Text(width)), new XAttribute("height", Text(height)), new XAttribute("rx", 3),
        new XAttribute("fill", fill), new XElement("title", title));

    private static XElement SvgText(double x, double y, string text, string fill, string anchor) => new("text",
        new XAttribute("x", Text(x)), new XAttribute("y", Text(y)), new XAttribute("text-anchor", anchor), new XAttribute("style", $"fill: {fill}"), Words.Clean(text));

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
