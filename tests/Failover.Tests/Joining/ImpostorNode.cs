using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Joining;
using Failover.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Failover.Tests.Joining;

/// <summary>Waits to join where the node should, without the code.</summary>
internal sealed class ImpostorNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _own;

    private ImpostorNode(WebApplication app, X509Certificate2 own, IPEndPoint listens)
    {
        _app = app;
        _own = own;
        Listens = listens;
    }

    public IPEndPoint Listens { get; }

    public static async Task<ImpostorNode> StartAsync(IPEndPoint listen, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest("CN=failover-join", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listen, options =>
        {
            options.Protocols = HttpProtocols.Http2;
            options.UseHttps(own);
        }));
        var app = builder.Build();
        app.MapGrpcService<Endpoint>();
        await app.StartAsync(ct);
        return new ImpostorNode(app, own, listen);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _own.Dispose();
    }

    private sealed class Endpoint : JoinService.JoinServiceBase
    {
        public override Task<IntroduceResponse> Introduce(IntroduceRequest request, ServerCallContext context) => Task.FromResult(new IntroduceResponse
        {
            Nonce = ByteString.CopyFrom(new byte[JoinProof.NonceBytes]),
            // The best that it has: what it was sent.
            Proof = request.Proof,
        });
    }
}
