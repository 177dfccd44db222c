using Failover.Coordination;
using Failover.Handoff;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>How a handoff ended, what it cost, and how the nodes stand now.</summary>
internal static class SummaryView
{
    public static IRenderable Render(HandoffOrder order, HandoffOutcome? outcome, ClusterView? now, string next)
    {
        var ending = outcome?.Ending ?? HandoffEnding.Unknown;
        List<IRenderable> lines = [Heading(ending, order)];
        if (outcome?.Text is { Length: > 0 } text)
        {
            lines.Add(Indented(text));
        }
        if (outcome?.Receipt is { } receipt)
        {
            lines.AddRange(receipt.Records.Select(record => Look.Field("record", Words.Of(record), 11)));
            lines.Add(Look.Field("last vote", $"{order.Source}, slot {Words.Number(receipt.LastVotedSlot)} ({Words.Of(receipt.Proof)})", 11));
        }
        if (outcome?.FirstVotedSlot is { } first)
        {
            lines.Add(Look.Field("first vote", $"{order.Target}, slot {Words.Number(first)}", 11));
        }
        if (Gap(outcome) is { } gap)
        {
            lines.Add(Look.Field("vote gap", gap, 11, Look.Strong));
        }
        lines.Add(Look.Field("handoff", order.Id.ToString(), 11));
        if (now is not null)
        {
            var verdict = Verdict.Of(now);
            lines.Add(Text.Empty);
            lines.Add(StatusView.Line(verdict));
            lines.AddRange(verdict.Shortcomings.Select(text => Look.Marked(Look.WarnMark, Look.Warn, text, indent: 2)));
        }
        if (next.Length > 0)
        {
            lines.Add(Look.Next(next, indent: now is null ? 0 : 2));
        }
        return new Rows(lines);
    }

    public static string? Gap(HandoffOutcome? outcome) => (outcome?.VoteGapSlots, outcome?.VoteGap) switch
    {
        ({ } slots, { } time) => $"{Words.Slots(slots)}, {Words.Duration(time)}",
        ({ } slots, null) => Words.Slots(slots),
        (null, { } time) => Words.Duration(time),
        _ => null,
    };

    private static IRenderable Heading(HandoffEnding ending, HandoffOrder order) => ending switch
    {
        HandoffEnding.Completed => Look.Marked(Look.GoodMark, Look.Good, $"Completed: {order.Target} holds the identity.", Look.Good),
        HandoffEnding.WentBack => Look.Marked(Look.WarnMark, Look.Warn, $"Went back: {order.Source} holds the identity again.", Look.Warn),
        HandoffEnding.Unchanged => Look.Marked(Look.WarnMark, Look.Warn, $"Unchanged: {order.Source} still holds the identity; nothing about voting changed.", Look.Warn),
        HandoffEnding.NeedsOperator => Look.Marked(Look.BadMark, Look.Bad, "Needs you: it cannot be proven who may hold the identity.", Look.Bad),
        _ => Look.Marked(Look.BadMark, Look.Bad, "Not known: the handoff's ending was not heard.", Look.Bad),
    };

    private static Padder Indented(string text) => new(new Text(Words.Clean(text)), new Padding(2, 0, 0, 0));
}
