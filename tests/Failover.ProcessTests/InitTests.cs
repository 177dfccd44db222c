using Failover.Identities;
using Failover.Lab;

namespace Failover.ProcessTests;

/// <summary>From two running validators to a handoff, by what an operator types.</summary>
public sealed class InitTests
{
    [Fact(Timeout = 300_000)]
    public async Task Two_validators_become_a_pair_that_hands_over()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        var init = await world.FailoverAsync(ct, ["init", "--folder", world.Folder, .. world.Nodes.SelectMany(node => new[] { "--node", $"{node.Name}={new Uri(node.AgentAddress).Authority}" })]);
        Assert.True(init.ExitCode == 0, $"{init}");

        foreach (var node in world.Nodes)
        {
            await JoinAsync(world, node, ct);
        }

        foreach (var node in world.Nodes)
        {
            await node.StartAgentAsync(ct);
        }
        await world.PassVotesAsync(5, ct);
        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        Assert.True(result.ExitCode == 0, $"{result}\n{HandoffTests.LogsOf(world)}");
        Assert.Equal((HeldIdentity.Unstaked, HeldIdentity.Staked), (world["london"].LinkPointsTo, world["tokyo"].LinkPointsTo));
        await world.PassVotesAsync(5, ct);
        await HandoffTests.AssertSafeAsync(world, 1, ct);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_there_already_is_kept_when_init_runs_again()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        var node = world["london"];
        string[] arguments = ["--name", "london", .. Arguments(node)];
        var first = await AgentInitAsync(node, arguments, ct);
        Assert.True(first.Code == 0, first.Output);
        var before = Contents(node.Folder);

        var second = await AgentInitAsync(node, arguments, ct);

        Assert.True(second.Code == 0, second.Output);
        Assert.Equal(before, Contents(node.Folder));
        Assert.DoesNotContain("  made ", second.Output, StringComparison.Ordinal);
        Assert.Contains($"{node.AgentConfig} is there already and stays as it is", second.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_node_with_another_code_gets_nothing_and_both_sides_say_so()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        var node = world["london"];
        await world.FailoverAsync(ct, "init", "--folder", world.Folder, "--node", $"london={new Uri(node.AgentAddress).Authority}", "--node", "tokyo=127.0.0.1:1");
        await using var join = Join(world, node);
        await join.LineAsync("It asks for the code: ", ct);

        await using var agent = BeginInit(node, ["--join", .. Arguments(node)], "0000-0000-0000-0000-0000-0000");
        await join.LineAsync($"  the node at {new Uri(node.AgentAddress).Authority} was given another code", ct);

        Assert.True(agent.Running && join.Running);
        Assert.False(File.Exists(node.AgentConfig));
        Assert.False(File.Exists(Path.Combine(node.Folder, "tls", "agent.crt")));
        Assert.False(File.Exists(Path.Combine(world.PkiFolder, "london.crt")));
    }

    private static async Task<LabWorld> StartAsync(CancellationToken ct)
    {
        var world = await LabWorld.StartAsync(new LabOptions { Slot = TimeSpan.FromMilliseconds(100) }, withAgents: false, ct);
        await world.PassVotesAsync(5, ct);
        // What init is to make.
        Directory.Delete(world.PkiFolder, recursive: true);
        File.Delete(world.CoordinatorConfig);
        foreach (var node in world.Nodes)
        {
            Directory.Delete(node.StateFolder, recursive: true);
        }
        File.Delete(world["london"].UnstakedKeypair);
        return world;
    }

    private static async Task JoinAsync(LabWorld world, LabNode node, CancellationToken ct)
    {
        await using var join = Join(world, node);
        var code = (await join.LineAsync("It asks for the code: ", ct)).Split(' ')[^1];
        var init = await AgentInitAsync(node, ["--join", .. Arguments(node)], ct, code);
        Assert.True(init.Code == 0, init.Output);
        Assert.True(await join.ExitedAsync(ct) == 0, await File.ReadAllTextAsync(Path.Combine(world.Folder, "join.log"), ct));
        Assert.False(init.Output.Contains('✗', StringComparison.Ordinal), init.Output);
    }

    private static LabProcess Join(LabWorld world, LabNode node) => LabProcess.Start(
        Programs.Coordinator, ["--config", world.CoordinatorConfig, "pki", "join", node.Name], Path.Combine(world.Folder, "join.log"));

    // Both hosts are this machine, so each has to be told which validator is its own; the rest is found.
    private static string[] Arguments(LabNode node) => ["--ledger", node.Ledger, "--rpc", $"http://127.0.0.1:{node.RpcPort}", "--listen", new Uri(node.AgentAddress).Authority, "--state-dir", node.StateFolder, "--start-script", node.StartScript, "--yes"];

    private static async Task<(int Code, string Output)> AgentInitAsync(LabNode node, string[] arguments, CancellationToken ct, string typed = "")
    {
        var log = Path.Combine(node.Folder, "init.log");
        File.Delete(log);
        int code;
        await using (var init = BeginInit(node, arguments, typed))
        {
            code = await init.ExitedAsync(ct);
        }
        var output = await File.ReadAllTextAsync(log, ct);
        File.Delete(log);
        return (code, output);
    }

    // The code comes as an operator types it, not on the command line.
    private static LabProcess BeginInit(LabNode node, string[] arguments, string typed) => LabProcess.Start(
        "/bin/sh", ["-c", $"exec {Programs.Agent} \"$@\" <<END\n{typed}\nEND\n", "sh", "init", "--config", node.AgentConfig, .. arguments], Path.Combine(node.Folder, "init.log"));

    private static Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".toml" or ".json" or ".key" or ".crt").ToDictionary(file => file, File.ReadAllText);
}
