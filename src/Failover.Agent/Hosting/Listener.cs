using Failover.Agent.Configuration;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Failover.Agent.Hosting;

/// <summary>The one endpoint that the agent listens on, and its bounds: HTTP/2 over TLS 1.3, with a client certificate of our CA.</summary>
internal static partial class Listener
{
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(10);

    public static void Configure(KestrelServerOptions kestrel, AgentConfig config, ClusterTrust trust, ILogger logger)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // A few machines, one connection each.
        limits.MaxConcurrentConnections = 100;
        limits.MaxRequestBodySize = Limits.MessageBytes + 1024;
        limits.MaxRequestHeaderCount = 50;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
        limits.Http2.MaxStreamsPerConnection = 32;
        limits.Http2.MaxRequestHeaderFieldSize = 8 * 1024;
        // A vote history of 16 MiB in few round trips.
        limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        limits.Http2.InitialConnectionWindowSize = 2 * 1024 * 1024;
        // The other side of a dead connection is told apart from a silent one.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(5);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
        kestrel.Listen(config.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = Handshake,
                OnConnection = context => ValueTask.FromResult(trust.ServerOptions(
                    refused => LogNotTrusted(logger, context.Connection.RemoteEndPoint?.ToString() ?? "unknown", refused))),
            });
        });
    }

    [LoggerMessage(3301, LogLevel.Warning, "Refused a connection from {Peer}: {Reason}")]
    private static partial void LogNotTrusted(ILogger logger, string peer, string reason);
}
