using Failover.Agents;

namespace Failover.Protocol.Errors;

/// <summary>Whom a call goes to, for the sentences about it.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Address">Where its agent listens.</param>
/// <param name="Deadline">How long it may take; null when it has no limit.</param>
public sealed record CallTarget(string Node, Uri Address, TimeSpan? Deadline = null)
{
    /// <summary>What was asked may have been done.</summary>
    public AgentUnreachableException Unreachable(string what, Exception? inner = null) =>
        new(Node, $"agent of {Node} ({Address.Authority}): {what}", inner);
}
