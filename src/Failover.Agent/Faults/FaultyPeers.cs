using Failover.Handoff;
using Failover.Records;

namespace Failover.Agent.Faults;

/// <summary>Peers with places to stop at.</summary>
internal sealed class FaultyPeers(IPeers peers, FaultPoints points) : IPeers, IDisposable
{
    public IPeer Get(string node) => new FaultyPeer(peers.Get(node), points);

    public void Dispose() => (peers as IDisposable)?.Dispose();
}

/// <summary>A peer with places to stop at, around the question what became of an order.</summary>
internal sealed class FaultyPeer(IPeer peer, FaultPoints points) : IPeer
{
    public string Node => peer.Node;

    public async Task<IPeerLink> OpenAsync(CancellationToken ct) => new FaultyLink(await peer.OpenAsync(ct), points);

    public async Task<TargetAnswer> WithdrawAsync(HandoffOrder order, CancellationToken ct)
    {
        points.Reach(FaultPoint.AskTarget, FaultPoint.Before);
        var answer = await peer.WithdrawAsync(order, ct);
        points.Reach(FaultPoint.AskTarget, FaultPoint.After);
        return answer;
    }

    public Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(IReadOnlyList<RecordBytes> records, CancellationToken ct) => peer.KeepAsideAsync(records, ct);
}

/// <summary>A handoff link, either end of it, with places to stop at: around the messages that decide something.</summary>
internal sealed class FaultyLink(IPeerLink link, FaultPoints points) : IPeerLink
{
    public async Task SendAsync(PeerMessage message, CancellationToken ct)
    {
        var step = message switch
        {
            HandOverMessage => FaultPoint.HandOver,
            AnswerMessage => FaultPoint.Answer,
            FirstVoteMessage => FaultPoint.SayFirstVote,
            _ => null,
        };
        await (step is null ? link.SendAsync(message, ct) : points.AroundAsync(step, () => link.SendAsync(message, ct)));
    }

    public Task<PeerMessage?> ReceiveAsync(CancellationToken ct) => link.ReceiveAsync(ct);

    public ValueTask DisposeAsync() => link.DisposeAsync();
}
