using Failover.Agents;
using Failover.Cluster;
using Failover.Coordination;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Decisions;

internal static class AdviceDecisions
{
    private const string Page = "advice";

    private static readonly Given<Func<string, NodeFacts?>> London = new("london", NodeWords());
    private static readonly Given<Func<string, NodeFacts?>> Tokyo = new("tokyo", NodeWords());

    private static readonly Given<Func<string, NodeFacts?>> SourceSays = new("london, the source, says",
        Word("nothing of it", null),
        Silence,
        Word("prepared", Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown)),
        Word("demoting", Samples.Outcome(HandoffPhase.Demoting, HandoffEnding.Unknown)),
        Word("handed over", Samples.Outcome(HandoffPhase.HandedOver, HandoffEnding.Unknown)),
        Word("a person is needed", Samples.Outcome(HandoffPhase.HandedOver, HandoffEnding.NeedsOperator, "", "bring tokyo's agent back, then: failover resume")),
        Word("reclaiming", Samples.Outcome(HandoffPhase.Reclaiming, HandoffEnding.Unknown)),
        Word("ended, unchanged", Samples.Outcome(HandoffPhase.Ended, HandoffEnding.Unchanged)),
        Word("ended, went back", Samples.Outcome(HandoffPhase.Ended, HandoffEnding.WentBack)),
        Word("ended, completed", Samples.Outcome(HandoffPhase.Ended, HandoffEnding.Completed)));

    private static readonly Given<Func<string, NodeFacts?>> TargetSays = new("tokyo, the target, says",
        Word("nothing of it", null),
        Silence,
        Word("prepared", Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown)),
        Word("promoting", Samples.Outcome(HandoffPhase.Promoting, HandoffEnding.Unknown)),
        Word("active", Samples.Outcome(HandoffPhase.Active, HandoffEnding.Completed)),
        Word("refused for good", Samples.Outcome(HandoffPhase.Refused, HandoffEnding.Unchanged)));

    private static readonly Given<Func<string, NodeFacts?>> TargetShows = new("tokyo, the target",
        Silence,
        ("answers; its validator is stopped", node => Samples.Standby(node) with { ProcessRunning = false, Holds = HeldIdentity.Unknown }),
        ("answers; its validator runs with U", Samples.Standby),
        ("answers; its validator runs with S", Samples.Active),
        ("answers; its validator runs and does not say what it holds", node => Samples.Standby(node) with { Holds = HeldIdentity.Unknown }),
        ("answers; it cannot see whether its validator runs", node => Samples.Standby(node) with { ProcessRunning = null, Holds = HeldIdentity.Unknown }));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "How two nodes stand", [London, Tokyo], ["verdict", "next command", "failover handoff --to tokyo"], Judge),
        new(Page, "Whether a handoff has ended", [SourceSays, TargetSays], ["it", "next command", "ending told"], Ended),
        new(Page, "An operator vouches that the target is fenced", [TargetShows], ["the source"], row => [
            HandoffReports.Contradiction(View(Samples.Active("london"), row.Of(TargetShows)("tokyo")), Samples.Order(), new OperatorAssertion(true, "it has no power")) is null
                ? "is told so" : "is not told: the node itself shows otherwise"]),
    ];

    private static string[] Judge(Case row)
    {
        var view = View(row.Of(London)("london"), row.Of(Tokyo)("tokyo"));
        var verdict = Verdict.Of(view);
        var plan = HandoffPlanner.Plan(view, "tokyo", Samples.Id);
        return [Words(verdict.Kind), Code(verdict.Next), plan.Obstacle is { } obstacle ? Words(obstacle.Kind) : $"planned, from {plan.Plan!.Source.Node}"];
    }

    private static string[] Ended(Case row)
    {
        var view = View(row.Of(SourceSays)("london"), row.Of(TargetSays)("tokyo"));
        return UnfinishedHandoff.Find(view) is { } unfinished
            ? ["is open", Code(unfinished.Describe().Next), Ending(view)]
            : ["is not open", "–", Ending(view)];
    }

    private static string Ending(ClusterView view) => HandoffStanding.Of(Samples.Order(), view)?.Ending switch
    {
        null => "nobody knows of it",
        HandoffEnding.Unknown => "none yet",
        HandoffEnding.WentBack => "went back",
        HandoffEnding.NeedsOperator => "needs operator",
        var ending => $"{ending}".ToLowerInvariant(),
    };

    private static (string, Func<string, NodeFacts?>)[] NodeWords() =>
    [
        ("active", Samples.Active),
        ("ready standby", Samples.Standby),
        ("standby, not healthy", node => Samples.Standby(node) with { Health = new NodeHealth(false, 99, "behind by 99 slots") }),
        ("runs with U, active by its last word", node => Samples.Standby(node) with { Promised = PromisedRole.Active }),
        ("stopped, active by its last word", PlanTests.Stopped),
        ("stopped standby", node => Samples.Standby(node) with { ProcessRunning = false, Holds = HeldIdentity.Unknown, RunningIdentity = null }),
        ("does not say what it holds", node => Samples.Standby(node) with { Holds = HeldIdentity.Unknown, RunningIdentity = null }),
        Silence,
    ];

    private static (string, Func<string, NodeFacts?>) Silence => ("cannot be asked", _ => null);

    private static (string, Func<string, NodeFacts?>) Word(string word, HandoffOutcome? outcome) =>
        (word, node => (node == "london" ? Samples.Active(node) : Samples.Standby(node)) with { LastHandoff = outcome });

    private static ClusterView View(NodeFacts? london, NodeFacts? tokyo) => new([Reading("london", london), Reading("tokyo", tokyo)]);

    private static NodeReading Reading(string node, NodeFacts? facts) => new(
        node, facts, facts is null ? new(ObstacleKind.Unreachable, $"{node} cannot be reached.", $"on {node}: systemctl status failover-agent") : null, TimeSpan.Zero);

    private static string Words(VerdictKind kind) => kind switch
    {
        VerdictKind.NotKnown => "not known who is active",
        VerdictKind.NobodyActive => "nobody votes",
        VerdictKind.SeveralActive => "ALARM: both hold S",
        _ => $"{kind}".ToLowerInvariant(),
    };

    private static string Words(ObstacleKind kind) => kind switch
    {
        ObstacleKind.NothingToDo => "no: nothing to do",
        ObstacleKind.NoActiveNode => "no: no node is active",
        ObstacleKind.SeveralActive => "no: both hold S",
        ObstacleKind.Unreachable => "no: a node cannot be asked",
        _ => $"no: {kind}",
    };

    private static string Code(string command) => command.Length == 0 ? "–" : $"`{command}`";
}
