using Failover.Agents;

namespace Failover.Coordination;

/// <summary>Reads all nodes at once. A node that does not answer is part of the result, never an exception.</summary>
public sealed class ClusterReader(IReadOnlyList<IAgent> agents, TimeProvider time, CoordinationTimings timings)
{
    /// <summary>The configured names, in order.</summary>
    public IReadOnlyList<string> Names => [.. agents.Select(agent => agent.Node)];

    /// <summary>The newest complete reading; null before the first. For telling an operator what was known when something failed.</summary>
    public ClusterView? LastSeen { get; private set; }

    /// <summary>Null when no node of that name is configured.</summary>
    public IAgent? Find(string node) => agents.FirstOrDefault(agent => agent.Node == node);

    /// <summary>The obstacle for a name that is not configured.</summary>
    public Obstacle NoSuchNode(string node) =>
        new(ObstacleKind.UnknownNode, $"No node is called \"{node}\". Configured: {string.Join(", ", Names)}.", "failover status");

    /// <summary>Asks every agent for its facts, in parallel, each within the status limit.</summary>
    /// <exception cref="OperationCanceledException">Only for <paramref name="ct"/>.</exception>
    public async Task<ClusterView> ReadAsync(CancellationToken ct)
    {
        var view = new ClusterView(await Task.WhenAll(agents.Select(agent => ReadAsync(agent, ct))));
        LastSeen = view;
        return view;
    }

    private async Task<NodeReading> ReadAsync(IAgent agent, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        var (facts, failure) = await AskAsync(agent.Node, limited => agent.GetStatusAsync(limited), timings.StatusLimit, ct);
        if (facts is not null && facts.Node != agent.Node)
        {
            // An order names its nodes: taking one for the other would send the source's part to the target.
            failure = new(ObstacleKind.NodesDiffer,
                $"The agent reached as {agent.Node} calls itself {facts.Node}.", "correct the address or the name in the coordinator's configuration");
            facts = null;
        }
        return new NodeReading(agent.Node, facts, failure, time.GetElapsedTime(start));
    }

    /// <summary>
    /// Asks one agent one thing within a limit. A refusal and silence come back as obstacles; only the caller's own cancellation and bugs are thrown.
    /// </summary>
    internal async Task<(T? Answer, Obstacle? Failure)> AskAsync<T>(string node, Func<CancellationToken, Task<T>> ask, TimeSpan limit, CancellationToken ct)
        where T : class
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            // WaitAsync: an agent that ignores the token must not hold up what the operator is told.
            return (await ask(either.Token).WaitAsync(either.Token), null);
        }
        catch (OrderRefusedException refusal)
        {
            return (null, Refused(node, refusal));
        }
        catch (AgentUnreachableException silence)
        {
            ct.ThrowIfCancellationRequested();
            return (null, new(ObstacleKind.Unreachable, $"{node} cannot be reached: {silence.Message}", CheckAgent(node)));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return (null, new(ObstacleKind.Unreachable, $"{node} did not answer within {limit.TotalSeconds:0.#} s.", CheckAgent(node)));
        }
    }

    internal static Obstacle Refused(string node, OrderRefusedException refusal) =>
        new(ObstacleKind.Refused, $"{node} refused: {refusal.Message}", refusal.Remedy);

    private static string CheckAgent(string node) => $"on {node}: systemctl status failover-agent; and check the network to it";
}
