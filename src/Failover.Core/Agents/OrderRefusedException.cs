namespace Failover.Agents;

/// <summary>Why an agent will not do what it was asked. Stable names: they travel as the reason of the error's details.</summary>
public enum RefusalReason
{
    Unknown = 0,

    /// <summary>A field of the request cannot be right. Nothing changed.</summary>
    BadRequest = 1,

    /// <summary>The fencing token is not above the highest seen.</summary>
    StaleToken = 2,

    /// <summary>Another handoff has this node locked.</summary>
    Locked = 3,

    /// <summary>The handoff id is known with other content.</summary>
    OrderDiffers = 4,

    /// <summary>The handoff is not known here.</summary>
    NotFound = 5,

    /// <summary>The handoff is past the point where this may be asked.</summary>
    WrongPhase = 6,

    /// <summary>A preflight check fails.</summary>
    PreflightFailed = 7,

    /// <summary>It would break an invariant, and no reason to override was given.</summary>
    NotShownSafe = 8,

    /// <summary>The agent's own state file cannot be read or written.</summary>
    StateDamaged = 9,

    /// <summary>The order speaks of another identity, vote account or cluster than this node is configured for.</summary>
    WrongCluster = 10,

    /// <summary>The validator beside the agent refused, failed or did not answer.</summary>
    ValidatorFailed = 11,

    /// <summary>The other agent could not be reached, or refused.</summary>
    PeerFailed = 12,

    /// <summary>The caller's certificate may not ask for this. The order was not looked at.</summary>
    NotAllowed = 13,
}

/// <summary>
/// A deliberate refusal: nothing was changed by the request, and the message says what was seen, what is required and what to do.
/// </summary>
public sealed class OrderRefusedException(RefusalReason reason, string message, string remedy = "") : Exception(message)
{
    public RefusalReason Reason { get; } = reason;

    /// <summary>The command or action that cures it; empty when the message says it all.</summary>
    public string Remedy { get; } = remedy;
}

/// <summary>The other side did not answer, or not in a way that says what happened. What was asked may have been done.</summary>
public sealed class AgentUnreachableException(string node, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Node { get; } = node;
}
