using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;

namespace Failover.Agents;

public enum CheckOutcome
{
    Unknown = 0,
    Ok = 1,
    Warning = 2,
    Fails = 3,

    /// <summary>Cannot be told before another check is cured. Never in a preflight, which passes only what is known to be right.</summary>
    NotLookedAt = 4,
}

/// <summary>One check of a preflight or an examination.</summary>
/// <param name="Name">Stable, kebab-case.</param>
/// <param name="Seen">What was looked at, with the values.</param>
/// <param name="Remedy">
/// The command that cures it, to be pasted as it is: a remark may follow behind <c>   # </c>, and where no command can cure it, all of it is a remark, beginning with <c># </c>.
/// Empty when nothing is wrong.
/// </param>
public sealed record PreflightCheck(string Name, CheckOutcome Outcome, string Seen, string Remedy);

/// <summary>What prepare found.</summary>
/// <param name="RoundTrip">Between the two agents, the fastest of several; null on the target, which does not measure.</param>
/// <param name="ClockOffset">Target's wall clock minus the source's; null on the target.</param>
public sealed record PrepareReport(
    NodeFacts Facts, NodeFacts? PeerFacts, IReadOnlyList<PreflightCheck> Checks, TimeSpan? RoundTrip, TimeSpan? ClockOffset)
{
    public bool Passes => Checks.All(check => check.Outcome is CheckOutcome.Ok or CheckOutcome.Warning);
}

/// <summary>How to choose the moment: see <see cref="RestartWindow"/>.</summary>
/// <param name="MinIdleTime">No leader slot of S within this time; zero: at once, and none of the others is looked at.</param>
public sealed record CommitOptions(TimeSpan MinIdleTime)
{
    /// <summary>The share of the cluster's stake, above 0 to 1, from which on too much of it is delinquent; null: not looked at.</summary>
    public double? MaxDelinquentStake { get; init; }

    /// <summary>Whether the source's validator is to have written a snapshot since the commit, as one wants it before it is restarted.</summary>
    public bool NewSnapshot { get; init; }

    /// <summary>Why no window is waited for, in the operator's words; empty when none was given. Recorded.</summary>
    public string OverrideReason { get; init; } = "";
}

/// <summary>An operator's word that stands in for a proof, recorded with the reason.</summary>
/// <param name="TargetIsFenced">The operator has made certain that the target's validator does not run and cannot come back with S.</param>
/// <param name="Reason">Why, in the operator's words; never empty.</param>
public sealed record OperatorAssertion(bool TargetIsFenced, string Reason);

/// <summary>
/// What a coordinator may ask of an agent. Implemented by the agent itself and by its remote stand-in. All throw
/// <see cref="OrderRefusedException"/> (nothing changed) or <see cref="AgentUnreachableException"/> (unknown).
/// </summary>
public interface IAgent
{
    string Node { get; }

    Task<NodeFacts> GetStatusAsync(CancellationToken ct);

    /// <summary>
    /// Locks the node for the order and checks. The target is prepared first, then the source, which opens the link to the target. Failing checks are
    /// in the report; the node is locked even so, until abort. Idempotent for the same order.
    /// </summary>
    /// <param name="hooks">Whether it is a handoff, or a dry run with or without hooks. A dry run is never committed.</param>
    Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, HookUse hooks, CancellationToken ct);

    /// <summary>Source only: starts the handoff and returns; it runs on whoever watches. Refused when a check failed. Idempotent.</summary>
    Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct);

    /// <summary>The handoff's timeline from the sequence on, live, until it has ended.</summary>
    IAsyncEnumerable<HandoffEvent> FollowAsync(HandoffId handoff, long fromSequence, CancellationToken ct);

    /// <summary>Ends a handoff that has changed nothing yet; refused once the source is demoting. Idempotent.</summary>
    Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct);

    /// <summary>Carries a stopped handoff to its ending as far as it can be proven, now; returns how it stands. Idempotent.</summary>
    Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct);

    /// <summary>
    /// By hand. Towards U: always allowed, in the fail-safe order (relink, voter fence, set identity). Towards S: refused unless this node's last word is
    /// that it is the active one, or a reason to override is given, which is recorded.
    /// </summary>
    Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct);

    /// <summary>By hand: repoints the identity link. Towards S: refused unless the validator holds S and the node is the active one, or overridden.</summary>
    Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct);

    /// <summary>Streams this node's verified records of S to a peer, which keeps them aside (never at the live path).</summary>
    Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct);
}

/// <summary>One entry of the agent's append-only history.</summary>
public sealed record HistoryEntry(DateTimeOffset At, string Kind, string Text, HandoffOutcome? Outcome, IReadOnlyList<HandoffEvent> Events);
