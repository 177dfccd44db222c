using System.Collections.Concurrent;
using Failover.Agents;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Failover.Agent.Hosting;

/// <summary>
/// Starts the agent before the first connection is accepted, so that no order meets a node that has not gone to its safe side, and stops it
/// before the last one is closed, so that a handoff in its commit phase still hears its peer.
/// </summary>
internal sealed partial class AgentLifetime(HandoffAgent agent, TimeProvider time, ILogger<AgentLifetime> logger)
    : IHostedLifecycleService, IHealthCheck, IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentBag<ITimer> _goodbyes = [];
    private volatile bool _ready;

    /// <summary>Cancelled when the calls that go on for ever are to end.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Until the caller hangs up or the agent closes.</summary>
    public CancellationTokenSource UntilClosing(CancellationToken caller) => CancellationTokenSource.CreateLinkedTokenSource(caller, Closing);

    /// <summary>
    /// Cuts a connection on which the agent has nothing more to say: Kestrel would wait until the end of the shutdown for a caller that does not close
    /// its side of a stream.
    /// </summary>
    public void SayGoodbye(IConnectionLifetimeFeature? connection)
    {
        if (Closing.IsCancellationRequested && connection is not null)
        {
            _goodbyes.Add(time.CreateTimer(_ => connection.Abort(), null, Goodbye, Timeout.InfiniteTimeSpan));
        }
    }

    /// <exception cref="OrderRefusedException">The state file cannot be relied on: the agent does not start.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await agent.StartAsync(cancellationToken);
        _ready = true;
        LogReady(agent.Node);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _ready = false;
        LogStopping(agent.Node);
        await agent.StopAsync(cancellationToken);
        await _closing.CancelAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Serving from when the node is safe until the agent stops. Says nothing about the validator.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());

    public void Dispose()
    {
        foreach (var goodbye in _goodbyes)
        {
            goodbye.Dispose();
        }
        _closing.Dispose();
    }

    [LoggerMessage(3201, LogLevel.Information, "The agent of {Node} is ready for orders")]
    private partial void LogReady(string node);

    [LoggerMessage(3202, LogLevel.Information, "The agent of {Node} stops; a handoff in its commit phase is finished first")]
    private partial void LogStopping(string node);
}
