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
/// <param name="Way">
/// The steps, as <c>role.step</c>, in the order in which they come. The point before a step is named besides only where something else can happen between it and the
/// step before.
/// </param>
internal sealed record Scenario(string Title, IReadOnlyList<string> Command, bool Refusing, string KilledAt, IReadOnlyList<string> Way)
{
    private static readonly string[] Go = ["--now", "--yes"];

    /// <summary>Together they come by every step that has fault points.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("A handoff", Go, false, "",
        [
            "target.prepared.before", "target.prepared", "target.give-voters-back", "source.prepared.before", "source.prepared", "source.demoting.before", "source.demoting",
            "source.relink-to-unstaked", "source.voter-fence", "source.set-identity-unstaked", "source.seal", "source.handed-over", "source.hand-over",
            "target.promoting.before", "target.promoting", "target.store-record", "target.set-identity-staked", "target.relink-to-staked", "target.active", "target.answer",
            "target.say-first-vote", "source.sync-record.before", "source.sync-record", "source.completed", "source.first-vote", "source.give-voters-back", "source.voters-returned",
        ]),
        new("A handoff whose target's validator refuses the identity", Go, true, "",
        [
            "target.refused.before", "target.refused", "target.answer", "source.reclaiming.before", "source.reclaiming", "source.give-voters-back", "source.set-identity-staked",
            "source.relink-to-staked", "source.went-back",
        ]),
        new("A dry run", ["--now", "--dry-run"], false, "", ["source.unchanged.before", "source.unchanged", "target.refused"]),
        new("A handoff whose source's agent was killed once it had handed over", Go, false, "source.handed-over.after", ["source.ask-target.before", "source.ask-target"]),
        new("A handoff whose target's agent was killed before it stored the record", Go, false, "target.promoting.after", ["target.voter-fence", "target.voters-returned"]),
    ];

    /// <summary>In the order in which they come.</summary>
    public IReadOnlyList<string> Points { get; } = [.. Way.SelectMany(PointsOf)];

    public IEnumerable<Cell> Cells => Points.SelectMany(point => VictimsAt(point).Select(victim => new Cell(this, point, victim)));

    private static IEnumerable<string> PointsOf(string place) => FaultPoint.All.Contains(place)
        ? [place]
        : FaultPoint.All.Where(point => point == $"{place}.{FaultPoint.During}" || point == $"{place}.{FaultPoint.After}");

    /// <summary>That a write is not yet durable makes a difference only to its writer, and only if what is not durable is lost.</summary>
    private static IEnumerable<Victim> VictimsAt(string point) => point.EndsWith($".{FaultPoint.During}", StringComparison.Ordinal)
        ? [Victim.StoppedAgentAndItsUnsyncedWrites]
        : Enum.GetValues<Victim>();
}

/// <summary>One kill.</summary>
internal sealed record Cell(Scenario Scenario, string Point, Victim Victim)
{
    public bool AtSource => Point.StartsWith(FaultPoint.Source, StringComparison.Ordinal);

    /// <summary>
    /// Whether the ending depends on who is faster: an agent that goes on against a service manager that starts the victim again, or a message that was sent against the kill
    /// of its sender. All others end in one way only.
    /// </summary>
    public bool IsRace => Point == "source.hand-over.after" || Victim switch
    {
        Victim.SourceAgent => !AtSource,
        Victim.TargetAgent => AtSource,
        Victim.SourceValidator or Victim.TargetValidator => true,
        _ => false,
    };

    public override string ToString() => $"{Scenario.Title}, {Victim} at {Point}";
}
