namespace Failover.Coordinator.Json;

// What --output json writes. Names and values are stable: fields may be added, none is renamed or removed. Absent values are null.

internal sealed record ErrorDocument(string Type, int ExitCode, string What, IReadOnlyList<string> State, string Next);

internal sealed record StatusDocument(string Type, VerdictDocument Verdict, IReadOnlyList<NodeDocument> Nodes);

internal sealed record VerdictDocument(string Kind, string Text, IReadOnlyList<string> Shortcomings, string Next);

internal sealed record NodeDocument(
    string Node, bool Reachable, string? Failure, double AnswerMs, string? AgentVersion, DateTimeOffset? At, string? StakedIdentity, string? UnstakedIdentity,
    string? VoteAccount, string? Holds, string? RunningIdentity, string? LinkPointsTo, bool? ProcessRunning, bool? Started, string? StartProgress,
    string? ClientVersion, string? Proof, bool? VotingEnabled, bool? VotersOwed, ulong? ProcessedSlot, ulong? FinalizedSlot, bool? Healthy, ulong? SlotsBehind,
    string? GenesisHash, ulong? Epoch, string? ConsensusPhase, ulong? LastVote, bool? Delinquent, ulong? NextLeaderSlot, IReadOnlyList<RecordDocument>? Records,
    string? Promised, ulong? HighestToken, OutcomeDocument? LastHandoff, double? AdminLatencyMs, IReadOnlyList<string>? Problems);

internal sealed record RecordDocument(string Kind, string Format, ulong? LastVotedSlot, ulong? RootSlot, long Size, string Sha256);

internal sealed record OrderDocument(
    string HandoffId, ulong FencingToken, string StakedIdentity, string VoteAccount, string GenesisHash, string Source, string Target);

internal sealed record OutcomeDocument(
    string HandoffId, string Source, string Target, string Phase, string Ending, string Text, string NextCommand, string? Proof, ulong? LastVotedSlot,
    ulong? FirstVotedSlot, ulong? VoteGapSlots, double? VoteGapMs, IReadOnlyList<RecordDocument>? Records);

internal sealed record PlanDocument(string Type, OrderDocument Order, double MinIdleMs, double? MaxDelinquentStake, bool NewSnapshot, IReadOnlyList<string> Notes);

/// <summary>The one document of plan.</summary>
internal sealed record PreviewDocument(
    string Type, PlanDocument Plan, ulong? Slot, ulong? EpochEndsAt, IReadOnlyList<ulong>? LeaderSlots, ulong? LeaderSlotsKnownUpTo, ulong IdleSlots,
    IReadOnlyList<WindowDocument> Windows, IReadOnlyList<ulong> SkippedIfNow, IReadOnlyList<StepDocument> Steps, double? BusyMs, ulong? ExpectedVoteGapSlots, PreflightDocument Preflight);

/// <param name="Opens">The first slot.</param>
/// <param name="Closes">The first slot after it.</param>
internal sealed record WindowDocument(ulong Opens, ulong Closes);

internal sealed record StepDocument(string Node, string Step, string Text);

internal sealed record CheckDocument(string Name, string Outcome, string Seen, string Remedy);

internal sealed record PreflightDocument(
    string Type, bool Passes, string? Failure, IReadOnlyList<CheckDocument> Checks, double? RoundTripMs, double? ClockOffsetMs, IReadOnlyList<ReleaseDocument> Releases);

internal sealed record DoctorDocument(string Type, string Outcome, string Summary, IReadOnlyList<ExaminedDocument> Nodes, IReadOnlyList<CheckDocument> Together);

internal sealed record ExaminedDocument(string Node, IReadOnlyList<CheckDocument> Checks);

internal sealed record ReleaseDocument(string Node, bool Released, string? Failure);

internal sealed record EventDocument(
    string Type, long Sequence, string Node, DateTimeOffset At, double SinceStartMs, string Step, string State, string Text);

internal sealed record SilenceDocument(string Type, string Node, string Text);

/// <summary>The last line of a handoff, and the one document of resume and abort.</summary>
internal sealed record EndDocument(
    string Type, int ExitCode, string Ending, string? HandoffId, bool DryRun, bool Alarm, string Text, string Next, OutcomeDocument? Outcome, IReadOnlyList<string> State);

internal sealed record HistoryDocument(string Type, IReadOnlyList<HistoryEntryDocument> Entries, IReadOnlyList<string> Failures);

/// <summary>One handoff as both agents have written it down.</summary>
internal sealed record PastHandoffDocument(string Type, OutcomeDocument Outcome, IReadOnlyList<EventDocument> Events, IReadOnlyList<string> Failures);

internal sealed record ReportDocument(string Type, string HandoffId, string File, IReadOnlyList<string> Failures);

internal sealed record HistoryEntryDocument(string Node, DateTimeOffset At, string Kind, string Text, OutcomeDocument? Outcome, IReadOnlyList<EventDocument> Events);

internal sealed record InspectDocument(
    string Type, bool Valid, string? Test, string? Reason, string Kind, string? Format, string Identity, ulong? LastVotedSlot, ulong? RootSlot,
    IReadOnlyList<LockoutDocument>? Lockouts, DateTimeOffset? LastVoteAt, long Size, string Sha256);

internal sealed record LockoutDocument(ulong Slot, uint Confirmations);

internal sealed record ByHandDocument(string Type, string Node, NodeDocument? After, IReadOnlyList<RecordDocument>? Kept);

internal sealed record ExitCodesDocument(string Type, IReadOnlyList<ExitCodeDocument> ExitCodes);

internal sealed record ExitCodeDocument(int Code, string Name, string Meaning);

internal sealed record PkiDocument(string Type, string Folder, IReadOnlyList<CertificateDocument> Certificates);

internal sealed record CertificateDocument(string File, string Name, string Role, DateTimeOffset NotAfter, int DaysLeft);
