using System.Text.Json;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests.Faults;

/// <summary>One handoff, while it is disturbed and until it has ended.</summary>
/// <param name="before">The status before it began.</param>
/// <param name="at">The fault point at which an agent is to stand still; null: it does not.</param>
/// <param name="operators">The operator's command, and the last that it says.</param>
public sealed class RunningHandoff(FaultWorld world, JsonElement before, NodeContainer source, NodeContainer target, string? at, Task<JsonElement> operators)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // Longer than a connection may be silent before it counts as dead, than a permit is good, and than the agents work on before they ask for a person.
    private static readonly TimeSpan FaultStays = TimeSpan.FromSeconds(12);

    // From the first time that the tool says so; work goes on meanwhile, and may well come to an ending.
    private static readonly TimeSpan NeedsOperatorFor = TimeSpan.FromSeconds(60);

    public NodeContainer Source => source;

    public NodeContainer Target => target;

    /// <summary>The document with which the operator's command ended.</summary>
    public Task<JsonElement> Operators => operators;


    /// <summary>False where the nodes refused to begin.</summary>
    public async Task<bool> HasBegunAsync(CancellationToken ct)
    {
        while (at is not null && !await NodeAt(at).StandsAtAsync(at, ct))
        {
            if (operators.IsCompleted)
            {
                var said = await operators;
                Assert.True(Code(said) == 3, $"the handoff did not come to {at}: {said}");
                return false;
            }
        }
        return at is not null || Code(await operators) != 3;
    }

    /// <summary>Tells the proxy what to do: <c>there</c> is the link from source to target, <c>back</c> the other one, <c>to-source</c> and <c>to-target</c> the operator's.</summary>
    public async Task NetworkAsync(CancellationToken ct, params string[] faults)
    {
        foreach (var fault in faults)
        {
            await world.Proxy.TellAsync(string.Join(' ', fault.Split(' ').Select(word => LinkOf(word) ?? word)), ct);
        }
    }

    public Task<Traffic> CountedAsync(string link, CancellationToken ct) => world.Proxy.CountedAsync(LinkOf(link)!, ct);

    /// <summary>The agent that stands still goes on.</summary>
    public Task GoOnAsync(CancellationToken ct) => GoOnFromAsync(at!, ct);

    public Task GoOnFromAsync(string point, CancellationToken ct) => NodeAt(point).GoOnAsync(point, ct);

    /// <summary>Has an agent stand still at another point too.</summary>
    public Task ArmAsync(string point, CancellationToken ct) => NodeAt(point).ArmAsync(point, ct);

    /// <summary>Waits until the agent stands still at the point. False: the handoff was over before, and the agent will not stand still there any more.</summary>
    public async Task<bool> ComesToAsync(string point, CancellationToken ct)
    {
        while (!operators.IsCompleted && !await NodeAt(point).HasReachedAsync(point, ct))
        {
            await Task.Delay(Look, TimeProvider.System, ct);
        }
        await NodeAt(point).DisarmAsync(point, ct);
        return await NodeAt(point).HasReachedAsync(point, ct);
    }

    /// <summary>Lets the fault have its effect: until the operator's command has come to its end, but only for so long.</summary>
    public Task StayAsync(CancellationToken ct) => Task.WhenAny(operators, Task.Delay(FaultStays, TimeProvider.System, ct));

    /// <summary>
    /// Once nothing is disturbed any more: waits for the operator's command, types what the tool says until it has nothing more to say, and looks whether one node votes and
    /// whether the judge is content. Returns the ending.
    /// </summary>
    public async Task<string> EndAsync(CancellationToken ct)
    {
        var ending = await SettleAsync(ct);
        await world.CheckAsync(ending, ct);
        return ending;
    }

    /// <summary>As <see cref="EndAsync"/>, but does not look at validators and judge; the judge keeps what it has seen for whoever looks later.</summary>
    public async Task<string> SettleAsync(CancellationToken ct)
    {
        long? personNeededSince = null;
        while (true)
        {
            var resumed = await world.OperateAsync("resume");
            var after = await world.StatusAsync();
            if (IsSettled(after) && (operators.IsCompleted || Text(resumed, "type") == "nothing_to_do"))
            {
                await operators;
                return EndingOf(after);
            }
            if (operators.IsCompleted && new[] { resumed, after.GetProperty("verdict") }.Any(said => Text(said, "next").StartsWith("failover abort", StringComparison.Ordinal)))
            {
                await world.OperateAsync("abort");
            }
            if (Text(resumed, "ending") == "needs_operator")
            {
                Assert.NotEqual("", Text(resumed, "next"));
                personNeededSince ??= TimeProvider.System.GetTimestamp();
                Assert.True(TimeProvider.System.GetElapsedTime(personNeededSince.Value) < NeedsOperatorFor, $"a person is needed although nothing is disturbed any more: {resumed}\n{after}");
            }
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
            Assert.False(ct.IsCancellationRequested, $"no ending; resume says {resumed}\nand status {after}");
        }
    }

    private NodeContainer NodeAt(string point) => point.StartsWith("source.", StringComparison.Ordinal) ? source : target;

    /// <summary>The source's word on the handoff; where it never heard of it, nothing was changed.</summary>
    private string EndingOf(JsonElement after)
    {
        var ending = LastHandoff(after) is { } word && (LastHandoff(before) is not { } earlier || Text(word, "handoff_id") != Text(earlier, "handoff_id"))
            ? Text(word, "ending").Replace('_', ' ')
            : "unchanged";
        Assert.Contains(ending, new[] { "completed", "went back", "unchanged" });
        return ending;
    }

    private JsonElement? LastHandoff(JsonElement status) =>
        Nodes(status).Single(node => Text(node, "node") == source.Name).GetProperty("last_handoff") is { ValueKind: JsonValueKind.Object } handoff ? handoff : null;

    /// <summary>One active node, one standby, and neither owes anything.</summary>
    private static bool IsSettled(JsonElement status) => Nodes(status).All(node =>
            node.GetProperty("reachable").GetBoolean() && Text(node, "started") == "true" && Text(node, "voters_owed") == "false"
            && (node.GetProperty("last_handoff") is not { ValueKind: JsonValueKind.Object } handoff || Text(handoff, "phase") is "active" or "refused" or "ended"))
        && Nodes(status).Select(node => Text(node, "holds")).Order(StringComparer.Ordinal).SequenceEqual(["staked", "unstaked"]);

    private static IEnumerable<JsonElement> Nodes(JsonElement status) => status.GetProperty("nodes").EnumerateArray();

    private static int Code(JsonElement end) => end.GetProperty("exit_code").GetInt32();

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => "",
        } : "";

    private string? LinkOf(string word) => word switch
    {
        "there" => ProxyContainer.LinkOf(source.Name, target.Name),
        "back" => ProxyContainer.LinkOf(target.Name, source.Name),
        "to-source" => ProxyContainer.LinkOf(ProxyContainer.Operator, source.Name),
        "to-target" => ProxyContainer.LinkOf(ProxyContainer.Operator, target.Name),
        _ => null,
    };
}
