using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Failover.Tests.Testing;

/// <summary>Calls any method with any certificate and an empty message, as a program that is not ours would.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = new(value => value, value => value);

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;

    public RawClient(Uri address, X509Certificate2? certificate, SslProtocols protocols = SslProtocols.Tls13)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = protocols,
                // Whom a stranger believes to have reached is the stranger's business.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            },
        };
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _invoker = _channel.CreateCallInvoker();
    }

    /// <summary>The status that the call ends with; OK as soon as one message of a stream has come.</summary>
    public async Task<RpcException?> CallAsync(string method, MethodType type)
    {
        var parts = method.TrimStart('/').Split('/');
        var description = new Method<byte[], byte[]>(type, parts[0], parts[1], Bytes, Bytes);
        try
        {
            switch (type)
            {
                case MethodType.Unary:
                    using (var unary = _invoker.AsyncUnaryCall(description, null, Options, []))
                    {
                        await unary.ResponseAsync;
                    }
                    break;
                case MethodType.ServerStreaming:
                    using (var stream = _invoker.AsyncServerStreamingCall(description, null, Options, []))
                    {
                        await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
                    }
                    break;
                case MethodType.ClientStreaming:
                    using (var upload = _invoker.AsyncClientStreamingCall(description, null, Options))
                    {
                        await upload.RequestStream.CompleteAsync();
                        await upload.ResponseAsync;
                    }
                    break;
                default:
                    using (var duplex = _invoker.AsyncDuplexStreamingCall(description, null, Options))
                    {
                        await duplex.RequestStream.CompleteAsync();
                        await duplex.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
                    }
                    break;
            }
            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
    }

    /// <summary>Any client that is generated.</summary>
    public CallInvoker Invoker => _invoker;

    public void Dispose() => _channel.Dispose();

    private static CallOptions Options => new(cancellationToken: TestContext.Current.CancellationToken);
}
