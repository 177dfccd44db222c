using Failover.Agents;
using Failover.Handoff;

namespace Failover.Coordination;

/// <summary>A handoff that may be prepared: the order and what both nodes showed when it was made.</summary>
/// <param name="Notes">What the operator should know besides, one sentence each.</param>
public sealed record HandoffPlan(HandoffOrder Order, NodeFacts Source, NodeFacts Target, IReadOnlyList<string> Notes);

/// <summary>Either a plan or what stands in its way; exactly one of the two is set.</summary>
/// <param name="View">What it was decided on; null only for an unknown node, which nobody was asked about.</param>
public sealed record PlanResult(ClusterView? View, HandoffPlan? Plan, Obstacle? Obstacle);

/// <summary>What became of a lock that the coordinator gave up.</summary>
/// <param name="Failure">Null when the node is free again.</param>
public sealed record Release(string Node, Obstacle? Failure);

/// <summary>What preparing both nodes gave. With a <see cref="Failure"/> nothing about voting has changed and both nodes were asked to release.</summary>
/// <param name="Releases">What became of the locks; empty while both nodes are prepared.</param>
public sealed record Preparation(
    HandoffPlan Plan, PrepareReport? Target, PrepareReport? Source, Obstacle? Failure, IReadOnlyList<Release> Releases)
{
    /// <summary>The preflight as far as it got: the target's checks, then the source's.</summary>
    public IEnumerable<PreflightCheck> Checks => (Target?.Checks ?? []).Concat(Source?.Checks ?? []);
}

/// <summary>Whether the handoff has begun.</summary>
public enum CommitState
{
    /// <summary>The source did not answer: only its timeline can tell.</summary>
    Unknown = 0,
    Started = 1,

    /// <summary>The source refused; nothing changed, and both nodes were asked to release.</summary>
    Refused = 2,
}

/// <summary>What the source said to the order to begin.</summary>
public sealed record CommitResult(CommitState State, Obstacle? Failure, IReadOnlyList<Release> Releases);

/// <summary>What one agent said when asked to resume or abort. Exactly one of the two is set.</summary>
public sealed record AgentWord(string Node, HandoffOutcome? Outcome, Obstacle? Failure);

/// <summary>How a handoff stands after resume or abort.</summary>
/// <param name="Order">Null when no unfinished handoff is known.</param>
/// <param name="Outcome">The best word there is, see <see cref="HandoffStanding"/>; null when no agent gave one.</param>
/// <param name="Text">How it stands, in words.</param>
/// <param name="Next">What to type next; empty when nothing.</param>
public sealed record HandoffReport(
    ClusterView View, HandoffOrder? Order, IReadOnlyList<AgentWord> Words, HandoffOutcome? Outcome, Obstacle? Obstacle, string Text, string Next);
