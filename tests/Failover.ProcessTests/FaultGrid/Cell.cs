using Failover.Agent.Faults;

namespace Failover.ProcessTests.FaultGrid;

/// <summary>Who is killed while the agent stands at the fault point.</summary>
internal enum Victim
{
    SourceAgent,
    TargetAgent,
    Coordinator,
    SourceValidator,
    TargetValidator,

    /// <summary>The very agent that stands at the point, and what it has not made durable is lost.</summary>
    StoppedAgentAndItsUnsyncedWrites,
}

/// <summary>A way for a handoff to go, and the fault points that lie on it.</summary>
/// <param name="Title">What is done, for the table.</param>
/// <param name="Command">What the operator types after the target's name.</param>
/// <param name="Refusing">Whether the target's validator refuses set-identity.</param>
/// <param name="KilledAt">Where the agent was killed once already; it comes to the points after its restart. Empty: it was not.</param>
/// <param name="Steps">The steps, as <c>role.step</c>.</param>
internal sealed record Scenario(string Title, IReadOnlyList<string> Command, bool Refusing, string KilledAt, IReadOnlyList<string> Steps)
{
    private static readonly string[] Go = ["--now", "--yes"];

    /// <summary>Together they come by every fault point there is.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("A handoff", Go, false, "",
        [
            "target.prepared", "target.give-voters-back", "source.prepared", "source.demoting", "source.relink-to-unstaked", "source.voter-fence", "source.set-identity-unstaked", "source.seal",
            "source.handed-over", "source.hand-over", "target.promoting", "target.store-record", "target.set-identity-staked", "target.relink-to-staked", "target.active",
            "target.answer", "target.say-first-vote", "source.sync-record", "source.completed", "source.first-vote", "source.give-voters-back", "source.voters-returned",
        ]),
        new("A handoff whose target's validator refuses the identity", Go, true, "",
        [
            "target.refused", "target.answer", "source.reclaiming", "source.give-voters-back", "source.set-identity-staked", "source.relink-to-staked", "source.went-back",
        ]),
        new("A dry run", ["--now", "--dry-run"], false, "", ["source.unchanged", "target.refused"]),
        new("A handoff whose source's agent was killed once it had handed over", Go, false, "source.handed-over.after", ["source.ask-target"]),
        new("A handoff whose target's agent was killed before it stored the record", Go, false, "target.promoting.after", ["target.voter-fence", "target.voters-returned"]),
    ];

    public IReadOnlyList<string> Points { get; } =
        [.. Steps.SelectMany(step => FaultPoint.All.Where(point => point.StartsWith($"{step}.", StringComparison.Ordinal)))];

    public IEnumerable<Cell> Cells => Points.SelectMany(point => VictimsAt(point).Select(victim => new Cell(this, point, victim)));

    /// <summary>In the middle of a write only the writer is killed: to everybody else it is as if it had not begun.</summary>
    private static IEnumerable<Victim> VictimsAt(string point) => Enum.GetValues<Victim>().Where(victim =>
        !point.EndsWith(FaultPoint.During, StringComparison.Ordinal)
        || victim == Victim.StoppedAgentAndItsUnsyncedWrites
        || victim == (point.StartsWith(FaultPoint.Source, StringComparison.Ordinal) ? Victim.SourceAgent : Victim.TargetAgent));
}

/// <summary>One kill.</summary>
internal sealed record Cell(Scenario Scenario, string Point, Victim Victim)
{
    public bool AtSource => Point.StartsWith(FaultPoint.Source, StringComparison.Ordinal);

    public override string ToString() => $"{Scenario.Title}, {Victim} at {Point}";
}
