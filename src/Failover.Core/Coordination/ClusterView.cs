using Failover.Agents;
using Failover.Identities;

namespace Failover.Coordination;

/// <summary>All nodes as they answered at one moment, in the order of the configuration.</summary>
public sealed class ClusterView(IReadOnlyList<NodeReading> nodes)
{
    public IReadOnlyList<NodeReading> Nodes { get; } = nodes;

    /// <summary>The nodes that answered.</summary>
    public IEnumerable<NodeFacts> Answered => Nodes.Select(node => node.Facts).OfType<NodeFacts>();

    /// <summary>The nodes whose agent did not answer, or not usably: nothing is known of them.</summary>
    public IEnumerable<NodeReading> Silent => Nodes.Where(node => node.Facts is null);

    /// <summary>The nodes whose validator says that it holds S. Configuration and promises play no part.</summary>
    public IReadOnlyList<NodeFacts> Active => [.. Answered.Where(facts => facts.Holds == HeldIdentity.Staked)];

    /// <summary>Null when no node has that name.</summary>
    public NodeReading? Find(string node) => Nodes.FirstOrDefault(reading => reading.Node == node);

    /// <summary>
    /// The node that a handoff would take S from: the one whose validator holds it; or, when none does and every node answers, the one that was
    /// promised S last, alone, and whose validator is stopped (its record is on its disk). Null with the obstacle when there is no such node.
    /// </summary>
    public (NodeFacts? Source, Obstacle? Obstacle) FindSource()
    {
        if (SeveralActive() is { } alarm)
        {
            return (null, alarm);
        }
        if (Active is [var active])
        {
            return (active, null);
        }
        if (Silent.ToList() is { Count: > 0 } silent)
        {
            return (null, new(ObstacleKind.Unreachable,
                $"It is not known which node is active: no validator that answers holds S, and {Names(silent.Select(node => node.Node))} cannot be reached.",
                silent[0].Failure?.Next ?? ""));
        }
        // Where two nodes claim it, the word of neither is worth a handoff.
        return Answered.Where(facts => facts.Promised == PromisedRole.Active).ToList() is [var only] && IsStoppedButActive(only) ? (only, null) : (null, NoActive());
    }

    /// <summary>Whether the node's last word is that it is active while its validator process is known to be stopped.</summary>
    public static bool IsStoppedButActive(NodeFacts facts) =>
        facts is { Promised: PromisedRole.Active, ProcessRunning: false, Holds: HeldIdentity.Unknown };

    /// <summary>Whether the node's validator runs, or may run, and does not say what it holds.</summary>
    public static bool IsHung(NodeFacts facts) => facts.Holds == HeldIdentity.Unknown && facts.ProcessRunning != false;

    /// <summary>The alarm when two validators hold the same identity, or the mismatch when they hold different ones; null otherwise.</summary>
    public Obstacle? SeveralActive()
    {
        if (Active is not { Count: > 1 } active)
        {
            return null;
        }
        var names = Names(active.Select(facts => facts.Node));
        if (active.Select(facts => facts.RunningIdentity).Distinct().Count() == active.Count)
        {
            return new(ObstacleKind.NodesDiffer,
                $"{names} are active with different identities ({string.Join(", ", active.Select(facts => $"{facts.Node} {facts.RunningIdentity}"))}): they are no pair.",
                "give every node of this configuration the same staked keypair");
        }
        return new(ObstacleKind.SeveralActive,
            $"{names} both hold S now: two validators may be voting with it. Look which of them votes (`failover status`, last vote and record), " +
            "and take S from the other one at once.",
            $"failover node set-identity {active[^1].Node} unstaked   # or {string.Join(" or ", active.SkipLast(1).Select(facts => facts.Node))}: the one that does not vote");
    }

    private Obstacle NoActive()
    {
        var hung = Answered.Where(IsHung).Select(facts => facts.Node).ToList();
        if (hung.Count > 0)
        {
            return new(ObstacleKind.NoActiveNode,
                $"No validator says that it holds S, and that of {Names(hung)} runs without saying what it holds. It may be voting.",
                $"make the validator of {hung[0]} answer, or stop it for certain; then failover status");
        }
        // Whoever was promised S may take it by its own word; otherwise the newest record is the only hint, and a person must vouch for it.
        if (Answered.Where(facts => facts.Promised == PromisedRole.Active).MaxBy(NewestVote) is { } promised)
        {
            return new(ObstacleKind.NoActiveNode,
                $"No validator holds S: nobody votes. {promised.Node}'s last word is that it is the active one.",
                promised.ProcessRunning == false ? $"start the validator of {promised.Node}" : $"failover node set-identity {promised.Node} staked");
        }
        var newest = Answered.MaxBy(NewestVote);
        return new(ObstacleKind.NoActiveNode,
            "No validator holds S: nobody votes, and no node's last word is that it is the active one." +
            (newest is not null && NewestVote(newest) > 0 ? $" {newest.Node} has the newest record (slot {NewestVote(newest)})." : ""),
            $"failover node set-identity {newest?.Node ?? "NODE"} staked --override-reason \"...\"   # after making certain that nobody else can vote");
    }

    private static ulong NewestVote(NodeFacts facts) => facts.Records.Max(record => record.LastVotedSlot) ?? 0;

    internal static string Names(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}";
    }
}
