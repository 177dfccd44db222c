using System.Globalization;
using System.Text.Json;
using Failover.Agent.Faults;
using Failover.Coordinator;
using Failover.Identities;
using Failover.Lab;

namespace Failover.ProcessTests.FaultGrid;

/// <summary>A lab whose agents have fault points. One cell after the other is run in it: whoever is active when one begins is its source.</summary>
internal sealed class GridWorld : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    // From the first time that the tool says so; work goes on meanwhile, and may well come to an ending.
    private static readonly TimeSpan NeedsOperatorFor = TimeSpan.FromSeconds(30);

    private readonly LabWorld _lab;
    private int _switches;
    private string _active = "london";

    private GridWorld(LabWorld lab) => _lab = lab;

    public static async Task<GridWorld> StartAsync(CancellationToken ct)
    {
        var lab = await LabWorld.StartAsync(
            new LabOptions { Slot = TimeSpan.FromMilliseconds(100), AgentHandoffSettings = "needs_operator_after = \"5s\"" }, withAgents: false, ct);
        try
        {
            foreach (var node in lab.Nodes)
            {
                Directory.CreateDirectory(FaultFolder(node));
                lab.WriteAgentConfig(node);
                node.AgentEnvironment = new Dictionary<string, string> { [FaultPoints.Variable] = FaultFolder(node) };
                await node.StartAgentAsync(ct);
            }
            await lab.PassVotesAsync(3, ct);
            return new GridWorld(lab);
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public string Logs => HandoffTests.LogsOf(_lab);

    /// <summary>
    /// Begins the handoff, stops the agent at the point, kills the victim, lets the agent go on if it lives, starts again what was killed, and has <c>failover resume</c> carry
    /// the handoff to its ending, which is returned. Fails unless the judge is content, one node votes in the end, and the links say the same.
    /// </summary>
    public async Task<string> RunAsync(Cell cell, CancellationToken testCt)
    {
        using var limit = new CancellationTokenSource(Longest, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, testCt);
        var ct = both.Token;
        var source = _lab[_active];
        var target = _lab.Nodes.Single(node => node != source);
        var stopped = cell.AtSource ? source : target;
        var before = await StatusAsync();
        if (cell.Scenario.Refusing)
        {
            await target.ControlAsync(ct, "refuse-set-identity", "on");
        }

        await using var coordinator = await StopAtPointAsync(cell, stopped, target, ct);
        await (cell.Victim switch
        {
            Victim.SourceAgent => source.Agent!.KillAsync(),
            Victim.TargetAgent => target.Agent!.KillAsync(),
            Victim.Coordinator => coordinator.KillAsync(),
            Victim.SourceValidator => source.Validator!.KillAsync(),
            Victim.TargetValidator => target.Validator!.KillAsync(),
            _ => stopped.Agent!.KillAsync(),
        });
        File.Delete(Armed(stopped, cell.Point) + FaultPoints.Reached);
        if (stopped.Agent!.Running)
        {
            stopped.Agent.Signal("CONT");
        }
        await StartAgainAsync(ct);
        if (cell.Scenario.Refusing)
        {
            await target.ControlAsync(ct, "refuse-set-identity", "off");
        }

        var ending = await EndAsync(before, source, target, coordinator, ct);
        await CheckAsync(source, target, ending, ct);
        return ending;
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    /// <summary>Returns the coordinator of the handoff that has come to the point; the agent stands still there.</summary>
    private async Task<LabProcess> StopAtPointAsync(Cell cell, LabNode stopped, LabNode target, CancellationToken ct)
    {
        var lost = cell.Victim == Victim.StoppedAgentAndItsUnsyncedWrites;
        if (cell.Scenario.KilledAt.Length == 0)
        {
            Arm(stopped, cell.Point, lost);
            return await HandOffUntilAsync(cell, cell.Point, stopped, target, ct);
        }
        Arm(stopped, cell.Scenario.KilledAt, lost: false);
        var coordinator = await HandOffUntilAsync(cell, cell.Scenario.KilledAt, stopped, target, ct);
        Arm(stopped, cell.Point, lost);
        await stopped.Agent!.KillAsync();
        File.Delete(Armed(stopped, cell.Scenario.KilledAt) + FaultPoints.Reached);
        await stopped.BeginAgentAsync();
        while (!HasReached(stopped, cell.Point))
        {
            await Task.Delay(Look, TimeProvider.System, ct);
        }
        return coordinator;
    }

    /// <summary>Again where the nodes are not ready yet for a handoff, so soon after the one before.</summary>
    private async Task<LabProcess> HandOffUntilAsync(Cell cell, string point, LabNode stopped, LabNode target, CancellationToken ct)
    {
        while (true)
        {
            var coordinator = LabProcess.Start(
                Programs.Coordinator, ["--config", _lab.CoordinatorConfig, "handoff", "--to", target.Name, .. cell.Scenario.Command], Path.Combine(_lab.Folder, "handoffs.log"));
            while (coordinator.Running && !HasReached(stopped, point))
            {
                await Task.Delay(Look, TimeProvider.System, ct);
            }
            if (HasReached(stopped, point))
            {
                return coordinator;
            }
            var code = coordinator.ExitCode;
            await coordinator.DisposeAsync();
            Assert.True(code == 3, $"the handoff ended with {code} and did not come to {point}");
            await Task.Delay(10 * Look, TimeProvider.System, ct);
        }
    }

    /// <summary>As a service manager does.</summary>
    private async Task StartAgainAsync(CancellationToken ct)
    {
        foreach (var node in _lab.Nodes)
        {
            if (!node.Agent!.Running)
            {
                await node.StartAgentAsync(ct);
            }
            if (!node.Validator!.Running)
            {
                await _lab.StartValidatorAsync(node, ct);
            }
        }
    }

    /// <summary>As an operator does: waits for the command that was typed, then types what the tool says until it has nothing more to say.</summary>
    private async Task<string> EndAsync(JsonElement before, LabNode source, LabNode target, LabProcess coordinator, CancellationToken ct)
    {
        long? personNeededSince = null;
        while (true)
        {
            await StartAgainAsync(ct); // A validator may be ended by its agent, as the last resort.
            var resumed = await JsonAsync("resume");
            var after = await StatusAsync();
            if (Settled(after) && (!coordinator.Running || Text(resumed, "type") == "nothing_to_do"))
            {
                return EndingOf(before, after, source, target);
            }
            if (!coordinator.Running && new[] { resumed, after.GetProperty("verdict") }.Any(said => Text(said, "next").StartsWith("failover abort", StringComparison.Ordinal)))
            {
                await JsonAsync("abort");
            }
            if (Text(resumed, "ending") == "needs_operator")
            {
                Assert.NotEqual("", Text(resumed, "next"));
                personNeededSince ??= TimeProvider.System.GetTimestamp();
                if (TimeProvider.System.GetElapsedTime(personNeededSince.Value) > NeedsOperatorFor)
                {
                    return $"needs operator: {Text(resumed, "next")}";
                }
            }
            await Task.Delay(5 * Look, TimeProvider.System, CancellationToken.None);
            Assert.False(ct.IsCancellationRequested, $"no ending; resume says {resumed}\nand status {after}");
        }
    }

    private async Task CheckAsync(LabNode source, LabNode target, string ending, CancellationToken ct)
    {
        if (ending.StartsWith("needs operator", StringComparison.Ordinal))
        {
            var verdict = await _lab.Cluster.JudgeAsync(null, ct);
            Assert.True(verdict.Safe, string.Join('\n', verdict.Violations.Select(violation => violation.Sentence)));
            return;
        }
        var (active, standby) = ending == "completed" ? (target, source) : (source, target);
        await _lab.PassVotesAsync(2, ct);
        _switches += active == target ? 1 : 0;
        _active = active.Name;
        await HandoffTests.AssertSafeAsync(_lab, _switches, ct);
        Assert.Equal(HeldIdentity.Staked, active.LinkPointsTo);
        Assert.Equal(HeldIdentity.Unstaked, standby.LinkPointsTo);
    }

    /// <summary>The source's word on the handoff; where it never heard of it, nothing was changed.</summary>
    private static string EndingOf(JsonElement before, JsonElement after, LabNode source, LabNode target)
    {
        var handoff = LastHandoff(after, source);
        var ending = handoff is { } word && Text(word, "handoff_id") != (LastHandoff(before, source) is { } earlier ? Text(earlier, "handoff_id") : "")
            ? Text(word, "ending").Replace('_', ' ')
            : "unchanged";
        var active = Node(after, ending == "completed" ? target : source);
        Assert.True(Text(active, "holds") == "staked", $"the handoff {ending}, and {Text(active, "node")} holds {Text(active, "holds")}");
        Assert.Contains(ending, new[] { "completed", "went back", "unchanged" });
        return ending;
    }

    /// <summary>One active node, one standby, and neither owes anything.</summary>
    private static bool Settled(JsonElement status) => status.GetProperty("nodes").EnumerateArray().All(node =>
            node.GetProperty("reachable").GetBoolean() && Text(node, "started") == "true" && Text(node, "voters_owed") == "false"
            && (node.GetProperty("last_handoff") is not { ValueKind: JsonValueKind.Object } handoff
                || Text(handoff, "phase") is "active" or "refused" or "ended"))
        && status.GetProperty("nodes").EnumerateArray().Select(node => Text(node, "holds")).Order(StringComparer.Ordinal).SequenceEqual(["staked", "unstaked"]);

    private static JsonElement Node(JsonElement status, LabNode node) =>
        status.GetProperty("nodes").EnumerateArray().Single(each => Text(each, "node") == node.Name);

    private static JsonElement? LastHandoff(JsonElement status, LabNode node) =>
        Node(status, node).GetProperty("last_handoff") is { ValueKind: JsonValueKind.Object } handoff ? handoff : null;

    private Task<JsonElement> StatusAsync() => JsonAsync("status");

    /// <summary>
    /// The command itself, in this process: several hundred starts of the program would take longer than everything else. It has its own limits; without ours, what it
    /// said last is known when a cell does not end.
    /// </summary>
    private async Task<JsonElement> JsonAsync(params string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await FailoverCli.RunAsync(["--config", _lab.CoordinatorConfig, "--output", "json", .. command], new Surroundings
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            Variable = _ => null,
            Time = TimeProvider.System,
            Connect = file => Connector.Connect(file, _ => null, TimeProvider.System),
        }, CancellationToken.None);
        Assert.False(code is 1 or 2 or 7, $"failover {string.Join(' ', command)}: exit code {code}\n{output}\n{error}");
        return JsonDocument.Parse(output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
    }

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => "",
        } : "";

    private static string FaultFolder(LabNode node) => Path.Combine(node.Folder, "faults");

    private static string Armed(LabNode node, string point) => Path.Combine(FaultFolder(node), point);

    private static void Arm(LabNode node, string point, bool lost)
    {
        using var armed = new StreamWriter(Armed(node, point));
        armed.Write(lost ? FaultPoints.LoseUnsynced : "");
    }

    /// <summary>The point is reached and the process stands still, every thread of it.</summary>
    private static bool HasReached(LabNode node, string point) =>
        File.Exists(Armed(node, point) + FaultPoints.Reached)
        && File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{node.Agent!.Id}/stat")).Split(") ")[^1].StartsWith('T');
}
