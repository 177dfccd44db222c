using Failover.Agents;
using Failover.Handoff;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>A handoff's timeline, its outcome, and the history that keeps both.</summary>
public static class EventMapping
{
    private const string AtEntry = "entry";

    public static Wire.HandoffEvent ToProto(this HandoffEvent line) => new()
    {
        Sequence = (ulong)line.Sequence,
        HandoffId = line.Handoff.ToString(),
        Node = line.Node,
        At = line.At.ToProto(),
        SinceStart = line.SinceStart.ToProto(),
        Step = line.Step.ToProto(),
        State = line.State.ToProto(),
        Text = Field.Text(line.Text),
        Outcome = line.Outcome?.ToProto(),
        Rest = line.Rest?.ToProto(),
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static HandoffEvent ToDomain(this Wire.HandoffEvent? line, string at)
    {
        Field.Present(line, "", at);
        if (line.Sequence == 0)
        {
            throw Field.Bad(at, "sequence", "must be above 0");
        }
        var step = line.Step.ToDomain(at, "step");
        return line.Outcome is not null && step != HandoffStep.End
            ? throw Field.Bad(at, "outcome", "comes only with the end")
            : new HandoffEvent(
                Field.Int64(line.Sequence, at, "sequence"),
                Field.HandoffId(line.HandoffId, at, "handoff_id"),
                Field.Name(line.Node, at, "node"),
                Field.Time(line.At, at, "at"),
                Field.Span(line.SinceStart, at, "since_start"),
                step,
                line.State.ToDomain(at, "state"),
                Field.Text(line.Text),
                line.Outcome?.ToDomain($"{at}.outcome"),
                Field.OptionalSpan(line.Rest, at, "rest"));
    }

    public static Wire.HandoffOutcome ToProto(this HandoffOutcome outcome)
    {
        var wire = new Wire.HandoffOutcome
        {
            Order = outcome.Order.ToProto(),
            Phase = outcome.Phase.ToProto(),
            Ending = outcome.Ending.ToProto(),
            Text = Field.Text(outcome.Text),
            NextCommand = Field.Text(outcome.NextCommand),
            Receipt = outcome.Receipt?.ToProto(),
            VoteGap = outcome.VoteGap?.ToProto(),
        };
        if (outcome.FirstVotedSlot is { } slot)
        {
            wire.FirstVotedSlot = slot;
        }
        return wire;
    }

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static HandoffOutcome ToDomain(this Wire.HandoffOutcome? outcome, string at)
    {
        Field.Present(outcome, "", at);
        return new HandoffOutcome(
            outcome.Order.ToDomain($"{at}.order"),
            outcome.Phase.ToDomainOrUnknown(at, "phase"),
            outcome.Ending.ToDomainOrUnknown(at, "ending"),
            Field.Text(outcome.Text),
            Field.Text(outcome.NextCommand))
        {
            Receipt = outcome.Receipt?.ToDomain($"{at}.receipt"),
            FirstVotedSlot = outcome.HasFirstVotedSlot ? outcome.FirstVotedSlot : null,
            VoteGap = Field.OptionalSpan(outcome.VoteGap, at, "vote_gap"),
        };
    }

    public static Wire.HistoryEntry ToProto(this HistoryEntry entry) => new()
    {
        At = entry.At.ToProto(),
        Kind = entry.Kind,
        Text = Field.Text(entry.Text),
        Outcome = entry.Outcome?.ToProto(),
        Events = { entry.Events.Take(Limits.EventsPerEntry).Select(ToProto) },
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static HistoryEntry ToDomain(this Wire.HistoryEntry? entry)
    {
        Field.Present(entry, "", AtEntry);
        Field.Count(entry.Events.Count, Limits.EventsPerEntry, AtEntry, "events");
        return new HistoryEntry(
            Field.Time(entry.At, AtEntry, "at"),
            Field.Name(entry.Kind, AtEntry, "kind"),
            Field.Text(entry.Text),
            entry.Outcome?.ToDomain($"{AtEntry}.outcome"),
            [.. entry.Events.Select((line, i) => line.ToDomain(RecordMapping.Item(AtEntry, "events", i)))]);
    }
}
