using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;

namespace Failover.Protocol.Clients;

/// <summary>
/// One warm HTTP/2 connection to one agent. Every connection is set up with the certificates as they are on disk at that moment. No call is
/// repeated by the channel: only its users know which may be.
/// </summary>
internal sealed class AgentChannel : IDisposable
{
    private readonly NodeAddress _node;
    private readonly TimeProvider _time;
    private readonly GrpcChannel _channel;

    public AgentChannel(NodeAddress node, ClusterTrust trust, CallLimits limits, TimeProvider time)
    {
        _node = node;
        _time = time;
        if (node.Address.Scheme != Uri.UriSchemeHttps)
        {
            throw new ArgumentException($"the address of {node.Name} must begin with https://, not {node.Address}", nameof(node));
        }
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = limits.Connect,
            ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, trust, ct),
            EnableMultipleHttp2Connections = false,
            KeepAlivePingDelay = limits.KeepAlive,
            KeepAlivePingTimeout = limits.KeepAliveTimeout,
            // Without a call as well: a dead connection is to be found before the next order needs it.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            // Trace headers would be one more thing that a request carries besides the order.
            ActivityHeadersPropagator = null,
        };
        _channel = GrpcChannel.ForAddress(node.Address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = Limits.MessageBytes,
            MaxSendMessageSize = Limits.MessageBytes,
        });
        Invoker = _channel.CreateCallInvoker();
    }

    public CallInvoker Invoker { get; }

    public CallTarget Target(TimeSpan? deadline = null) => new(_node.Name, _node.Address, deadline);

    /// <summary>Runs one unary call within its deadline, and translates how it failed.</summary>
    /// <param name="translate">A response that cannot be right says nothing of what was done, so it is no refusal.</param>
    public async Task<TDomain> CallAsync<TWire, TDomain>(
        Func<CallOptions, AsyncUnaryCall<TWire>> call, Func<TWire, TDomain> translate, TimeSpan limit, CancellationToken ct)
    {
        var target = Target(limit);
        TWire response;
        // Our own timer beside the gRPC deadline, which the wall clock counts: a clock that is set must neither cut a call nor hold it open.
        using var deadline = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            using var running = call(new CallOptions(cancellationToken: either.Token));
            response = await running.ResponseAsync;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, ct);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && deadline.IsCancellationRequested)
        {
            throw target.Unreachable(CallFailure.Late(target), e);
        }
        catch (RpcException e)
        {
            throw e.ToDomain(target);
        }
        return Translate(response, translate, target);
    }

    public static TDomain Translate<TWire, TDomain>(TWire response, Func<TWire, TDomain> translate, CallTarget target)
    {
        try
        {
            return translate(response);
        }
        catch (Agents.OrderRefusedException e)
        {
            throw target.Unreachable($"its answer cannot be right: {e.Message}", e);
        }
    }

    public void Dispose() => _channel.Dispose();

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, ClusterTrust trust, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(endPoint, ct);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(trust.ClientOptions(_node.Name), ct);
            return stream;
        }
        catch
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
            socket.Dispose();
            throw;
        }
    }
}
