using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Wire = Failover.V1;

namespace Failover.Protocol.Joining;

/// <summary>The coordinator's side of a join: finds the node that has the code, and brings it the certificate for its key.</summary>
/// <param name="grant">Issues the certificate; only called for the key of a node that has shown that it has the code.</param>
public sealed class Joiner(NodeAddress node, JoinCode code, Func<PublicKey, JoinedNode> grant, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(JoinProof.NonceBytes);

    /// <summary>One try. Null when the node has joined, else why it has not yet; what was issued before stays good for the same key.</summary>
    public async Task<string?> TryAsync(CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        try
        {
            await using var connection = await ConnectAsync(either.Token);
            using var shown = X509CertificateLoader.LoadCertificate(connection.RemoteCertificate!.GetRawCertData());
            return shown.Subject == shown.Issuer
                ? await EnrolAsync(connection, shown.PublicKey, either.Token)
                : $"an agent runs at {node.Address.Authority} already, with the certificate of \"{Field.Word(shown.Subject)}\": on that host, systemctl stop failover-agent first";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            return $"the node at {node.Address.Authority} was given another code";
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition)
        {
            return $"the node at {node.Address.Authority} cannot take its certificate: {Field.Text(e.Status.Detail)}";
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is RpcException or OperationCanceledException or SocketException or AuthenticationException or IOException)
        {
            return $"nothing waits to join at {node.Address.Authority} yet";
        }
    }

    /// <summary>Null when the node with this key has joined.</summary>
    private async Task<string?> EnrolAsync(SslStream connection, PublicKey key, CancellationToken ct)
    {
        var unused = connection;
        using var channel = GrpcChannel.ForAddress(node.Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                // This connection and no other: a second one could show another key.
                ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(Interlocked.Exchange(ref unused, null) ?? throw new IOException("the connection was lost")),
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 64 * 1024,
        });
        var client = new Wire.JoinService.JoinServiceClient(channel);
        var call = new CallOptions(cancellationToken: ct);
        var proof = new JoinProof(code, key.ExportSubjectPublicKeyInfo());
        var introduced = await client.IntroduceAsync(new Wire.IntroduceRequest { Nonce = ByteString.CopyFrom(_nonce), Proof = ByteString.CopyFrom(proof.OfCaller(_nonce)) }, call);
        if (introduced.Nonce.Length != JoinProof.NonceBytes || !JoinProof.Same(proof.OfNode(_nonce, introduced.Nonce.Span), introduced.Proof.Span))
        {
            return $"what answers at {node.Address.Authority} does not have the code; nothing was issued to it";
        }
        var granted = grant(key).ToBytes();
        await client.EnrolAsync(
            new Wire.EnrolRequest
            {
                Nonce = ByteString.CopyFrom(_nonce),
                Grant = ByteString.CopyFrom(granted),
                Proof = ByteString.CopyFrom(proof.OfGrant(_nonce, introduced.Nonce.Span, granted)),
            }, call);
        return null;
    }

    private async Task<SslStream> ConnectAsync(CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(node.Address.DnsSafeHost, node.Address.Port, ct);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = node.Address.DnsSafeHost,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                    // Nobody vouches for this certificate: the proofs are bound to its key.
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                }, ct);
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
