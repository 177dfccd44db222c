using Failover.Agents;
using Failover.Handoff;

namespace Failover.Simulation;

/// <summary>One handoff link, with an end at each agent.</summary>
internal sealed class SimulatedLink
{
    private readonly SimulatedNetwork _network;

    public SimulatedLink(SimulatedNetwork network, string opener, string server)
    {
        _network = network;
        Opener = new End(this, opener, server);
        Server = new End(this, server, opener);
    }

    public End Opener { get; }

    public End Server { get; }

    public bool Broken { get; private set; }

    public bool Joins(string node) => Opener.Node == node || Server.Node == node;

    public void Break()
    {
        Broken = true;
        Opener.Wake();
        Server.Wake();
    }

    internal sealed class End(SimulatedLink link, string node, string other) : IPeerLink
    {
        private readonly Queue<PeerMessage> _arrived = new();
        private TaskCompletionSource? _waiting;
        private bool _otherClosed;
        private bool _sending;

        public string Node => node;

        private End Other => ReferenceEquals(link.Opener, this) ? link.Server : link.Opener;

        public async Task SendAsync(PeerMessage message, CancellationToken ct)
        {
            PumpContext.RequireAlive();
            ct.ThrowIfCancellationRequested();
            if (_sending)
            {
                throw new InvalidOperationException("a message was sent while another one was still being sent");
            }
            RequireWhole();
            message = link._network.Replaces(node, message);
            _sending = true;
            try
            {
                var fate = link._network.Send(node, other, message, () => Other.Take(message), link.Break);
                await link._network.HoldAsync();
                if (fate == Fate.CutBefore)
                {
                    link.Break();
                }
                else if (fate == Fate.CutAfter)
                {
                    _ = BreakLaterAsync();
                }
            }
            finally
            {
                _sending = false;
            }
            RequireWhole();
        }

        public async Task<PeerMessage?> ReceiveAsync(CancellationToken ct)
        {
            PumpContext.RequireAlive();
            while (_arrived.Count == 0)
            {
                RequireWhole();
                if (_otherClosed)
                {
                    return null;
                }
                var waiting = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using (ct.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiting))
                {
                    await waiting.Task;
                }
            }
            return _arrived.Dequeue();
        }

        public void Wake() => _waiting?.TrySetResult();

        public ValueTask DisposeAsync()
        {
            if (PumpContext.Current is not { Dead: true })
            {
                link._network.Send(node, other, "close", () =>
                {
                    Other._otherClosed = true;
                    Other.Wake();
                });
            }
            return ValueTask.CompletedTask;
        }

        private void Take(PeerMessage message)
        {
            _arrived.Enqueue(message);
            Wake();
        }

        // The other side reads what arrived before it notices that the link is gone.
        private async Task BreakLaterAsync()
        {
            await link._network.LatencyAsync();
            await link._network.LatencyAsync();
            link.Break();
        }

        private void RequireWhole()
        {
            if (link.Broken)
            {
                throw new AgentUnreachableException(other, $"the link to {other} is broken");
            }
        }
    }
}
