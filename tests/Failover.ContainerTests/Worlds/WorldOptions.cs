namespace Failover.ContainerTests.Worlds;

/// <summary>What kind of world to build.</summary>
public sealed record WorldOptions
{
    /// <summary>The real cluster's slot time is 400 ms.</summary>
    public TimeSpan Slot { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>One of so many groups of four slots is led by S; 0: none.</summary>
    public int LeaderEvery { get; init; }
}
