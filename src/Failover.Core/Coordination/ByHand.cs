using Failover.Agents;
using Failover.Identities;
using Failover.Records;

namespace Failover.Coordination;

/// <summary>Either the answer or what stands in the way; exactly one of the two is set.</summary>
public sealed record ByHandResult<T>(T? Answer, Obstacle? Obstacle)
    where T : class;

/// <summary>
/// Orders by hand, one node at a time. Each agent keeps its own rules; what is added here is what one agent cannot see: S is never given to a node while
/// another one's validator says that it holds it, whatever reason is given.
/// </summary>
public sealed class ByHand(ClusterReader reader, CoordinationTimings? timings = null)
{
    private readonly CoordinationTimings _timings = timings ?? new();

    /// <summary>Orders an identity and returns the node as it is afterwards.</summary>
    public Task<ByHandResult<NodeFacts>> SetIdentityAsync(string node, HeldIdentity identity, string? overrideReason, CancellationToken ct) =>
        OrderAsync(node, identity, (agent, limited) => agent.SetIdentityAsync(identity, overrideReason, limited), ct);

    /// <summary>Repoints the identity link and returns the node as it is afterwards.</summary>
    public Task<ByHandResult<NodeFacts>> RelinkAsync(string node, HeldIdentity identity, string? overrideReason, CancellationToken ct) =>
        OrderAsync(node, identity, (agent, limited) => agent.RelinkAsync(identity, overrideReason, limited), ct);

    /// <summary>Streams the node's records to a peer, which keeps them aside.</summary>
    public async Task<ByHandResult<IReadOnlyList<RecordSummary>>> SendRecordAsync(string node, string peer, CancellationToken ct)
    {
        if (reader.Find(node) is not { } agent)
        {
            return new(null, reader.NoSuchNode(node));
        }
        var (kept, failure) = await reader.AskAsync(node, limited => agent.SendRecordAsync(peer, limited), _timings.OrderLimit, ct);
        return new(kept, failure);
    }

    /// <summary>One node's history, newest first.</summary>
    public async Task<ByHandResult<IReadOnlyList<HistoryEntry>>> GetHistoryAsync(string node, int most, CancellationToken ct)
    {
        if (reader.Find(node) is not { } agent)
        {
            return new(null, reader.NoSuchNode(node));
        }
        var (entries, failure) = await reader.AskAsync(node, limited => agent.GetHistoryAsync(most, limited), _timings.StatusLimit, ct);
        return new(entries, failure);
    }

    private async Task<ByHandResult<NodeFacts>> OrderAsync(
        string node, HeldIdentity identity, Func<IAgent, CancellationToken, Task<NodeFacts>> order, CancellationToken ct)
    {
        if (reader.Find(node) is not { } agent)
        {
            return new(null, reader.NoSuchNode(node));
        }
        if (identity == HeldIdentity.Staked)
        {
            var view = await reader.ReadAsync(ct);
            if (view.Active.FirstOrDefault(facts => facts.Node != node) is { } other)
            {
                return new(null, new(ObstacleKind.Refused,
                    $"{other.Node}'s validator holds S now. Two nodes must never hold it, and no reason overrides that. Nothing was sent to {node}.",
                    $"failover handoff --to {node}"));
            }
        }
        var (facts, failure) = await reader.AskAsync(node, limited => order(agent, limited), _timings.OrderLimit, ct);
        return new(facts, failure);
    }
}
