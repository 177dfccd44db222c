using Failover.Agents;
using Failover.Handoff;
using Failover.Records;

namespace Failover.Simulation;

/// <summary>What one node's configuration knows of the others.</summary>
internal sealed class SimulatedPeers(SimulatedPair pair, string self) : IPeers
{
    public IPeer Get(string node) => pair.Nodes.FirstOrDefault(other => other.Name == node && node != self) is { } found
        ? new SimulatedPeer(pair.Network, self, found)
        : throw new OrderRefusedException(RefusalReason.BadRequest, $"{self} has no peer {node}");
}

/// <summary>The way from one agent to another. Each side's code runs on its own context.</summary>
internal sealed class SimulatedPeer(SimulatedNetwork network, string self, SimulatedNode other) : IPeer
{
    public string Node => other.Name;

    public async Task<IPeerLink> OpenAsync(CancellationToken ct)
    {
        PumpContext.RequireAlive();
        await network.LatencyAsync();
        network.RequireReachable(self, other.Name);
        var link = network.Join(self, other.Name);
        other.Serve(self, link);
        return link.Opener;
    }

    public async Task<TargetAnswer> WithdrawAsync(HandoffOrder order, CancellationToken ct)
    {
        PumpContext.RequireAlive();
        await ArrivalAsync(self, other.Name, new WithdrawRequest(order), ct);
        var answer = await CallAsync(agent => agent.WithdrawAsync(self, order, CancellationToken.None)).WaitAsync(ct);
        await ArrivalAsync(other.Name, self, new WithdrawReply(order, answer), ct);
        return answer;
    }

    public async Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(IReadOnlyList<RecordBytes> records, CancellationToken ct)
    {
        PumpContext.RequireAlive();
        await ArrivalAsync(self, other.Name, records, ct);
        return await CallAsync(agent => agent.KeepAsideAsync(self, records, CancellationToken.None)).WaitAsync(ct);
    }

    private async Task ArrivalAsync(string from, string to, object message, CancellationToken ct)
    {
        network.RequireReachable(self, other.Name);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (network.Send(from, to, message, () => arrived.TrySetResult()) is Fate.CutBefore)
        {
            throw new AgentUnreachableException(other.Name, $"the connection to {other.Name} broke");
        }
        await arrived.Task.WaitAsync(ct);
        network.RequireReachable(self, other.Name);
    }

    private async Task<T> CallAsync<T>(Func<HandoffAgent, Task<T>> call)
    {
        try
        {
            return await other.AskAsync(call);
        }
        catch (ProcessDiedException)
        {
            throw new AgentUnreachableException(other.Name, $"{other.Name}'s agent is gone");
        }
    }
}
