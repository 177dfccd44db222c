using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests.Faults;

/// <summary>The world that the tests of a class share, one after the other: to build one takes longer than most faults. After a failure the next test gets a new one.</summary>
public sealed class SharedWorld(Engine engine) : IAsyncDisposable
{
    public FaultWorld? World { get; private set; }

    public async Task<FaultWorld> GetAsync(WorldOptions options, CancellationToken ct) => World ??= await FaultWorld.StartAsync(engine, options, ct);

    public async ValueTask DisposeAsync()
    {
        if (World is { } world)
        {
            World = null;
            await world.DisposeAsync();
        }
    }
}

/// <summary>A test that disturbs a handoff.</summary>
public abstract class FaultTest(SharedWorld shared) : IClassFixture<SharedWorld>, IAsyncLifetime
{
    /// <summary>For each test, in milliseconds: many times what it takes, for a machine that has other things to do.</summary>
    protected const int Limit = 240_000;

    protected const string Unchanged = "unchanged";
    protected const string WentBack = "went back";
    protected const string Completed = "completed";

    private static readonly TimeSpan LogsLimit = TimeSpan.FromSeconds(20);

    protected virtual WorldOptions Options => new() { Slot = TimeSpan.FromMilliseconds(100) };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    protected Task<FaultWorld> WorldAsync(CancellationToken ct) => shared.GetAsync(Options, ct);

    /// <summary>The next test gets a new world.</summary>
    protected ValueTask LeaveWorldAsync() => shared.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (shared.World is { } world && TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            using var limit = new CancellationTokenSource(LogsLimit, TimeProvider.System);
            try
            {
                TestContext.Current.TestOutputHelper?.WriteLine(await world.LogsAsync(limit.Token));
            }
            finally
            {
                await shared.DisposeAsync();
            }
        }
    }

    /// <summary>The endings that a test may have, as its data says them.</summary>
    protected static void AssertEnding(string expected, string ending)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"ending: {ending}");
        Assert.Contains(ending, expected.Split(" or "));
    }
}
