using System.Globalization;
using Failover.Agents;
using Failover.Coordination;
using Failover.Identities;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>What is about to happen, before anything does.</summary>
internal static class PlanView
{
    public static IRenderable Render(HandoffPlan plan, CommitOptions options)
    {
        var order = plan.Order;
        List<IRenderable> lines =
        [
            new Text($"Handoff from {order.Source} to {order.Target}", Look.Strong),
            Look.Field("identity", order.StakedIdentity.ToString()),
            Look.Field("from", Node(plan.Source)),
            Look.Field("to", Node(plan.Target)),
            Look.Field("proof", plan.Source.Driver.Length > 0 ? $"{Words.Of(plan.Source.Proof)}: {plan.Source.Driver}" : Words.Of(plan.Source.Proof)),
            Look.Field("moment", Moment(plan.Source, options)),
            Look.Field("order", $"{order.Id}, token {order.Token}"),
        ];
        lines.AddRange(plan.Notes.Select(note => Look.Marked(Look.WarnMark, Look.Warn, note, indent: 2)));
        lines.Add(Text.Empty);
        return new Rows(lines);
    }

    private static string Node(NodeFacts facts)
    {
        var role = facts.Holds == HeldIdentity.Staked ? "active" : ClusterView.IsStoppedButActive(facts) ? "active by its last word, validator stopped" : "standby";
        return $"{facts.Node}, {role}{(facts.ClientVersion.Length > 0 ? $", {facts.ClientVersion}" : "")}" +
            (facts.ProcessedSlot is { } slot ? $", slot {Words.Number(slot)}" : "");
    }

    private static string Moment(NodeFacts source, CommitOptions options)
    {
        List<string> wanted = options.MinIdleTime == TimeSpan.Zero ? ["at once"] : [$"when no leader slot of S is within {Words.Duration(options.MinIdleTime)}"];
        if (options.MaxDelinquentStake is { } most)
        {
            wanted.Add(string.Create(CultureInfo.InvariantCulture, $"less than {most * 100:0.##} % of the stake is delinquent"));
        }
        if (options.NewSnapshot)
        {
            wanted.Add($"{source.Node} has a new snapshot");
        }
        return source.ProcessedSlot is { } slot && source.NextLeaderSlots.Where(next => next >= slot).Cast<ulong?>().FirstOrDefault() is { } leader
            ? $"{string.Join(", ", wanted)}; the next leader slot is in {Words.AboutSlots(leader - slot)}"
            : $"{string.Join(", ", wanted)}; no leader slot is known";
    }
}
