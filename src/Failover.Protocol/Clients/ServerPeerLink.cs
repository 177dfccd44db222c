using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Protocol.Clients;

/// <summary>
/// The target's end of a handoff link. A message that cannot be right breaks the link: it is not handed on, and <see cref="Fault"/> says
/// what was wrong, for the status that ends the call.
/// </summary>
public sealed class ServerPeerLink : IPeerLink
{
    internal const string AcceptedHeader = "failover-link";

    private readonly string _peer;
    private readonly CancellationTokenSource _closing = new();
    private bool _answering;
    private bool _closeWanted;
    private readonly PeerStream<Wire.OpenHandoffRequest, Wire.OpenHandoffResponse> _stream;

    /// <param name="peer">The source's name, for the sentences about it.</param>
    public ServerPeerLink(string peer, IAsyncStreamReader<Wire.OpenHandoffRequest> reader, IServerStreamWriter<Wire.OpenHandoffResponse> writer)
    {
        _peer = peer;
        _stream = new PeerStream<Wire.OpenHandoffRequest, Wire.OpenHandoffResponse>(
            async () => await reader.MoveNext(CancellationToken.None) ? reader.Current : null,
            writer.WriteAsync);
    }

    /// <summary>
    /// The headers that tell the source that it is connected, to be sent before anything is read. A call that is refused has headers as well, but
    /// not this one.
    /// </summary>
    public static Metadata Accepted => new() { { AcceptedHeader, "accepted" } };

    /// <summary>The status that is to end the call because a message was refused; null when none was.</summary>
    public RpcException? Fault { get; private set; }

    /// <summary>
    /// Ends the link from this side, as the source's own closing would, because the agent stops. A record that was handed over is answered first:
    /// the source would otherwise be left without a word.
    /// </summary>
    public void CloseWhenAnswered()
    {
        lock (_closing)
        {
            _closeWanted = true;
            if (!_answering)
            {
                _closing.Cancel();
            }
        }
    }

    public async Task SendAsync(PeerMessage message, CancellationToken ct)
    {
        var wire = message.ToResponse();
        try
        {
            await _stream.WriteAsync(wire, ct);
        }
        catch (Exception e) when (IsBreak(e, ct))
        {
            throw Broken(e);
        }
        if (message is AnswerMessage)
        {
            Answering(false);
        }
    }

    public async Task<PeerMessage?> ReceiveAsync(CancellationToken ct)
    {
        Wire.OpenHandoffRequest? request;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _closing.Token);
        try
        {
            request = await _stream.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (IsBreak(e, ct))
        {
            throw Broken(e);
        }
        Answering(request?.HandOver is not null);
        try
        {
            return request?.ToDomain();
        }
        catch (OrderRefusedException e)
        {
            Fault = e.ToRpcException();
            throw new AgentUnreachableException(_peer, $"agent of {_peer}: its message cannot be right: {e.Message}", e);
        }
    }

    /// <summary>To be called when nobody uses the link or closes it any more; the stream ends when the call's handler returns.</summary>
    public ValueTask DisposeAsync()
    {
        _closing.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Answering(bool answering)
    {
        lock (_closing)
        {
            _answering = answering;
            if (_closeWanted && !answering)
            {
                _closing.Cancel();
            }
        }
    }

    private static bool IsBreak(Exception exception, CancellationToken ct) =>
        exception is RpcException or InvalidOperationException or IOException
        || (exception is OperationCanceledException && !ct.IsCancellationRequested);

    private AgentUnreachableException Broken(Exception exception)
    {
        if (exception is RpcException { StatusCode: StatusCode.ResourceExhausted } tooLarge)
        {
            Fault = tooLarge;
        }
        return new AgentUnreachableException(_peer, $"agent of {_peer}: the link broke: {Field.Text(exception.Message)}", exception);
    }
}
