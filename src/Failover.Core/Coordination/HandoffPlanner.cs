using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Coordination;

/// <summary>The pure rule that turns what the nodes show into a plan, or into what stands in its way.</summary>
public static class HandoffPlanner
{
    /// <summary>Decides from the view alone. The token is above every one that any node has seen.</summary>
    public static PlanResult Plan(ClusterView view, string to, HandoffId id)
    {
        PlanResult Stop(Obstacle obstacle) => new(view, null, obstacle);

        if (view.SeveralActive() is { } alarm)
        {
            return Stop(alarm);
        }
        if (UnfinishedHandoff.Find(view) is { } unfinished)
        {
            return Stop(unfinished.Describe());
        }
        var (source, obstacle) = view.FindSource();
        if (source?.Node == to)
        {
            return Stop(source.Holds == HeldIdentity.Staked
                ? new(ObstacleKind.NothingToDo, $"{to} is already active: nothing to do.")
                : new(ObstacleKind.NoActiveNode, $"{to} is already the active node by its last word, but its validator is stopped.", $"start the validator of {to}"));
        }
        if (view.Find(to)?.Facts is not { } target)
        {
            var failure = view.Find(to)?.Failure ?? new(ObstacleKind.UnknownNode, $"No node is called \"{to}\".");
            return Stop(failure with { Text = string.Join(" ", view.Silent.Select(node => node.Failure!.Text).DefaultIfEmpty(failure.Text)) });
        }
        if (source is null)
        {
            return Stop(obstacle!);
        }
        if (FindDifference(source, target) is { } difference)
        {
            return Stop(difference);
        }
        var highest = view.Answered.Max(facts => facts.HighestToken);
        var order = new HandoffOrder(
            id, highest.Next, source.StakedIdentity!.Value, source.VoteAccount, GenesisOf(source, target), source.Node, target.Node);
        return new(view, new HandoffPlan(order, source, target, [.. Notes(view, source)]), null);
    }

    // The agents check the same against their own files; here it decides what the order says, which can only name one of each.
    private static Obstacle? FindDifference(NodeFacts source, NodeFacts target)
    {
        foreach (var node in new[] { source, target })
        {
            if (node.StakedIdentity is null)
            {
                return new(ObstacleKind.NodesDiffer, $"{node.Node} cannot read its staked keypair. {string.Join(" ", node.Problems)}".TrimEnd(),
                    $"on {node.Node}: check staked_keypair in the agent's configuration, and who may read the file");
            }
        }
        Obstacle? Differ(string what, object here, object there) => Equals(here, there)
            ? null
            : new(ObstacleKind.NodesDiffer, $"{source.Node} and {target.Node} have different {what}: {here} and {there}.", "correct the agents' configuration; then failover status");
        return Differ("staked identities", source.StakedIdentity!, target.StakedIdentity!)
            ?? Differ("vote accounts", source.VoteAccount, target.VoteAccount)
            ?? (source.GenesisHash.Length > 0 && target.GenesisHash.Length > 0 ? Differ("clusters (genesis hashes)", source.GenesisHash, target.GenesisHash) : null)
            ?? (GenesisOf(source, target).Length > 0 ? null : new(ObstacleKind.NodesDiffer,
                $"Neither {source.Node} nor {target.Node} tells which cluster it follows (genesis hash).", "make the validator's JSON-RPC answer; then failover status"));
    }

    // A stopped source cannot say; its agent compares the order with its own memory.
    private static string GenesisOf(NodeFacts source, NodeFacts target) => source.GenesisHash.Length > 0 ? source.GenesisHash : target.GenesisHash;

    private static IEnumerable<string> Notes(ClusterView view, NodeFacts source)
    {
        if (source.Holds != HeldIdentity.Staked)
        {
            yield return $"{source.Node}'s validator is stopped. {source.Node} is the source by its last word, and its voting record is read from its disk.";
        }
        foreach (var silent in view.Silent)
        {
            yield return $"{silent.Failure!.Text} It takes no part.";
        }
    }
}
