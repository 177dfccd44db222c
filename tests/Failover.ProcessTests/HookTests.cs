using Failover.Identities;
using Failover.Lab;

namespace Failover.ProcessTests;

/// <summary>Real agents that start real programs, from their own files.</summary>
public sealed class HookTests
{
    private static readonly string[] Points = ["before-prepare", "after-prepare", "before-commit", "after-commit", "after-ending"];

    [Fact]
    public async Task Hooks_run_in_their_order_with_what_they_are_told_and_none_while_nobody_votes()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await WorldAsync(ct);
        world.Nodes.ToList().ForEach(node => Configure(world, node, Points));
        await StartAgentsAsync(world, ct);

        var plan = await world.FailoverAsync(ct, "plan", "--to", "tokyo", "--now");
        var dry = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--dry-run");
        Assert.True((plan.ExitCode, dry.ExitCode) == (0, 0), $"{plan}\n{dry}\n{HandoffTests.LogsOf(world)}");
        Assert.Contains("before-commit: note", plan.Output, StringComparison.Ordinal);
        Assert.Empty(LinesOf(world));

        var real = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(real.ExitCode == 0, $"{real}\n{HandoffTests.LogsOf(world)}");
        var lines = await UntilAsync(world, 2 * Points.Length, ct);
        foreach (var node in world.Nodes)
        {
            Assert.Equal(Points, lines.Where(line => line["FAILOVER_NODE"] == node.Name).Select(line => line["FAILOVER_HOOK"]));
        }
        // The target's come first where both have some before the switch.
        Assert.Equal(["tokyo", "tokyo", "london", "london", "tokyo", "london"], lines.Take(6).Select(line => line["FAILOVER_NODE"]));
        Assert.All(lines, line =>
        {
            Assert.Equal((world.Staked.ToString(), "0", "planned"), (line["FAILOVER_STAKED_IDENTITY"], line["FAILOVER_DRY_RUN"], line["FAILOVER_KIND"]));
            Assert.Equal(line["FAILOVER_NODE"] == "london" ? ("source", "tokyo") : ("target", "london"), (line["FAILOVER_ROLE"], line["FAILOVER_PEER"]));
            Assert.Equal(line["FAILOVER_HOOK"].StartsWith("after-", StringComparison.Ordinal) && line["FAILOVER_PHASE"] != "prepare" ? "completed" : "", line["FAILOVER_ENDING"]);
            // The shell that runs the script adds three of its own.
            Assert.Empty(line.Keys.Where(name => !name.StartsWith("FAILOVER_", StringComparison.Ordinal)).Except(["PATH", "HOME", "LANG", "PWD", "OLDPWD", "_", "SHLVL"]));
        });
        await HandoffTests.AssertSafeAsync(world, 1, ct);
        var history = await world.FailoverAsync(ct, "history", lines[0]["FAILOVER_HANDOFF_ID"]);
        Assert.Contains("note (after-commit): exit code 0", history.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", history.Output + real.Output + HandoffTests.LogsOf(world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_that_must_succeed_and_hangs_is_killed_and_nothing_has_changed()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await WorldAsync(ct);
        var program = Program(world["tokyo"], "hang", "echo about to hang; sleep 1000 & echo $! > \"$0.child\"; wait");
        Append(world["tokyo"], "before-commit", program, "time_limit = \"1s\"\nmust_succeed = true");
        await StartAgentsAsync(world, ct);

        var handoff = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.NotEqual(0, handoff.ExitCode);
        Assert.Contains("the hook hang (before-commit) on tokyo must succeed and did not: killed at its time limit of 1 s", handoff.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(HeldIdentity.Staked, world["london"].LinkPointsTo);
        var child = (await File.ReadAllTextAsync($"{program}.child", ct)).Trim();
        while (File.Exists($"/proc/{child}/stat") && !(await File.ReadAllTextAsync($"/proc/{child}/stat", ct)).Contains(") Z ", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }
        await world.PassVotesAsync(3, ct);
        await HandoffTests.AssertSafeAsync(world, 0, ct);
    }

    private static async Task<LabWorld> WorldAsync(CancellationToken ct)
    {
        var world = await LabWorld.StartAsync(new LabOptions { Slot = TimeSpan.FromMilliseconds(100) }, withAgents: false, ct);
        world.Nodes.ToList().ForEach(world.WriteAgentConfig);
        return world;
    }

    private static async Task StartAgentsAsync(LabWorld world, CancellationToken ct)
    {
        await Task.WhenAll(world.Nodes.Select(node => node.StartAgentAsync(ct)));
        await world.PassVotesAsync(5, ct);
    }

    private static void Configure(LabWorld world, LabNode node, IEnumerable<string> points)
    {
        // One line for each run: everything in its environment.
        var program = Program(node, "note", $"env | tr '\\n' '\\t' | sed 's/$/\\n/' >> {Notes(world)}");
        foreach (var point in points)
        {
            Append(node, point, program, "");
        }
    }

    private static void Append(LabNode node, string point, string program, string more)
    {
        using var config = File.AppendText(node.AgentConfig);
        config.WriteLine($"\n[[hooks]]\nat = \"{point}\"\nargv = [\"{program}\", \"--token\", \"top-secret\"]\n{more}");
    }

    private static string Program(LabNode node, string name, string script)
    {
        var path = Path.Combine(node.Folder, $"{name}.sh");
        using (var writer = new StreamWriter(path))
        {
            writer.Write($"#!/bin/sh\n{script}\n");
        }
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return path;
    }

    private static string Notes(LabWorld world) => Path.Combine(world.Folder, "notes");

    private static async Task<IReadOnlyList<Dictionary<string, string>>> UntilAsync(LabWorld world, int lines, CancellationToken ct)
    {
        while (LinesOf(world).Count < lines)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }
        return LinesOf(world);
    }

    private static List<Dictionary<string, string>> LinesOf(LabWorld world) => !File.Exists(Notes(world)) ? [] :
    [
        .. File.ReadAllLines(Notes(world)).Where(line => line.Length > 0).Select(line => line.Split('\t', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal)),
    ];
}
