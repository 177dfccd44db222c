using Failover.Agent.Configuration;
using Failover.Agent.Endpoints;
using Failover.Agent.Hosting;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Wire = Failover.V1;

namespace Failover.Tests.Testing;

/// <summary>The agent's listener and its translation of failures, with a test behind it instead of the agent.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TestPki _pki = new();
    private readonly WebApplication _app;

    private ScriptedServer()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(Script);
        builder.Services.AddSingleton<Failures>();
        builder.Services.AddGrpc(options =>
        {
            options.Interceptors.Add<Failures>();
            options.MaxReceiveMessageSize = Limits.MessageBytes;
            options.MaxSendMessageSize = null;
        });
        var trust = _pki.Trust(CertificateRole.Peer, "london");
        var config = new AgentConfig(null!, new(System.Net.IPAddress.Loopback, 0), null!, null!, []);
        builder.WebHost.ConfigureKestrel(kestrel => Listener.Configure(kestrel, config, trust, NullLogger.Instance));
        _app = builder.Build();
        _app.MapGrpcService<Agent>();
        _app.MapGrpcService<Handoff>();
        _app.MapGrpcService<Peer>();
    }

    public Script Script { get; } = new();

    public static async Task<ScriptedServer> StartAsync()
    {
        var server = new ScriptedServer();
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public RemoteAgent Client(CallLimits? limits = null, TimeProvider? time = null) => new(
        new NodeAddress("london", new Uri(_app.Urls.Single())), _pki.Trust(CertificateRole.Coordinator, "ops"), limits ?? TestLimits.Patient,
        time ?? TimeProvider.System);

    public RemotePeer PeerClient(CallLimits? limits = null, TimeProvider? time = null) => new(
        new NodeAddress("london", new Uri(_app.Urls.Single())), _pki.Trust(CertificateRole.Peer, "frankfurt"), limits ?? TestLimits.Patient,
        time ?? TimeProvider.System);

    public Task StopAsync() => _app.StopAsync(new CancellationToken(true));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _pki.Dispose();
    }

    private sealed class Agent(Script script) : Wire.AgentService.AgentServiceBase
    {
        public override Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context) => script.Status(context);
    }

    private sealed class Handoff(Script script) : Wire.HandoffService.HandoffServiceBase
    {
        public override Task<Wire.CommitResponse> Commit(Wire.CommitRequest request, ServerCallContext context) => script.Commit(context);

        public override Task Follow(Wire.FollowRequest request, IServerStreamWriter<Wire.FollowResponse> responseStream, ServerCallContext context) =>
            script.Follow(request, responseStream, context);
    }

    private sealed class Peer(Script script) : Wire.PeerService.PeerServiceBase
    {
        public override async Task OpenHandoff(
            IAsyncStreamReader<Wire.OpenHandoffRequest> requestStream, IServerStreamWriter<Wire.OpenHandoffResponse> responseStream,
            ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync(ServerPeerLink.Accepted);
            await using var link = new ServerPeerLink("frankfurt", requestStream, responseStream);
            try
            {
                await script.Link(link, context);
            }
            finally
            {
                script.Fault = link.Fault;
            }
        }

        public override async Task<Wire.KeepAsideResponse> KeepAside(IAsyncStreamReader<Wire.KeepAsideRequest> requestStream, ServerCallContext context) =>
            await script.KeepAside(requestStream);
    }
}

/// <summary>What the server does.</summary>
internal sealed class Script
{
    public Func<ServerCallContext, Task<Wire.GetStatusResponse>> Status { get; set; } = _ => throw new NotSupportedException();

    public Func<ServerCallContext, Task<Wire.CommitResponse>> Commit { get; set; } = _ => throw new NotSupportedException();

    public Func<Wire.FollowRequest, IServerStreamWriter<Wire.FollowResponse>, ServerCallContext, Task> Follow { get; set; } =
        (_, _, _) => throw new NotSupportedException();

    public Func<ServerPeerLink, ServerCallContext, Task> Link { get; set; } = (_, _) => throw new NotSupportedException();

    public Func<IAsyncStreamReader<Wire.KeepAsideRequest>, Task<Wire.KeepAsideResponse>> KeepAside { get; set; } = _ => throw new NotSupportedException();

    public RpcException? Fault { get; set; }
}
