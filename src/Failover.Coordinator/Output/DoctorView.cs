using Failover.Agents;
using Failover.Examinations;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>The report of an examination, in colour where there are colours. Commands stay on one line, so that they can be pasted as they are.</summary>
internal static class DoctorView
{
    public static IRenderable Render(IReadOnlyList<ExaminationSection> sections, int width) => new Lines([.. CheckLines.Of(sections, width).Select(Segments)]);

    private static IReadOnlyList<Segment> Segments(CheckLine line)
    {
        var text = Words.Clean(line.Text);
        switch (line.Kind)
        {
            case CheckLineKind.Title:
                return [new Segment(text, Look.Strong)];
            case CheckLineKind.Summary:
                return [new Segment(text[..1], MarkStyle(line.Outcome)), new Segment(text[1..], Look.Strong)];
            case CheckLineKind.Command:
                var remark = text.IndexOf("# ", StringComparison.Ordinal);
                return remark < 0 ? [new Segment(text, Look.Command)] : [new Segment(text[..remark], Look.Command), new Segment(text[remark..], Look.Faint)];
            case CheckLineKind.Check:
                var mark = text.IndexOf(CheckLines.Mark(line.Outcome), StringComparison.Ordinal);
                return [new Segment(text[..mark]), new Segment(text.Substring(mark, 1), MarkStyle(line.Outcome)), new Segment(text[(mark + 1)..], TextStyle(line.Outcome))];
            default:
                return [new Segment(text, TextStyle(line.Outcome))];
        }
    }

    private static Style MarkStyle(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => Look.Good,
        CheckOutcome.Warning => Look.Warn,
        CheckOutcome.NotLookedAt => Look.Faint,
        _ => Look.Bad,
    };

    private static Style TextStyle(CheckOutcome outcome) => outcome == CheckOutcome.Ok ? Look.Plain : outcome == CheckOutcome.NotLookedAt ? Look.Faint : MarkStyle(outcome);

    /// <summary>Lines that are laid out already: Spectre would wrap the long ones.</summary>
    private sealed class Lines(IReadOnlyList<IReadOnlyList<Segment>> lines) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => lines.SelectMany(line => line.Append(Segment.LineBreak));
    }
}
