using Failover.Agents;
using Failover.Identities;

namespace Failover.Coordination;

/// <summary>How the nodes stand, worst last.</summary>
public enum VerdictKind
{
    Unknown = 0,

    /// <summary>One is active, every other one is a ready standby.</summary>
    Good = 1,

    /// <summary>One is active, and something else is not as it should be.</summary>
    Degraded = 2,

    /// <summary>No validator that answers holds S, and not every one answers.</summary>
    NotKnown = 3,

    /// <summary>Nobody votes.</summary>
    NobodyActive = 4,

    /// <summary>Two validators hold S.</summary>
    SeveralActive = 5,
}

/// <summary>How all nodes stand together, for one glance.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="Shortcomings">What keeps it from being good, one sentence each, node first.</param>
/// <param name="Next">The command that leads on; empty when nothing is to be done.</param>
public sealed record Verdict(VerdictKind Kind, string Text, IReadOnlyList<string> Shortcomings, string Next)
{
    /// <summary>A pure reading of the view. Who is active is what the validators say.</summary>
    public static Verdict Of(ClusterView view)
    {
        if (view.SeveralActive() is { } alarm)
        {
            var names = ClusterView.Names(view.Active.Select(facts => facts.Node));
            return new(VerdictKind.SeveralActive,
                alarm.Kind == ObstacleKind.SeveralActive ? $"ALARM: {names} both hold S" : $"{names} are active with different identities",
                [alarm.Text], alarm.Next);
        }
        var unfinished = UnfinishedHandoff.Find(view)?.Describe();
        List<string> shortcomings =
        [
            .. unfinished is null ? [] : new[] { unfinished.Text },
            .. view.Silent.Select(node => node.Failure!.Text),
            .. view.Answered.SelectMany(facts => ShortcomingsOf(facts).Select(text => $"{facts.Node}: {text}")),
        ];
        if (view.Active is not [var active])
        {
            var (source, obstacle) = view.FindSource();
            return source is not null
                ? new(VerdictKind.NobodyActive, $"nobody votes: {source.Node} is the active one, but its validator is stopped", shortcomings,
                    unfinished?.Next ?? StoppedNext(view, source))
                : new(obstacle!.Kind == ObstacleKind.Unreachable ? VerdictKind.NotKnown : VerdictKind.NobodyActive,
                    obstacle.Kind == ObstacleKind.Unreachable ? $"it is not known who is active: {Roles(view)}" : $"no node is active: {Roles(view)}",
                    [.. shortcomings.Prepend(obstacle.Text)], unfinished?.Next ?? obstacle.Next);
        }
        var good = shortcomings.Count == 0;
        var next = unfinished?.Next ?? (active.VotingEnabled == false && !active.VotersOwed ? $"failover node set-identity {active.Node} staked   # gives its voters back" : null)
            ?? view.Silent.FirstOrDefault()?.Failure?.Next ?? "";
        return new(good ? VerdictKind.Good : VerdictKind.Degraded, $"{active.Node} is active{Others(view, active)}", shortcomings, next);
    }

    /// <summary>What is not as it should be on one node, for its role.</summary>
    public static IReadOnlyList<string> ShortcomingsOf(NodeFacts facts)
    {
        var active = facts.Holds == HeldIdentity.Staked;
        List<string> found = [];
        void Add(bool wrong, string text)
        {
            if (wrong)
            {
                found.Add(text);
            }
        }
        Add(facts.ProcessRunning == false, "its validator is stopped.");
        Add(ClusterView.IsHung(facts), "its validator does not say that it holds one of the node's identities.");
        Add(facts.Started == false, $"its validator is still starting up ({facts.StartProgress}).");
        Add(facts.Health is { Healthy: false }, $"its validator says that it is not healthy: {facts.Health?.Words}.");
        Add(active && facts.LinkPointsTo != HeldIdentity.Staked, $"restarted, its validator would not come up with S (the link points to {Word(facts.LinkPointsTo)}).");
        Add(!active && facts.LinkPointsTo == HeldIdentity.Staked && !ClusterView.IsStoppedButActive(facts), "restarted, its validator would come up with S.");
        Add(facts is { Holds: HeldIdentity.Unstaked, Promised: PromisedRole.Active }, "its last word is that it is the active one, and its validator runs with U.");
        Add(active && facts.VotingEnabled == false, "its authorized-voter list is empty: it does not vote.");
        Add(active && facts.VoteAccountOnChain is { Delinquent: true }, "the cluster calls its vote account delinquent.");
        Add(facts.VotersOwed, "its voters were taken and are still to be given back.");
        found.AddRange(facts.Problems);
        return found;
    }

    private static string StoppedNext(ClusterView view, NodeFacts source)
    {
        if (view.Answered.FirstOrDefault(ClusterView.IsHung) is { } hung)
        {
            // It may be voting.
            return $"make the validator of {hung.Node} answer, or stop it for certain; then start the validator of {source.Node}";
        }
        var standby = view.Answered.FirstOrDefault(facts => facts != source && facts.Holds == HeldIdentity.Unstaked);
        return standby is null ? $"start the validator of {source.Node}" : $"start the validator of {source.Node}, or: failover handoff --to {standby.Node} --now";
    }

    private static string Others(ClusterView view, NodeFacts active) =>
        string.Concat(view.Nodes.Where(node => node.Node != active.Node).Select(node => $", {RoleOf(node)}"));

    private static string Roles(ClusterView view) => string.Join(", ", view.Nodes.Select(RoleOf));

    private static string RoleOf(NodeReading node) => node.Facts switch
    {
        null => $"{node.Node} cannot be reached",
        { Holds: HeldIdentity.Unstaked } facts when ShortcomingsOf(facts).Count == 0 => $"{node.Node} is a ready standby",
        { Holds: HeldIdentity.Unstaked } => $"{node.Node} is a standby that is not ready",
        { ProcessRunning: false } => $"{node.Node}'s validator is stopped",
        _ => $"{node.Node} does not say what it holds",
    };

    private static string Word(HeldIdentity held) => held switch
    {
        HeldIdentity.Staked => "S",
        HeldIdentity.Unstaked => "U",
        _ => "neither S nor U",
    };
}
