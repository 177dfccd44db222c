using Failover.ContainerTests.Images;

namespace Failover.ContainerTests.Worlds;

/// <summary>A test in a world of its own, which shows the containers' logs when it fails.</summary>
public abstract class ContainerTest(Engine engine) : IAsyncLifetime
{
    /// <summary>For each test, in milliseconds: many times what it takes, for a machine that has other things to do.</summary>
    protected const int Limit = 240_000;

    private static readonly TimeSpan LogsLimit = TimeSpan.FromSeconds(20);

    private ContainerWorld? _world;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    protected Task<ContainerWorld> StartAsync(CancellationToken ct) => StartAsync(new(), ct);

    protected async Task<ContainerWorld> StartAsync(WorldOptions options, CancellationToken ct)
    {
        _world = new ContainerWorld(engine, options);
        await _world.StartAsync(ct);
        return _world;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_world is null)
        {
            return;
        }
        try
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                using var limit = new CancellationTokenSource(LogsLimit, TimeProvider.System);
                TestContext.Current.TestOutputHelper?.WriteLine(await _world.LogsAsync(limit.Token));
            }
        }
        finally
        {
            await _world.DisposeAsync();
        }
    }
}
