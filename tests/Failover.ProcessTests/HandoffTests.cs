using System.Text.Json;
using Failover.Identities;
using Failover.Lab;

namespace Failover.ProcessTests;

/// <summary>Real programs, sockets, certificates and files; only cluster and validators are fakes, and the judge is nobody's friend.</summary>
public sealed class HandoffTests
{
    private const int Handoffs = 20;

    private static readonly TimeSpan FastSlot = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData("2.3", false)]
    [InlineData("3.1", false)]
    [InlineData("4.1", false)]
    [InlineData("4.2", false)]
    [InlineData("4.3", false)]
    [InlineData("4.2", true)]
    public async Task Twenty_handoffs_in_a_row_lose_no_vote_and_make_no_second_voter(string version, bool alpenglow)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot, Version = version, Alpenglow = alpenglow }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        for (var i = 0; i < Handoffs; i++)
        {
            var (source, target) = (world.Nodes[i % 2], world.Nodes[(i + 1) % 2]);
            var result = await world.FailoverAsync(ct, "handoff", "--to", target.Name, "--now", "--yes");
            Assert.True(result.ExitCode == 0, $"handoff {i + 1}: {result}\n{LogsOf(world)}");
            Assert.Equal(HeldIdentity.Staked, target.LinkPointsTo);
            Assert.Equal(HeldIdentity.Unstaked, source.LinkPointsTo);
            await world.PassVotesAsync(3, ct);
        }
        await AssertSafeAsync(world, Handoffs, ct);
        Assert.All(world.Nodes, node => Assert.True(node.Validator!.Running, $"{node.Name}'s validator ended"));
    }

    [Fact]
    public async Task The_published_guide_makes_stale_towers_on_these_very_fakes()
    {
        var ct = TestContext.Current.CancellationToken;
        // At the real slot time: the race is one against the clock of the chain, and how often it is lost depends on how fast this machine is. So each round copies at another speed.
        ComparisonRow? row = null;
        foreach (var scp in (int[])[10, 200, 7, 20, 100, 400])
        {
            row = await Comparison.GuideAsync(new LabOptions(), Handoffs, TimeSpan.FromMilliseconds(scp), ct);
            if (row.StaleRecords > 0)
            {
                break;
            }
        }
        Assert.True(row!.StaleRecords > 0, $"{row}");
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_leaves_nobody_locked()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        var before = FilesOf(world["tokyo"].Ledger);

        var dry = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--dry-run");

        Assert.True(dry.ExitCode == 0, $"{dry}");
        Assert.Equal(before, FilesOf(world["tokyo"].Ledger));
        Assert.Equal(HeldIdentity.Staked, world["london"].LinkPointsTo);
        var real = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        Assert.True(real.ExitCode == 0, $"{real}");
        await AssertSafeAsync(world, 1, ct);
    }

    [Fact]
    public async Task A_validator_that_died_hands_its_identity_over_from_its_disk()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        await world["london"].Validator!.KillAsync();

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 0, $"{result}\n{LogsOf(world)}");
        Assert.Equal(HeldIdentity.Unstaked, world["london"].LinkPointsTo);
        await world.StartValidatorAsync(world["london"], ct);
        await world.PassVotesAsync(5, ct);
        await AssertSafeAsync(world, 1, ct);
    }

    [Theory]
    [InlineData("refuse-set-identity")]
    [InlineData("say-yes-do-nothing")]
    public async Task A_target_whose_validator_does_not_take_the_identity_leaves_it_with_the_source(string fault)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        await world["tokyo"].ControlAsync(ct, fault, "on");

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 4, $"{result}\n{LogsOf(world)}");
        Assert.Equal(HeldIdentity.Staked, world["london"].LinkPointsTo);
        Assert.Equal(HeldIdentity.Unstaked, world["tokyo"].LinkPointsTo);
        await world.PassVotesAsync(5, ct);
        await AssertSafeAsync(world, 0, ct);
    }

    [Fact]
    public async Task A_source_whose_disk_is_slower_than_its_votes_hands_nothing_over_before_they_are_all_stored()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        // Each store takes two to three slots: the votes queue up.
        await world["london"].ControlAsync(ct, "delay-store", "250");
        await world.PassVotesAsync(8, ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        // It does not come to rest within the time that sealing has, so that the source takes S back once everything is stored.
        Assert.True(result.ExitCode == 4, $"{result}\n{LogsOf(world)}");
        Assert.DoesNotContain("ALARM", $"{result}", StringComparison.Ordinal);
        await world["london"].ControlAsync(ct, "delay-store", "0");
        await world.PassVotesAsync(5, ct);
        await AssertSafeAsync(world, 0, ct);
    }

    [Fact]
    public async Task A_validator_that_applies_the_identity_and_then_reports_failure_is_believed_by_what_it_holds()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        await world["tokyo"].ControlAsync(ct, "apply-then-fail", "on");

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 0, $"{result}\n{LogsOf(world)}");
        await world.PassVotesAsync(5, ct);
        await AssertSafeAsync(world, 1, ct);
    }

    [Fact]
    public async Task The_json_output_ends_with_the_outcome_and_its_vote_gap()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = FastSlot }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);

        var result = await world.FailoverAsync(ct, "--output", "json", "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 0, $"{result}");
        var last = JsonDocument.Parse(result.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Contains("completed", last.GetRawText(), StringComparison.OrdinalIgnoreCase);
        var gap = (await world.Cluster.JudgeAsync(1, ct)).Gaps.Single();
        Assert.Contains($"{gap.RawGap}", last.GetRawText(), StringComparison.Ordinal);
    }

    internal static async Task AssertSafeAsync(LabWorld world, int switches, CancellationToken ct)
    {
        var verdict = await world.Cluster.JudgeAsync(switches, ct);
        Assert.True(verdict.Safe, string.Join('\n', verdict.Violations.Select(violation => $"{violation.Kind}: {violation.Sentence}")));
        Assert.False(verdict.Vacuous, "nobody voted");
        Assert.Equal(switches, verdict.Switches);
    }

    internal static string LogsOf(LabWorld world) => string.Join('\n', world.Nodes.SelectMany(node => new[] { node.AgentLog, node.ValidatorLog })
        .Where(File.Exists).Select(path => $"== {path}\n{string.Join('\n', File.ReadLines(path).TakeLast(40))}"));

    private static List<string> FilesOf(string folder) => [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
}
