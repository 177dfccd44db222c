using System.Globalization;
using System.Text;
using Failover.Coordination;
using Failover.Handoff;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>What a handoff would do, when, and what it would cost.</summary>
internal static class PreviewView
{
    private const char Leader = '█';
    private const char Open = '▁';
    private const char TooNear = '·';
    private const char NewEpoch = '│';

    private const int Indent = 2;
    private const int LabelWidth = 11;
    private const int MostCells = 100;

    // So that one window that goes on for days does not press all others into one character.
    private const ulong MostSlots = 6_000;

    public static IRenderable Render(HandoffPlan plan, HandoffPreview preview, int width)
    {
        List<IRenderable> lines = [new Text("Moment", Look.Strong), .. Moment(preview, width), Text.Empty, new Text("Steps", Look.Strong), Steps(preview)];
        if (preview.Busy is { } busy)
        {
            lines.Add(Look.Field("vote gap", string.Create(CultureInfo.InvariantCulture,
                $"{Words.Slots(preview.VoteGapSlots!.Value)} expected: {Words.Duration(busy)} from the last vote of {plan.Order.Source} until {plan.Order.Target} can vote, a slot takes {RestartWindow.UsualSlot.TotalMilliseconds} ms"), LabelWidth));
        }
        lines.Add(Text.Empty);
        return new Rows(lines);
    }

    private static IEnumerable<IRenderable> Moment(HandoffPreview preview, int width)
    {
        if (preview is not { Schedule: { } schedule, Epoch: { } epoch })
        {
            yield return Look.Marked(Look.WarnMark, Look.Warn, "The active node's validator does not tell its leader schedule: only --now can be carried out.", indent: Indent);
            yield break;
        }
        var ends = epoch.FirstSlot + epoch.SlotsInEpoch;
        yield return Look.Field("now", $"slot {Words.Number(epoch.AbsoluteSlot)}; epoch {epoch.Epoch} ends in {Words.AboutSlots(ends - epoch.AbsoluteSlot)}", LabelWidth);
        if (schedule.Slots.Count == 0)
        {
            yield return Look.Field("leader", $"no slot of S up to slot {Words.Number(schedule.KnownUpTo)}", LabelWidth);
        }
        else
        {
            var strip = Strip(preview, ends, Math.Clamp(width - Indent - LabelWidth - 1, 20, MostCells), out var perCell);
            yield return Look.Field("schedule", strip, LabelWidth);
            yield return Look.Field("", $"{Leader} leader slots   {Open} a handoff may begin   {TooNear} too near   {NewEpoch} new epoch   ({Words.AboutSlots(perCell)} a character)", LabelWidth, Look.Faint);
        }
        foreach (var (window, i) in preview.Windows.Select((window, i) => (window, i)))
        {
            var opens = window.Opens <= schedule.After + 1 ? "open now" : $"opens in {Words.AboutSlots(window.Opens - schedule.After)}, with slot {Words.Number(window.Opens)}";
            var known = window.Closes == schedule.KnownUpTo ? " at least" : "";
            yield return Look.Field(i == 0 ? "windows" : "", $"{opens}, for {Words.AboutSlots(window.Slots)}{known}", LabelWidth);
        }
        if (preview.Windows.Count == 0)
        {
            yield return Look.Field("windows", $"none of {Words.Slots(preview.IdleSlots)} up to slot {Words.Number(schedule.KnownUpTo)}: a shorter --min-idle-time finds one", LabelWidth, Look.Warn);
        }
        if (preview.SkippedNow.Count > 0)
        {
            yield return Look.Field("if now", $"{preview.SkippedNow.Count} of the next leader slots would be skipped: the target leads again {RestartWindow.UntilRooted} slots after the switch", LabelWidth, Look.Warn);
        }
    }

    private static string Strip(HandoffPreview preview, ulong epochEnds, int cells, out ulong perCell)
    {
        var schedule = preview.Schedule!;
        var from = schedule.After + 1;
        var needed = Math.Max(preview.IdleSlots, RestartWindow.UntilRooted);
        // Of a last window that goes on for days the beginning is enough.
        var until = preview.Windows is [.., var last] ? Math.Min(last.Closes, last.Opens + (2 * needed)) : schedule.KnownUpTo;
        var length = Math.Clamp(until - from, needed, Math.Max(MostSlots, 2 * needed));
        perCell = Math.Max(1, (length + (ulong)cells - 1) / (ulong)cells);
        var strip = new StringBuilder(cells);
        for (var first = from; first < from + length && strip.Length < cells; first += perCell)
        {
            var next = first + perCell;
            strip.Append(first <= epochEnds && epochEnds < next && epochEnds > from ? NewEpoch
                : schedule.Slots.Any(slot => slot >= first && slot < next) ? Leader
                : preview.Windows.Any(window => window.Opens < next && window.Closes >= first + needed) ? Open
                : TooNear);
        }
        return strip.ToString();
    }

    private static Grid Steps(HandoffPreview preview)
    {
        var grid = Look.Grid(
            Look.Column(1, gap: 1, left: Indent), Look.Column(preview.Steps.Max(step => step.Node.Length)), Look.Column(preview.Steps.Max(step => Words.Of(step.Step).Length)), Look.Column(gap: 0));
        foreach (var (step, i) in preview.Steps.Select((step, i) => (step, i)))
        {
            grid.AddRow(
                new Text((i + 1).ToString(CultureInfo.InvariantCulture), Look.Faint), new Text(Words.Clean(step.Node)), new Text(Words.Of(step.Step), Look.Strong), new Text(Words.Clean(step.Text), Look.Plain));
        }
        return grid;
    }
}
