using Microsoft.Extensions.Logging;

namespace Failover.Simulation;

/// <summary>Traces what agents log, and takes note of what their authors did not foresee.</summary>
internal sealed class SimulatedLogs(string node, Action<string> trace, Action<Exception> fail) : ILoggerFactory, ILogger
{
    // HandoffAgent's "failed in a way that nobody foresaw".
    private const int BackgroundFailed = 2002;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // Everything goes to the trace.
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (PumpContext.Current is { Dead: true })
        {
            return;
        }
        trace($"{node} [{logLevel}] {formatter(state, exception)}");
        if (eventId.Id == BackgroundFailed)
        {
            fail(new InvariantBrokenException($"{node}: {formatter(state, exception)} {exception}"));
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
