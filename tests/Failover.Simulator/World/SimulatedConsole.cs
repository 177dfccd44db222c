using System.Runtime.CompilerServices;
using Failover.Agents;
using Failover.Coordination;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;

namespace Failover.Simulation;

/// <summary>A machine at which an operator types: the coordinator that ships, over the simulated network. It can be killed at any moment.</summary>
internal sealed class SimulatedConsole
{
    private readonly PumpContext _context;

    public SimulatedConsole(SimulatedPair pair, Pump pump, string name, string ids)
    {
        _context = new PumpContext(pump, name);
        var agents = pair.Nodes.Select(node => new RemoteAgent(pair.Network, name, node)).ToList();
        var made = 0;
        Coordinator = new HandoffCoordinator(agents, pump.Time, () => new HandoffId($"{ids}-{++made:D4}"));
        ByHand = new ByHand(Coordinator.Reader);
    }

    public string Name => _context.Name;

    public HandoffCoordinator Coordinator { get; }

    public ByHand ByHand { get; }

    public void Kill() => _context.Die();

    /// <summary>Fails with <see cref="ProcessDiedException"/> when the console is killed.</summary>
    public Task<T> DoAsync<T>(Func<Task<T>> what) => _context.RunAsync(what);

    /// <summary>One agent, as the coordinator sees it.</summary>
    private sealed class RemoteAgent(SimulatedNetwork network, string self, SimulatedNode node) : IAgent
    {
        private const string Follow = "follow";

        public string Node => node.Name;

        public Task<NodeFacts> GetStatusAsync(CancellationToken ct) => CallAsync("status", agent => agent.GetStatusAsync(CancellationToken.None), ct);

        public Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, HookUse hooks, CancellationToken ct) =>
            CallAsync("prepare", agent => agent.PrepareAsync(order, role, hooks, CancellationToken.None), ct);

        public Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct) => CallAsync("commit", async agent =>
        {
            await agent.CommitAsync(order, options, CancellationToken.None);
            return true;
        }, ct);

        public async IAsyncEnumerable<HandoffEvent> FollowAsync(HandoffId handoff, long fromSequence, [EnumeratorCancellation] CancellationToken ct)
        {
            var next = fromSequence;
            while (true)
            {
                var happened = await CallAsync(Follow, agent => NextAsync(agent, handoff, next), ct);
                if (happened is null)
                {
                    yield break;
                }
                next = happened.Sequence + 1;
                yield return happened;
            }
        }

        public Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct) => CallAsync("abort", agent => agent.AbortAsync(handoff, CancellationToken.None), ct);

        public Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct) =>
            CallAsync("resume", agent => agent.ResumeAsync(handoff, assertion, CancellationToken.None), ct);

        public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct) =>
            CallAsync("history", agent => agent.GetHistoryAsync(most, CancellationToken.None), ct);

        public Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) =>
            CallAsync($"set-identity {identity}", agent => agent.SetIdentityAsync(identity, overrideReason, CancellationToken.None), ct);

        public Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) =>
            CallAsync($"relink {identity}", agent => agent.RelinkAsync(identity, overrideReason, CancellationToken.None), ct);

        public Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct) =>
            CallAsync("send-record", agent => agent.SendRecordAsync(peer, CancellationToken.None), ct);

        private static async Task<HandoffEvent?> NextAsync(HandoffAgent agent, HandoffId handoff, long from)
        {
            await foreach (var happened in agent.FollowAsync(handoff, from, CancellationToken.None))
            {
                return happened;
            }
            return null;
        }

        /// <summary>An order that has arrived is carried out whether or not its answer gets back.</summary>
        private async Task<T> CallAsync<T>(string what, Func<HandoffAgent, Task<T>> call, CancellationToken ct)
        {
            await ArrivalAsync(self, node.Name, what == Follow ? new FollowRequest() : $"{what} to {node.Name}", ct);
            T answer;
            try
            {
                answer = await node.AskAsync(call).WaitAsync(ct);
            }
            catch (ProcessDiedException)
            {
                throw new AgentUnreachableException(node.Name, $"{node.Name}'s agent is gone");
            }
            await ArrivalAsync(node.Name, self, what == Follow ? new FollowRequest() : $"answer of {node.Name} to {what}", ct);
            return answer;
        }

        private async Task ArrivalAsync(string from, string to, object message, CancellationToken ct)
        {
            network.RequireReachable(from, to);
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (network.Send(from, to, message, () => arrived.TrySetResult()) == Fate.CutBefore)
            {
                throw new AgentUnreachableException(node.Name, $"the connection to {node.Name} broke");
            }
            await arrived.Task.WaitAsync(ct);
            network.RequireReachable(from, to);
        }
    }
}
