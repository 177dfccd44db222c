using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Joining;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Failover.Agent.Joining;

/// <summary>Waits where the agent will listen until a coordinator that has the code brings the certificate.</summary>
internal static class JoinListener
{
    private const string Subject = "CN=failover-join";

    /// <param name="key">The node's own, which the certificate will be for.</param>
    /// <param name="take">Writes down what was given.</param>
    /// <param name="told">Hears of callers with another code.</param>
    /// <exception cref="IOException">The address cannot be listened on, or what was given cannot be written.</exception>
    public static async Task<JoinedNode> WaitAsync(
        IPEndPoint listen, ECDsa key, JoinCode code, TimeProvider time, Action<JoinedNode> take, Action<string> told, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        using var own = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var endpoint = new JoinEndpoint(code, key.ExportSubjectPublicKeyInfo(), time, take, told);
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(endpoint);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 64 * 1024);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 20;
            kestrel.Limits.MaxRequestBodySize = 65 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
            kestrel.Listen(listen, options =>
            {
                options.Protocols = HttpProtocols.Http2;
                options.UseHttps(new TlsHandshakeCallbackOptions
                {
                    HandshakeTimeout = TimeSpan.FromSeconds(5),
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificate = own,
                        EnabledSslProtocols = SslProtocols.Tls13,
                        ApplicationProtocols = [SslApplicationProtocol.Http2],
                        AllowRenegotiation = false,
                    }),
                });
            });
        });
        await using var app = builder.Build();
        app.MapGrpcService<JoinEndpoint>();
        await app.StartAsync(ct);
        try
        {
            return await endpoint.Joined.WaitAsync(ct);
        }
        finally
        {
            // The answer is on its way.
            await app.StopAsync(CancellationToken.None);
        }
    }
}
