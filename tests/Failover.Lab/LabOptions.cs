namespace Failover.Lab;

/// <summary>What kind of world to build.</summary>
public sealed record LabOptions
{
    /// <summary>The real cluster's slot time is 400 ms.</summary>
    public TimeSpan Slot { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Which release line both validators imitate.</summary>
    public string Version { get; init; } = "4.2";

    /// <summary>Alpenglow is active: a vote history is kept besides the tower.</summary>
    public bool Alpenglow { get; init; }

    /// <summary>One of so many groups of four slots is led by S; 0: none.</summary>
    public int LeaderEvery { get; init; }

    /// <summary>Chance that a slot begins a minority fork.</summary>
    public double ForkRate { get; init; } = 0.02;

    public int Seed { get; init; } = 1;

    /// <summary>Lines that go into every agent's [handoff] section.</summary>
    public string AgentHandoffSettings { get; init; } = "";

    /// <summary>Further flags of each validator.</summary>
    public IReadOnlyList<string> ValidatorFlags { get; init; } = [];

    /// <summary>Names of the nodes; the first one starts as the active one.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = ["london", "tokyo"];

    /// <summary>Where the lab's files go; a fresh temporary folder, removed at the end, when null.</summary>
    public string? Folder { get; init; }
}
