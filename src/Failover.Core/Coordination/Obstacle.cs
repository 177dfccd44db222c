namespace Failover.Coordination;

/// <summary>Why the coordinator did not, or cannot, do what it was asked. Each kind has one exit code and one way on.</summary>
public enum ObstacleKind
{
    Unknown = 0,

    /// <summary>No node of that name is configured. Nothing was sent.</summary>
    UnknownNode = 1,

    /// <summary>What was asked for is already so.</summary>
    NothingToDo = 2,

    /// <summary>Every node answers, and no validator holds S.</summary>
    NoActiveNode = 3,

    /// <summary>Two validators hold S: the highest alarm.</summary>
    SeveralActive = 4,

    /// <summary>An agent did not answer; what was asked of it may have been done.</summary>
    Unreachable = 5,

    /// <summary>Another handoff has not ended.</summary>
    HandoffInProgress = 6,

    /// <summary>The nodes are not a pair: another identity, vote account, cluster or name.</summary>
    NodesDiffer = 7,

    /// <summary>An agent refused; the request changed nothing.</summary>
    Refused = 8,

    /// <summary>A preflight check fails.</summary>
    PreflightFailed = 9,

    /// <summary>The operator broke off before anything about voting changed.</summary>
    BrokenOff = 10,

    /// <summary>No node knows of a handoff that has not ended.</summary>
    NothingUnfinished = 11,

    /// <summary>What the operator vouches for is contradicted by what a node shows.</summary>
    Contradicted = 12,

    /// <summary>No agent's history speaks of that handoff.</summary>
    UnknownHandoff = 13,
}

/// <summary>What stands in the way, and what to do about it.</summary>
/// <param name="Text">What was seen, in a sentence; names the nodes.</param>
/// <param name="Next">The command or action that leads on; empty when nothing is needed.</param>
public sealed record Obstacle(ObstacleKind Kind, string Text, string Next = "");
