using Failover.Agents;

namespace Failover.Examinations;

/// <summary>What an agent found of its node while no handoff needs to be under way.</summary>
/// <param name="Peers">The other nodes of its configuration, as it reaches them.</param>
public sealed record Examination(NodeFacts Facts, IReadOnlyList<PreflightCheck> Checks, IReadOnlyList<PeerStanding> Peers);

/// <summary>Another node, as an agent reaches it.</summary>
/// <param name="Address">By the agent's configuration.</param>
/// <param name="Took">Until the other agent had answered; null when it did not.</param>
/// <param name="Problem">Why it did not; empty when it did.</param>
public sealed record PeerStanding(string Name, string Address, TimeSpan? Took, string Problem);

/// <summary>Examines one node and changes nothing.</summary>
public interface IExaminer
{
    string Node { get; }

    /// <summary>Where the node's agent is reached from here.</summary>
    string Address { get; }

    /// <exception cref="AgentUnreachableException">It did not answer, or not usably.</exception>
    /// <exception cref="OrderRefusedException">It may not be asked.</exception>
    Task<Examination> ExamineAsync(CancellationToken ct);
}
