using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Failover.Records;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Protocol.Clients;

/// <summary>The agent of the other node, over one warm connection. Nothing is sent twice.</summary>
public sealed class RemotePeer : IPeer, IDisposable
{
    private readonly CallLimits _limits;
    private readonly TimeProvider _time;
    private readonly AgentChannel _channel;
    private readonly Wire.PeerService.PeerServiceClient _peer;

    /// <summary>Connects at the first call, and then keeps the connection.</summary>
    public RemotePeer(NodeAddress node, ClusterTrust trust, CallLimits limits, TimeProvider time)
    {
        Node = node.Name;
        _limits = limits;
        _time = time;
        _channel = new AgentChannel(node, trust, limits, time);
        _peer = new Wire.PeerService.PeerServiceClient(_channel.Invoker);
    }

    public string Node { get; }

    /// <summary>Returns when the peer has accepted the link: its agent runs, trusts us, and takes part.</summary>
    public async Task<IPeerLink> OpenAsync(CancellationToken ct)
    {
        var target = _channel.Target(_limits.Read);
        var call = _peer.OpenHandoff(new CallOptions(cancellationToken: CancellationToken.None));
        try
        {
            var headers = await call.ResponseHeadersAsync.WaitAsync(_limits.Read, _time, ct);
            if (headers.Get(ServerPeerLink.AcceptedHeader) is null && !await call.ResponseStream.MoveNext(ct))
            {
                throw target.Unreachable("it ended the link before it began");
            }
            return new ClientPeerLink(call, _channel.Target(), _limits, _time);
        }
        catch (RpcException e)
        {
            call.Dispose();
            throw e.ToDomain(target);
        }
        catch (AgentUnreachableException)
        {
            call.Dispose();
            throw;
        }
        catch (TimeoutException e)
        {
            call.Dispose();
            throw target.Unreachable(CallFailure.Late(target), e);
        }
        catch (OperationCanceledException)
        {
            call.Dispose();
            throw;
        }
    }

    public Task<TargetAnswer> WithdrawAsync(HandoffOrder order, CancellationToken ct) => _channel.CallAsync(
        options => _peer.WithdrawAsync(new Wire.WithdrawRequest { Order = order.ToProto() }, options),
        response => response.Answer.ToDomain("answer"), _limits.Withdraw, ct);

    public async Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(IReadOnlyList<RecordBytes> records, CancellationToken ct)
    {
        var target = _channel.Target(_limits.SendRecord);
        using var deadline = new CancellationTokenSource(_limits.SendRecord, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        Wire.KeepAsideResponse response;
        try
        {
            using var call = _peer.KeepAside(cancellationToken: either.Token);
            try
            {
                foreach (var piece in records.ToPieces())
                {
                    await call.RequestStream.WriteAsync(piece, either.Token);
                }
                await call.RequestStream.CompleteAsync();
            }
            catch (Exception e) when (e is RpcException or InvalidOperationException)
            {
                // The peer answered before it had read everything: its answer, below, says why.
            }
            response = await call.ResponseAsync;
        }
        catch (Exception e) when (ct.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            throw new OperationCanceledException(e.Message, e, ct);
        }
        catch (Exception e) when (deadline.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            throw target.Unreachable(CallFailure.Late(target), e);
        }
        catch (RpcException e)
        {
            throw e.ToDomain(target);
        }
        return AgentChannel.Translate(response, kept => kept.Kept.ToDomain(Limits.Summaries, "", "kept"), target);
    }

    public void Dispose() => _channel.Dispose();
}

/// <summary>The peers of a node's configuration, each with its own connection. Safe for concurrent use.</summary>
public sealed class Peers(IEnumerable<NodeAddress> nodes, ClusterTrust trust, CallLimits limits, TimeProvider time) : IPeers, IDisposable
{
    private readonly Dictionary<string, RemotePeer> _peers =
        nodes.ToDictionary(node => node.Name, node => new RemotePeer(node, trust, limits, time), StringComparer.Ordinal);

    public IPeer Get(string node) => _peers.TryGetValue(node, out var peer) ? peer : throw new OrderRefusedException(
        RefusalReason.BadRequest,
        $"this agent's configuration names no peer \"{Field.Clean(node, Limits.Name)}\"; it names {(_peers.Count == 0 ? "none" : string.Join(", ", _peers.Keys))}",
        "add it to [[peers]] and restart the agent");

    public void Dispose()
    {
        foreach (var peer in _peers.Values)
        {
            peer.Dispose();
        }
    }
}
