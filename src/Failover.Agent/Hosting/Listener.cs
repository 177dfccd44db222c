using System.Net;
using System.Threading.RateLimiting;
using Failover.Agent.Configuration;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Failover.Agent.Hosting;

/// <summary>The one endpoint that the agent listens on, and its bounds: HTTP/2 over TLS 1.3, with a client certificate of our CA.</summary>
internal static partial class Listener
{
    /// <summary>Connections of one remote address that have not shown a certificate yet. They take a moment each, and a few machines may share an address.</summary>
    internal const int StrangersPerAddress = 10;

    /// <summary>Connections of one remote address with a certificate of our CA: each agent and each command that is typed has one.</summary>
    internal const int KnownPerAddress = 30;

    // Our own clients give up before.
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(5);

    public static void Configure(KestrelServerOptions kestrel, AgentConfig config, ClusterTrust trust, ILogger logger)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // The shares below are what protects; this is for the machine's sake, and far above what a few machines need.
        limits.MaxConcurrentConnections = 500;
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
        var strangers = new ConnectionShares(StrangersPerAddress);
        var known = new ConnectionShares(KnownPerAddress);
        kestrel.Listen(config.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            // In the order in which a connection passes: counted when it is accepted, and elsewhere once it has shown its certificate.
            listen.Use(next => connection => WithinShareAsync(strangers, StrangersPerAddress, connection, next, logger));
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = Handshake,
                OnConnection = context => ValueTask.FromResult(trust.ServerOptions(
                    refused => LogNotTrusted(logger, context.Connection.RemoteEndPoint?.ToString() ?? "unknown", refused))),
            });
            listen.Use(next => connection => WithinShareAsync(known, KnownPerAddress, connection, next, logger));
        });
    }

    /// <summary>Lets a connection on that its address still has a place for, and closes any other at once.</summary>
    private static async Task WithinShareAsync(ConnectionShares shares, int most, ConnectionContext connection, ConnectionDelegate next, ILogger logger)
    {
        var peer = connection.RemoteEndPoint;
        using var place = shares.Take((peer as IPEndPoint)?.Address ?? IPAddress.None);
        if (!place.IsAcquired)
        {
            if (shares.IsNews())
            {
                LogTooMany(logger, peer?.ToString() ?? "unknown", most);
            }
            connection.Abort();
            return;
        }
        // It is no stranger any more.
        connection.Features.Get<RateLimitLease>()?.Dispose();
        connection.Features.Set(place);
        await next(connection);
    }

    [LoggerMessage(3301, LogLevel.Warning, "Refused a connection from {Peer}: {Reason}")]
    private static partial void LogNotTrusted(ILogger logger, string peer, string reason);

    [LoggerMessage(3304, LogLevel.Warning, "Closed a connection from {Peer}: its address has {Most} already; told once a minute at most")]
    private static partial void LogTooMany(ILogger logger, string peer, int most);
}
