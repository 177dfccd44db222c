namespace Failover.ContainerTests.Worlds;

/// <summary>What kind of world to build.</summary>
public sealed record WorldOptions
{
    /// <summary>The real cluster's slot time is 400 ms.</summary>
    public TimeSpan Slot { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>One of so many groups of four slots is led by S; 0: none.</summary>
    public int LeaderEvery { get; init; }

    /// <summary>
    /// Everything between the operator and the agents, and between the agents, goes through the fault proxy; the agents have fault points; and whatever ends by itself on a
    /// node is started again.
    /// </summary>
    public bool Faults { get; init; }

    /// <summary>Folders of both nodes that are small file systems of their own, in memory.</summary>
    public IReadOnlyList<string> SmallDisks { get; init; } = [];
}
