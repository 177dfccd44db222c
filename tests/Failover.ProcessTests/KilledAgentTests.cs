using Failover.Identities;
using Failover.Lab;

namespace Failover.ProcessTests;

/// <summary>Programs that are killed in the middle, with nothing to say goodbye: what is on disk must be enough.</summary>
public sealed class KilledAgentTests
{
    private static readonly TimeSpan FastSlot = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task The_coordinator_can_be_killed_at_any_moment_and_the_handoff_ends_all_the_same()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        await using (var coordinator = LabProcess.Start(
            Programs.Coordinator, ["--config", world.CoordinatorConfig, "handoff", "--to", "tokyo", "--now", "--yes"], Path.Combine(world.Folder, "cli.log")))
        {
            await LineInAsync(world["london"].AgentLog, "RelinkToUnstaked", ct);
            await coordinator.KillAsync();
        }

        await VotesFromAsync(world, "tokyo", ct);

        var status = await world.FailoverAsync(ct, "status");
        Assert.True(status.ExitCode == 0, $"{status}");
        Assert.Contains("tokyo is active", status.Output, StringComparison.Ordinal);
        await HandoffTests.AssertSafeAsync(world, 1, ct);
    }

    [Theory]
    [InlineData("RelinkToUnstaked Done")]
    [InlineData("VoterFence Done")]
    [InlineData("SetIdentityUnstaked Done")]
    [InlineData("Seal Done")]
    [InlineData("HandOver Started")]
    [InlineData("HandOver Done")]
    public async Task A_source_agent_killed_in_the_commit_phase_carries_the_handoff_to_an_ending_when_it_is_back(string when)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        await KillAtAsync(world, world["london"], when, ct);

        await world["london"].StartAgentAsync(ct);
        var resumed = await world.FailoverAsync(ct, "resume");

        await AssertOneActiveAsync(world, resumed, ct);
    }

    [Theory]
    [InlineData("Promote Started")]
    [InlineData("Promote Done")]
    public async Task A_target_agent_killed_in_the_promotion_still_answers_when_it_is_back(string when)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);
        await KillAtAsync(world, world["tokyo"], when, ct);

        await world["tokyo"].StartAgentAsync(ct);
        var resumed = await world.FailoverAsync(ct, "resume");

        await AssertOneActiveAsync(world, resumed, ct);
    }

    [Fact]
    public async Task Two_coordinators_at_once_make_one_handoff_and_one_refusal()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await StartAsync(ct);

        var both = await Task.WhenAll(
            world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes"),
            world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes"));

        Assert.True(both.Any(result => result.ExitCode == 0) || both.All(result => result.ExitCode == 3), $"{both[0]}\n{both[1]}");
        var status = await world.FailoverAsync(ct, "status");
        Assert.True(status.ExitCode == 0, $"{status}");
        var switches = status.Output.Contains("tokyo is active", StringComparison.Ordinal) ? 1 : 0;
        await world.PassVotesAsync(3, ct);
        await HandoffTests.AssertSafeAsync(world, switches, ct);
    }

    private static async Task<LabWorld> StartAsync(CancellationToken ct)
    {
        var world = await LabWorld.StartAsync(
            new LabOptions { Slot = FastSlot, AgentHandoffSettings = "needs_operator_after = \"5s\"" }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        return world;
    }

    /// <summary>Starts a handoff to tokyo and kills the node's agent as soon as its log shows the words.</summary>
    private static async Task KillAtAsync(LabWorld world, LabNode node, string words, CancellationToken ct)
    {
        await using var coordinator = LabProcess.Start(
            Programs.Coordinator, ["--config", world.CoordinatorConfig, "handoff", "--to", "tokyo", "--now", "--yes"], Path.Combine(world.Folder, "cli.log"));
        await LineInAsync(node.AgentLog, words, ct);
        await node.Agent!.KillAsync();
    }

    private static async Task LineInAsync(string file, string words, CancellationToken ct)
    {
        while (!File.Exists(file) || !(await File.ReadAllTextAsync(file, ct)).Contains(words, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, ct);
        }
    }

    private static async Task VotesFromAsync(LabWorld world, string host, CancellationToken ct)
    {
        while ((await world.Cluster.JudgeAsync(null, ct)).Gaps is not [.., { ToHost: var to }] || to != host)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
    }

    private static async Task AssertOneActiveAsync(LabWorld world, CliResult resumed, CancellationToken ct)
    {
        CliResult status;
        string? active;
        do
        {
            status = await world.FailoverAsync(ct, "status");
            active = world.Nodes.Select(node => node.Name).SingleOrDefault(name => status.Output.Contains($"{name} is active", StringComparison.Ordinal));
        }
        while (active is null && !ct.IsCancellationRequested);
        Assert.True(active is not null, $"{resumed}\n{status}\n{HandoffTests.LogsOf(world)}");
        await world.PassVotesAsync(5, ct);
        await HandoffTests.AssertSafeAsync(world, active == "tokyo" ? 1 : 0, ct);
        Assert.Equal(HeldIdentity.Staked, world[active].LinkPointsTo);
        Assert.All(world.Nodes.Where(node => node.Name != active), node => Assert.Equal(HeldIdentity.Unstaked, node.LinkPointsTo));
    }
}
