using System.Globalization;
using Failover.Coordination;
using Failover.Handoff;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>The timeline as a table that grows, or as plain lines.</summary>
internal static class TimelineView
{
    // Under this the sentences would be cut into single words.
    private const int WidthForText = 70;

    // Wide enough for every step, so that the columns stand still while rows appear.
    private static readonly int StepWidth = Enum.GetValues<HandoffStep>().Max(step => Words.Of(step).Length);

    private const string Spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

    /// <param name="tick">Turns the mark of running steps; null once nothing runs any more.</param>
    public static IRenderable Table(TimelineModel model, int width, int? tick)
    {
        var nodeWidth = model.Rows.Select(row => row.Node.Length).DefaultIfEmpty(4).Max();
        var withText = width >= WidthForText;
        var grid = Look.Grid(
        [
            Look.Column(1, gap: 1, left: 2), Look.Column(Math.Min(nodeWidth, 14)), Look.Column(StepWidth), Look.Column(9, right: true),
            .. withText ? new[] { Look.Column(gap: 0) } : [],
        ]);
        foreach (var row in model.Rows)
        {
            var (mark, style) = Mark(row.State, tick);
            var took = row.Took is { } time ? Words.Duration(time) : row.State != StepState.Started ? "" : tick is null ? "no end" : Words.Duration(model.Running(row));
            grid.AddRow(
            [
                new Text(mark, style), new Text(row.Node), new Text(Words.Of(row.Step), row.State == StepState.Started ? Look.Strong : Look.Plain), new Text(took, Look.Faint),
                .. withText ? new[] { new Text(Words.Clean(TextOf(row, model.Rest(row))), row.State == StepState.Failed ? Look.Bad : Look.Faint) } : [],
            ]);
        }
        return new Rows([grid, .. model.Remarks.Select(Remark)]);
    }

    private static string TextOf(TimelineRow row, TimeSpan? rest) => rest is { } time ? $"{row.Text}, in about {Words.Countdown(time)}" : row.Text;

    /// <summary>One event as a line for logs and pipes.</summary>
    public static string Line(TimelineItem item) => item switch
    {
        TimelineEvent { Event: var e } => string.Create(CultureInfo.InvariantCulture,
            $"{e.SinceStart.TotalSeconds,9:0.000}s  {e.Node,-10} {Words.Of(e.Step),-16} {Words.Of(e.State),-7} {Words.Clean(e.Text)}{(e.Rest is { } rest ? $", in about {Words.Countdown(rest)}" : "")}").TrimEnd(),
        TimelineSilence silence => $"{"",10}  {silence.Node,-10} {"",-16} {"silent",-7} {Words.Clean(silence.Text)}",
        _ => "",
    };

    private static IRenderable Remark((string Node, StepState State, string Text) remark) => remark.State switch
    {
        StepState.Alarm => Look.Marked(Look.BadMark, Look.Bad, $"ALARM from {remark.Node}: {remark.Text}", Look.Bad, indent: 2),
        StepState.Note => Look.Marked("•", Look.Faint, $"{remark.Node}: {remark.Text}", Look.Faint, indent: 2),
        _ => Look.Marked(Look.WarnMark, Look.Warn, remark.Text, indent: 2),
    };

    private static (string Mark, Style Style) Mark(StepState state, int? tick) => state switch
    {
        StepState.Done => (Look.GoodMark, Look.Good),
        StepState.Failed => (Look.BadMark, Look.Bad),
        StepState.Started when tick is { } turn => (Spinner[turn % Spinner.Length].ToString(), Look.Command),
        _ => (Look.WarnMark, Look.Warn),
    };
}
