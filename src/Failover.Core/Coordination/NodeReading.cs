using Failover.Agents;

namespace Failover.Coordination;

/// <summary>One node as it answered, or why it did not. Exactly one of <paramref name="Facts"/> and <paramref name="Failure"/> is set.</summary>
/// <param name="Node">The name in the coordinator's configuration.</param>
/// <param name="Took">Until the answer, or until it was given up.</param>
public sealed record NodeReading(string Node, NodeFacts? Facts, Obstacle? Failure, TimeSpan Took);
