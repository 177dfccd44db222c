using Failover.Agent.Configuration;
using Failover.Agent.Endpoints;
using Failover.Agent.Examining;
using Failover.Agent.Faults;
using Failover.Agent.Hosting;
using Failover.Agent.Security;
using Failover.Agents;
using Failover.Clocks;
using Failover.Handoff;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;

namespace Failover.Agent;

/// <summary>All the wiring of the agent, top to bottom.</summary>
public static partial class AgentHost
{
    /// <summary>Makes the agent ready to run; nothing is listened on and nothing of the validator is touched yet.</summary>
    /// <param name="clock">Must count suspend for permits; <see cref="BoottimeClock"/> unless a test gives its own.</param>
    /// <param name="parts">The machine; this one unless a test gives its own.</param>
    /// <param name="logging">Where the log goes; the console unless a test gives its own.</param>
    /// <param name="faults">Where a test may stop the agent; nowhere when null.</param>
    /// <exception cref="TlsFilesException">The certificates cannot be used.</exception>
    public static WebApplication Build(
        AgentConfig config, TimeProvider? clock = null, Func<TimeProvider, ILoggerFactory, MachineParts>? parts = null,
        Action<ILoggingBuilder>? logging = null, FaultPoints? faults = null)
    {
        // The agent's own file is the only one: no settings of the framework from a folder that happens to be current, or from the environment. Nor does it watch for
        // changes of the former: an inotify instance is scarce, and sealing needs some.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Logging.ClearProviders();
        (logging ?? AddConsole)(builder.Logging);
        builder.Services.AddSystemd();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit(config.Node.Timings));

        // Who we are and whom we trust.
        var services = builder.Services;
        services.AddSingleton(config);
        services.AddSingleton(clock ?? new BoottimeClock());
        services.AddSingleton(provider => new ClusterTrust(
            config.Tls, provider.GetRequiredService<TimeProvider>(), problem => LogNotReloaded(LoggerOf(provider), problem)));

        // The agent and what it touches.
        services.AddSingleton(provider =>
        {
            var machine = (parts ?? ((time, loggers) => MachineParts.OfThisMachine(config, time, loggers)))(
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>());
            return faults?.Around(machine, config.Node) ?? machine;
        });
        services.AddSingleton<IPeers>(provider =>
        {
            var peers = new Peers(config.Peers, provider.GetRequiredService<ClusterTrust>(), new CallLimits(), provider.GetRequiredService<TimeProvider>());
            return faults?.Around(peers) ?? peers;
        });
        if (faults is not null)
        {
            services.AddSingleton(faults);
        }
        services.AddSingleton(provider =>
        {
            var machine = provider.GetRequiredService<MachineParts>();
            return new HandoffAgent(
                config.Node, machine.Disk, machine.Validator, machine.Rpc, machine.Process, provider.GetRequiredService<IPeers>(),
                machine.Hooks, provider.GetRequiredService<TimeProvider>(), machine.BootId, provider.GetRequiredService<ILoggerFactory>());
        });
        services.AddSingleton(provider =>
        {
            var machine = provider.GetRequiredService<MachineParts>();
            return new Examiner(config, machine.Disk, machine.Process, provider.GetRequiredService<TimeProvider>(), running: true);
        });
        services.AddSingleton<AgentLifetime>();
        services.AddHostedService(provider => provider.GetRequiredService<AgentLifetime>());

        // The way in.
        services.AddGrpc(options =>
        {
            options.Interceptors.Add<Gate>(); // first, so that nothing happens for a caller who may not call
            options.Interceptors.Add<Failures>();
            options.MaxReceiveMessageSize = 64 * 1024;
            options.MaxSendMessageSize = Limits.MessageBytes;
            options.EnableDetailedErrors = false;
        }).AddServiceOptions<PeerEndpoint>(options => options.MaxReceiveMessageSize = Limits.MessageBytes);
        services.AddSingleton<Gate>();
        services.AddSingleton<Failures>();
        services.AddGrpcHealthChecks().AddCheck<AgentLifetime>("agent");
        builder.WebHost.ConfigureKestrel(kestrel => Listener.Configure(
            kestrel, config, kestrel.ApplicationServices.GetRequiredService<ClusterTrust>(), LoggerOf(kestrel.ApplicationServices)));

        var app = builder.Build();
        app.MapGrpcService<AgentEndpoint>();
        app.MapGrpcService<HandoffEndpoint>();
        app.MapGrpcService<PeerEndpoint>();
        app.MapGrpcHealthChecksService();
        if (faults is not null)
        {
            LogFaultPoints(LoggerOf(app.Services), FaultPoints.Variable, faults.Folder);
        }
        return app;
    }

    /// <summary>A commit that has begun may take so long to its ending; a service manager must wait a little longer before it kills.</summary>
    public static TimeSpan StopLimit(HandoffTimings timings) =>
        timings.VoteWait + timings.SealLimit + timings.PermitLife + (2 * timings.PromotionLimit) + TimeSpan.FromSeconds(15);

    private static void AddConsole(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None); // "not serving" while stopping is no error
        logging.AddFilter("Grpc", LogLevel.Warning);
    }

    private static ILogger LoggerOf(IServiceProvider provider) =>
        provider.GetRequiredService<ILoggerFactory>().CreateLogger("Failover.Agent.Connections");

    [LoggerMessage(3302, LogLevel.Error, "The changed certificate files cannot be used, the old ones stay in force: {Problem}")]
    private static partial void LogNotReloaded(ILogger logger, string problem);

    [LoggerMessage(3303, LogLevel.Warning, "{Variable} is set, which is for tests only: this agent stops, in the middle of a handoff, where a file in {Folder} says so")]
    private static partial void LogFaultPoints(ILogger logger, string variable, string folder);
}
