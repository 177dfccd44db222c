using System.Text.Json;

namespace Failover.Lab.Soak;

/// <summary>Types what the tool says until it has nothing more to say, as an operator does.</summary>
internal sealed class Operator(LabWorld world)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // Each node's last handoff, when all was settled last.
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Returns how the handoff ended, by the source's own word; <c>unchanged</c> where it never heard of it.</summary>
    /// <param name="limit">How long that may take; what the tool said last is in the error when it takes longer.</param>
    public async Task<string> EndAsync(LabNode source, LabNode target, TimeSpan limit, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var said = "";
        while (true)
        {
            // A validator may have been ended by its agent, as the last resort.
            await StartAgainAsync(ct);
            var status = await TypedCommand.JsonAsync(world, "status");
            if (Settled(status))
            {
                return EndingOf(status, source, target);
            }
            var resumed = await TypedCommand.JsonAsync(world, "resume");
            said = $"resume says {resumed}\nand status {status}";
            if (new[] { resumed, status.GetProperty("verdict") }.Any(word => Text(word, "next").StartsWith("failover abort", StringComparison.Ordinal)))
            {
                await TypedCommand.JsonAsync(world, "abort");
            }
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                throw new InvalidOperationException($"no ending within {limit.TotalSeconds:0} s: {said}");
            }
            await Task.Delay(Look, TimeProvider.System, ct);
        }
    }

    /// <summary>As a service manager does.</summary>
    public async Task StartAgainAsync(CancellationToken ct)
    {
        foreach (var node in world.Nodes)
        {
            if (!node.Agent!.Running)
            {
                await node.StartAgentAsync(ct);
            }
            if (!node.Validator!.Running)
            {
                await world.StartValidatorAsync(node, ct);
            }
        }
    }

    private string EndingOf(JsonElement status, LabNode source, LabNode target)
    {
        var ending = LastHandoff(status, source) is { } word && Text(word, "handoff_id") != _known.GetValueOrDefault(source.Name) ? Text(word, "ending").Replace('_', ' ') : "unchanged";
        var active = Node(status, ending == "completed" ? target : source);
        if (ending is not ("completed" or "went back" or "unchanged") || Text(active, "holds") != "staked")
        {
            throw new InvalidOperationException($"the handoff ended as \"{ending}\", and {Text(active, "node")} holds \"{Text(active, "holds")}\"");
        }
        foreach (var node in world.Nodes)
        {
            _known[node.Name] = LastHandoff(status, node) is { } last ? Text(last, "handoff_id") : "";
        }
        return ending;
    }

    /// <summary>One active node, one standby, and neither owes anything.</summary>
    private static bool Settled(JsonElement status) => status.GetProperty("nodes").EnumerateArray().All(node =>
            node.GetProperty("reachable").GetBoolean() && Text(node, "started") == "true" && Text(node, "voters_owed") == "false"
            && (node.GetProperty("last_handoff") is not { ValueKind: JsonValueKind.Object } handoff || Text(handoff, "phase") is "active" or "refused" or "ended"))
        && status.GetProperty("nodes").EnumerateArray().Select(node => Text(node, "holds")).Order(StringComparer.Ordinal).SequenceEqual(["staked", "unstaked"]);

    private static JsonElement Node(JsonElement status, LabNode node) => status.GetProperty("nodes").EnumerateArray().Single(each => Text(each, "node") == node.Name);

    private static JsonElement? LastHandoff(JsonElement status, LabNode node) =>
        Node(status, node).GetProperty("last_handoff") is { ValueKind: JsonValueKind.Object } handoff ? handoff : null;

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => "",
        }
        : "";
}
