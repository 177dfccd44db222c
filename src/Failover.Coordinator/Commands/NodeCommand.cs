using System.CommandLine;
using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Identities;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover node set-identity|relink|send-record</c>: by hand, one node at a time.</summary>
internal static class NodeCommand
{
    private delegate Task<ByHandResult<NodeFacts>> Order(ByHand byHand, string node, HeldIdentity identity, string? reason, CancellationToken ct);

    public static Command Create(Shared shared) => new("node", "Orders by hand, one node at a time")
    {
        CreateOrder(shared, "set-identity", "Order the validator's identity; unstaked: relink, voter fence, set identity",
            (byHand, node, identity, reason, ct) => byHand.SetIdentityAsync(node, identity, reason, ct),
            (node, identity) => identity == HeldIdentity.Staked ? $"Give the staked identity to {node}?" : $"Take the staked identity from {node}?"),
        CreateOrder(shared, "relink", "Repoint the identity link: what a restarted validator comes up as",
            (byHand, node, identity, reason, ct) => byHand.RelinkAsync(node, identity, reason, ct),
            (node, identity) => $"Let {node} come up {(identity == HeldIdentity.Staked ? "staked" : "unstaked")} when restarted?"),
        CreateSendRecord(shared),
    };

    private static Command CreateOrder(Shared shared, string name, string description, Order order, Func<string, HeldIdentity, string> question)
    {
        var node = new Argument<string>("NODE") { Description = "The node" };
        node.CompletionSources.Add(shared.NodeNames);
        var identity = new Argument<string>("IDENTITY") { Description = "staked or unstaked" };
        identity.AcceptOnlyFromAmong("staked", "unstaked");
        var reason = new Option<string?>("--override-reason")
        {
            Description = "Why the agent's safety rule may be overridden; recorded",
            HelpName = "TEXT",
        };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command(name, description) { node, identity, reason, yes };
        shared.Run(command, (session, parsed, ct) =>
        {
            var held = parsed.GetRequiredValue(identity) == "staked" ? HeldIdentity.Staked : HeldIdentity.Unstaked;
            var why = string.IsNullOrWhiteSpace(parsed.GetValue(reason)) ? null : parsed.GetValue(reason)!.Trim();
            return OrderAsync(session, parsed.GetRequiredValue(node), held, why, parsed.GetValue(yes), order, question, ct);
        });
        return command;
    }

    private static async Task<ExitCode> OrderAsync(
        Session session, string node, HeldIdentity identity, string? reason, bool yes, Order order, Func<string, HeldIdentity, string> question, CancellationToken ct)
    {
        session.RequireSomebodyToAsk(yes);
        var reader = session.Coordinator.Reader;
        if (reader.Find(node) is null)
        {
            return session.Tell(reader.NoSuchNode(node));
        }
        var before = await reader.ReadAsync(ct);
        if (!session.Screen.Json)
        {
            session.Screen.Write(StatusView.Line(Verdict.Of(before)));
        }
        if (Warning(before, node, identity, reason) is { } warning)
        {
            session.Screen.Write(Look.Marked(Look.WarnMark, Look.Warn, warning));
        }
        if (!yes && !await session.Screen.AskAsync(question(node, identity), ct))
        {
            return session.Tell(new Obstacle(ObstacleKind.BrokenOff, "Not confirmed. Nothing was sent."), before);
        }
        var result = await order(session.ByHand, node, identity, reason, ct);
        if (result.Obstacle is { } obstacle)
        {
            return session.Tell(obstacle, reader.LastSeen);
        }
        var after = await reader.ReadAsync(CancellationToken.None);
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(new ByHandDocument("node", node, after.Find(node)!.ToDocument(), null));
        }
        else
        {
            session.Screen.Write(Look.Marked(Look.GoodMark, Look.Good, Trouble.StateOf(after).First(line => line.StartsWith($"{node}:", StringComparison.Ordinal)), Look.Strong));
            session.Screen.Write(StatusView.Line(Verdict.Of(after)));
        }
        return ExitCode.Ok;
    }

    private static string? Warning(ClusterView view, string node, HeldIdentity identity, string? reason) => identity switch
    {
        HeldIdentity.Unstaked when view.Find(node)?.Facts is { Holds: HeldIdentity.Staked } =>
            $"{node} is the active node: afterwards nobody votes. To move the identity, use failover handoff.",
        HeldIdentity.Staked when reason is not null && view.Silent.FirstOrDefault(other => other.Node != node) is { } silent =>
            $"{silent.Node} cannot be reached: whether its validator holds the staked identity is not known. Two that vote with it can cost the stake.",
        _ => null,
    };

    private static Command CreateSendRecord(Shared shared)
    {
        var node = new Argument<string>("NODE") { Description = "Whose records" };
        var to = new Option<string>("--to") { Description = "The peer that keeps them aside, never at the live path", HelpName = "PEER", Required = true };
        node.CompletionSources.Add(shared.NodeNames);
        to.CompletionSources.Add(shared.NodeNames);
        var command = new Command("send-record", "Send a node's verified voting records to a peer, which keeps them aside") { node, to };
        shared.Run(command, async (session, parsed, ct) =>
        {
            var (from, peer) = (parsed.GetRequiredValue(node), parsed.GetRequiredValue(to));
            var result = await session.ByHand.SendRecordAsync(from, peer, ct);
            if (result.Obstacle is { } obstacle)
            {
                return session.Tell(obstacle, session.Coordinator.Reader.LastSeen);
            }
            if (session.Screen.Json)
            {
                session.Screen.WriteDocument(new ByHandDocument("node", from, null, [.. result.Answer!.Select(record => record.ToDocument())]));
            }
            else
            {
                session.Screen.Write(Look.Marked(Look.GoodMark, Look.Good, $"{peer} verified and keeps aside, from {from}:", Look.Strong));
                foreach (var record in result.Answer!)
                {
                    session.Screen.Write(Look.Marked("•", Look.Faint, Words.Of(record), indent: 2));
                }
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
