using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Output;
using Failover.Examinations;
using Failover.Handoff;
using Failover.Records;
using static Failover.Coordinator.Json.JsonOutput;

namespace Failover.Coordinator.Json;

/// <summary>From what the core says to what is written.</summary>
internal static class ToDocuments
{
    public static ErrorDocument ToDocument(this Trouble trouble) =>
        new(trouble.Code == ExitCode.Ok ? "nothing_to_do" : "error", (int)trouble.Code, trouble.What, trouble.State, trouble.Next);

    public static StatusDocument ToDocument(this ClusterView view)
    {
        var verdict = Verdict.Of(view);
        return new("status", new(Name(verdict.Kind), verdict.Text, verdict.Shortcomings, verdict.Next), [.. view.Nodes.Select(ToDocument)]);
    }

    public static NodeDocument ToDocument(this NodeReading node)
    {
        var facts = node.Facts;
        return new(
            node.Node, facts is not null, node.Failure?.Text, node.Took.TotalMilliseconds, facts?.AgentVersion, facts?.At, facts?.StakedIdentity?.ToString(),
            facts?.UnstakedIdentity?.ToString(), facts?.VoteAccount.ToString(), facts is null ? null : Name(facts.Holds), facts?.RunningIdentity?.ToString(),
            facts is null ? null : Name(facts.LinkPointsTo), facts?.ProcessRunning, facts?.Started, facts?.StartProgress, facts?.ClientVersion,
            facts is null ? null : Name(facts.Proof), facts?.VotingEnabled, facts?.VotersOwed, facts?.ProcessedSlot, facts?.FinalizedSlot, facts?.Health?.Healthy,
            facts?.Health?.SlotsBehind, facts?.GenesisHash, facts?.Epoch?.Epoch, facts is null ? null : Name(facts.ConsensusPhase),
            facts?.VoteAccountOnChain?.LastVote, facts?.VoteAccountOnChain?.Delinquent,
            facts is { NextLeaderSlots: [var next, ..] } ? next : null, facts is null ? null : [.. facts.Records.Select(ToDocument)],
            facts is null ? null : Name(facts.Promised), facts?.HighestToken.Value, facts?.LastHandoff?.ToDocument(), facts?.AdminLatency?.TotalMilliseconds, facts?.Problems);
    }

    public static RecordDocument ToDocument(this RecordSummary record) =>
        new(Name(record.Kind), record.Format, record.LastVotedSlot, record.RootSlot, record.Size, record.Sha256);

    public static OutcomeDocument ToDocument(this HandoffOutcome outcome) => new(
        outcome.Order.Id.ToString(), outcome.Order.Source, outcome.Order.Target, Name(outcome.Phase), Name(outcome.Ending), outcome.Text, outcome.NextCommand,
        outcome.Receipt is { } receipt ? Name(receipt.Proof) : null, outcome.Receipt?.LastVotedSlot, outcome.FirstVotedSlot, outcome.VoteGapSlots,
        outcome.VoteGap?.TotalMilliseconds, outcome.Receipt is null ? null : [.. outcome.Receipt.Records.Select(ToDocument)]);

    public static PlanDocument ToDocument(this HandoffPlan plan, CommitOptions moment)
    {
        var order = plan.Order;
        return new("plan", new(order.Id.ToString(), order.Token.Value, order.StakedIdentity.ToString(), order.VoteAccount.ToString(), order.GenesisHash, order.Source,
            order.Target), moment.MinIdleTime.TotalMilliseconds, moment.MaxDelinquentStake, moment.NewSnapshot, plan.Notes);
    }

    public static PreviewDocument ToDocument(this HandoffPlan plan, CommitOptions moment, HandoffPreview preview, Preparation preparation) => new(
        "preview", plan.ToDocument(moment), preview.Epoch?.AbsoluteSlot, preview.Epoch is { } epoch ? epoch.FirstSlot + epoch.SlotsInEpoch : null,
        preview.Schedule?.Slots, preview.Schedule?.KnownUpTo, preview.IdleSlots, [.. preview.Windows.Select(window => new WindowDocument(window.Opens, window.Closes))],
        preview.SkippedNow, [.. preview.Steps.Select(step => new StepDocument(step.Node, Name(step.Step), step.Text))], preview.Busy?.TotalMilliseconds, preview.VoteGapSlots,
        preparation.ToDocument());

    public static PreflightDocument ToDocument(this Preparation preparation) => new(
        "preflight", preparation.Failure is null, preparation.Failure?.Text,
        [.. preparation.Checks.Select(ToDocument)],
        preparation.Source?.RoundTrip?.TotalMilliseconds, preparation.Source?.ClockOffset?.TotalMilliseconds,
        [.. preparation.Releases.Select(release => new ReleaseDocument(release.Node, release.Failure is null, release.Failure?.Text))]);

    public static DoctorDocument ToDocument(this IReadOnlyList<ExaminationSection> sections)
    {
        var all = sections.SelectMany(section => section.Checks).ToList();
        return new("doctor", Name(CheckLines.Worst(all)), CheckLines.Summary(all),
            [.. sections.Where(section => section.Node.Length > 0).Select(section => new ExaminedDocument(section.Node, [.. section.Checks.Select(ToDocument)]))],
            [.. sections.Where(section => section.Node.Length == 0).SelectMany(section => section.Checks).Select(ToDocument)]);
    }

    private static CheckDocument ToDocument(PreflightCheck check) => new(check.Name, Name(check.Outcome), check.Seen, check.Remedy);

    public static EventDocument ToDocument(this HandoffEvent e) =>
        new("event", e.Sequence, e.Node, e.At, e.SinceStart.TotalMilliseconds, Name(e.Step), Name(e.State), e.Text);

    public static SilenceDocument ToDocument(this TimelineSilence silence) => new("silence", silence.Node, silence.Text);

    public static HistoryEntryDocument ToDocument(this HistoryEntry entry, string node) =>
        new(node, entry.At, entry.Kind, entry.Text, entry.Outcome?.ToDocument(), [.. entry.Events.Select(ToDocument)]);
}
