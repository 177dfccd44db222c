using System.Globalization;
using Failover.Agents;
using Failover.Coordination;
using Failover.Identities;

namespace Failover.Examinations;

/// <summary>One node as it was examined, or why it was not. Exactly one of <paramref name="Examination"/> and <paramref name="Failure"/> is set.</summary>
/// <param name="Address">Where its agent is reached from here.</param>
/// <param name="AskedAt">By the clock of who asks.</param>
/// <param name="AnsweredAt">By the clock of who asks.</param>
public sealed record ExaminedNode(string Node, string Address, Examination? Examination, Obstacle? Failure, DateTimeOffset AskedAt, DateTimeOffset AnsweredAt);

/// <summary>The checks of one heading.</summary>
/// <param name="Node">Empty for the checks of all nodes together.</param>
public sealed record ExaminationSection(string Node, string Title, IReadOnlyList<PreflightCheck> Checks);

/// <summary>What all nodes show together: each for itself, then what takes two. Pure.</summary>
public static class ClusterExamination
{
    private static readonly TimeSpan ClocksApart = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<ExaminationSection> Of(IReadOnlyList<ExaminedNode> nodes, HandoffTimings timings)
    {
        List<ExaminationSection> sections = [.. nodes.Select(node => Node(node, nodes))];
        if (nodes.Count > 1)
        {
            sections.Add(new("", string.Join(" and ", nodes.Select(node => node.Node)), Together(nodes, timings)));
        }
        return sections;
    }

    private static ExaminationSection Node(ExaminedNode node, IReadOnlyList<ExaminedNode> nodes)
    {
        var checks = new CheckList();
        var answers = checks.Require("agent-answers", node.Examination is not null,
            node.Examination is { } seen ? $"{seen.Facts.AgentVersion.Split('+')[0]} at {node.Address}" : node.Failure!.Text, Remedies.RestartAgent(node.Node));
        if (node.Examination is not { } examination)
        {
            return new(node.Node, node.Node, checks.All);
        }
        var facts = examination.Facts;
        PreflightCheck[] certificate = [.. examination.Checks.Where(check => check.Name == "certificate-usable")];
        foreach (var check in examination.Checks)
        {
            checks.Add(check);
        }
        foreach (var peer in examination.Peers)
        {
            var known = nodes.FirstOrDefault(other => other.Node == peer.Name);
            var elsewhere = known is not null && known.Address != peer.Address && known.Examination is not null;
            // A peer that is down is told where it is examined itself.
            if (peer.Took is null && known is { Examination: null })
            {
                continue;
            }
            checks.Add(Peer(facts, peer, elsewhere ? known!.Address : null), certificate);
        }
        foreach (var other in nodes.Where(other => other.Node != node.Node && examination.Peers.All(peer => peer.Name != other.Node)))
        {
            checks.Require("peer-named", false, $"{other.Node} is no peer in its configuration", Remedies.AddPeer(facts, other.Node, other.Address), answers);
        }
        var role = facts.Holds switch { HeldIdentity.Staked => "active", HeldIdentity.Unstaked => "standby", _ => "role not known" };
        return new(node.Node, $"{node.Node}, {role}", checks.All);
    }

    /// <summary>Whether the other node's agent answers this one.</summary>
    /// <param name="correct">Where it does answer; null when that is not known, or the same.</param>
    public static PreflightCheck Peer(NodeFacts facts, PeerStanding peer, string? correct) => peer.Took is { } took
        ? new("peer-answers", CheckOutcome.Ok, string.Create(CultureInfo.InvariantCulture, $"{peer.Name} at {peer.Address}, {took.TotalMilliseconds:0} ms"), "")
        : new("peer-answers", CheckOutcome.Fails, $"{peer.Name} at {peer.Address}: {peer.Problem}", correct is null
            ? Remedies.RestartAgent(peer.Name) + $"; or correct its address in {facts.PathsToName.Config} on {facts.Node}"
            : Remedies.ChangeAddress(facts, peer.Address, correct));

    private static IReadOnlyList<PreflightCheck> Together(IReadOnlyList<ExaminedNode> nodes, HandoffTimings timings)
    {
        var checks = new CheckList();
        var seen = nodes.Where(node => node.Examination is not null).ToList();
        var silent = nodes.Where(node => node.Examination is null).Select(node => node.Node).ToList();
        var active = seen.Where(node => node.Examination!.Facts.Holds == HeldIdentity.Staked).ToList();
        var view = new ClusterView([.. nodes.Select(node => new NodeReading(node.Node, node.Examination?.Facts, node.Failure, TimeSpan.Zero))]);
        var all = new PreflightCheck("all-nodes-answer", silent.Count == 0 ? CheckOutcome.Ok : CheckOutcome.NotLookedAt,
            silent.Count == 0 ? $"{seen.Count} of {nodes.Count}" : $"{string.Join(", ", silent)} did not", "");
        checks.Add(all);
        // A node of whose validator nothing is known may be the active one: its own section says what is to be done.
        var known = Own(seen, "holds-own-identity");
        var one = active.Count > 1
            ? checks.Require("one-active", false, view.SeveralActive()!.Text, view.SeveralActive()!.Next)
            : checks.Require("one-active", active.Count == 1, active is [var found] ? $"{found.Node} holds S" : "no validator holds S", view.FindSource().Obstacle?.Next ?? "failover status", [all, .. known]);
        var first = active.Count > 0 ? active[0] : seen.FirstOrDefault();
        foreach (var other in seen.Where(node => node != first))
        {
            Pair(checks, first!, other, timings, one);
        }
        return checks.All;
    }

    private static void Pair(CheckList checks, ExaminedNode first, ExaminedNode other, HandoffTimings timings, PreflightCheck one)
    {
        ExaminedNode[] both = [first, other];
        var (source, target) = (first.Examination!.Facts, other.Examination!.Facts);
        var keys = Own(both, "staked-keypair", "unstaked-keypair", "keypairs-differ", "vote-account-belongs-to-staked-identity");
        var chain = Own(both, "validator-runs", "rpc-answers", "admin-socket");
        var accounts = Own(both, "command-line-vote-account");
        var records = Own(both, "record-readable", "record-present", "command-line-tower", "staked-keypair");
        var same = checks.Add(Preflight.SameStaked(source, target), keys);
        checks.Add(Preflight.DifferentUnstaked(source, target), keys);
        checks.Add(Preflight.SameVoteAccount(source, target), accounts);
        checks.Require("same-cluster", source.GenesisHash == target.GenesisHash && source.GenesisHash.Length > 0,
            $"genesis {source.Node}: {source.GenesisHash}, {target.Node}: {target.GenesisHash}", "# connect both validators to the same cluster", chain);
        checks.Add(Preflight.SlotsClose(source, target, timings.MaxSlotsApart), chain);
        checks.Add(Preflight.Portable(source, target), chain);
        checks.Expect("same-agent-version", source.AgentVersion == target.AgentVersion, $"{source.Node}: {source.AgentVersion}, {target.Node}: {target.AgentVersion}",
            "# install the same failover-agent on both");
        Clocks(checks, first, other);
        checks.Add(Preflight.LoadsTheRecord(target), one);
        checks.Add(Preflight.RecordNotNewer(source, target), [one, same, .. records]);
    }

    // What each clock says was said at some moment between question and answer: apart are clocks that no such moments reconcile.
    private static void Clocks(CheckList checks, ExaminedNode a, ExaminedNode b)
    {
        var (fastest, slowest) = (Ahead(a).Most - Ahead(b).Least, Ahead(a).Least - Ahead(b).Most);
        var apart = slowest > TimeSpan.Zero ? slowest : fastest < TimeSpan.Zero ? -fastest : TimeSpan.Zero;
        checks.Require("clocks-together", apart <= ClocksApart,
            apart == TimeSpan.Zero ? $"{a.Node}'s and {b.Node}'s agree as far as can be seen" : string.Create(CultureInfo.InvariantCulture, $"{a.Node}'s and {b.Node}'s are at least {apart.TotalSeconds:0.0} s apart"),
            $"chronyc makestep   # on {a.Node} and {b.Node}: the newest claimant in gossip is decided by wall clock");

        static (TimeSpan Least, TimeSpan Most) Ahead(ExaminedNode node) => (node.Examination!.Facts.At - node.AnsweredAt, node.Examination.Facts.At - node.AskedAt);
    }

    private static PreflightCheck[] Own(IEnumerable<ExaminedNode> nodes, params string[] names) =>
        [.. nodes.SelectMany(node => node.Examination!.Checks).Where(check => names.Contains(check.Name))];
}
