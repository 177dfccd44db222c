using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Protocol.Clients;

/// <summary>
/// The source's end of a handoff link. However the link ends, unless in an orderly way, it throws
/// <see cref="AgentUnreachableException"/>: the target's word on an order comes as a message, never as a status.
/// </summary>
internal sealed class ClientPeerLink : IPeerLink
{
    private readonly AsyncDuplexStreamingCall<Wire.OpenHandoffRequest, Wire.OpenHandoffResponse> _call;
    private readonly CallTarget _target;
    private readonly CallLimits _limits;
    private readonly TimeProvider _time;
    private readonly PeerStream<Wire.OpenHandoffResponse, Wire.OpenHandoffRequest> _stream;

    public ClientPeerLink(
        AsyncDuplexStreamingCall<Wire.OpenHandoffRequest, Wire.OpenHandoffResponse> call, CallTarget target, CallLimits limits, TimeProvider time)
    {
        _call = call;
        _target = target;
        _limits = limits;
        _time = time;
        _stream = new PeerStream<Wire.OpenHandoffResponse, Wire.OpenHandoffRequest>(
            async () => await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : null,
            message => call.RequestStream.WriteAsync(message, CancellationToken.None));
    }

    public async Task SendAsync(PeerMessage message, CancellationToken ct)
    {
        var wire = message.ToRequest();
        try
        {
            await _stream.WriteAsync(wire, ct);
        }
        catch (Exception e) when (IsBreak(e, ct))
        {
            throw Broken(e);
        }
    }

    public async Task<PeerMessage?> ReceiveAsync(CancellationToken ct)
    {
        Wire.OpenHandoffResponse? response;
        try
        {
            response = await _stream.ReadAsync(ct);
        }
        catch (Exception e) when (IsBreak(e, ct))
        {
            throw Broken(e);
        }
        return response is null ? null : AgentChannel.Translate(response, PeerMapping.ToDomain, _target);
    }

    /// <summary>Closes the link in an orderly way if it still stands, so that the target need not guess.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _call.RequestStream.CompleteAsync();
            using var limit = new CancellationTokenSource(_limits.LinkClose, _time);
            while (await _stream.ReadAsync(limit.Token) is not null)
            {
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // It is broken already, or the target takes longer: there is nothing more to say to it.
        }
        _call.Dispose();
    }

    private static bool IsBreak(Exception exception, CancellationToken ct) =>
        exception is RpcException or InvalidOperationException or IOException
        || (exception is OperationCanceledException && !ct.IsCancellationRequested);

    private AgentUnreachableException Broken(Exception exception) => exception switch
    {
        RpcException rpc when StatusMapping.Refusal(rpc) is { } refused => _target.Unreachable($"it ended the link: {refused.Message}", rpc),
        RpcException rpc => _target.Unreachable(CallFailure.Describe(rpc, _target), rpc),
        _ => _target.Unreachable($"the link is broken: {exception.Message}", exception),
    };
}
