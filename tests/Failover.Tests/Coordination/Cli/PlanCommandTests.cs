using Failover.Agents;
using Failover.Cluster;
using Failover.Coordinator;
using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Coordination.Cli;

public sealed class PlanCommandTests
{
    [Fact]
    public async Task A_plan_reads_from_the_order_to_what_stands_in_its_way_and_frees_both_nodes()
    {
        var pair = PairWithSchedule();
        var run = await CliRun.RunAsync(pair, "plan --to tokyo");
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(Golden.Plan, Golden.WithoutId(run.Out));
        Assert.Equal(["tokyo: prepare Target Skip", "london: prepare Source Skip", "london: abort", "tokyo: abort"], pair.Orders);
    }

    [Fact]
    public async Task A_plan_at_once_says_what_is_skipped()
    {
        var pair = PairWithSchedule(first: Samples.Slot + 20);
        var run = await CliRun.RunAsync(pair, "plan --to tokyo --now");
        Assert.Contains("4 of the next leader slots would be skipped", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("→ failover handoff --to tokyo --now\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_would_not_begin_shows_everything_and_names_the_remedy()
    {
        var pair = PairWithSchedule();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, Samples.Failing));
        var run = await CliRun.RunAsync(pair, "plan --to tokyo");
        Assert.Equal((int)ExitCode.Unchanged, run.Code);
        Assert.Contains("voter fence", run.Out, StringComparison.Ordinal);
        Assert.Contains("✗ authorized-voter-loaded", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("→ restart tokyo's validator with --authorized-voter-keypair\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("tokyo: abort", pair.Calls);
    }

    [Fact]
    public async Task A_plan_without_a_leader_schedule_says_that_only_now_can_be_carried_out()
    {
        var run = await CliRun.RunAsync(new Pair(Samples.Active("london") with { Epoch = null }), "plan --to tokyo");
        Assert.Contains("does not tell its leader schedule", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Hooks_stand_among_the_steps_where_they_run_and_their_arguments_nowhere()
    {
        HookFacts Hook(HookPoint at, HandoffRole role = HandoffRole.Unknown) => new(at, $"x-{at.Word}", "/usr/local/bin/x", TimeSpan.FromSeconds(5), at.IsBefore, role, HookFile.Good);
        var every = HookPoints.All.Select(point => Hook(point)).ToList();
        var plan = new HandoffPlan(Samples.Order(), Samples.Active("london") with { Hooks = every }, Samples.Standby("tokyo") with { Hooks = [.. every, Hook(HookPoint.BeforeCommit, HandoffRole.Source)] }, []);

        var steps = HandoffPreview.Of(plan, new CommitOptions(TimeSpan.Zero), null).Steps;

        Assert.Equal(
            ["tokyo before-prepare", "tokyo after-prepare", "london before-prepare", "london after-prepare", "london WaitForWindow", "tokyo before-commit", "london before-commit", "london RelinkToUnstaked",
                "london VoterFence", "london SetIdentityUnstaked", "london Seal", "london HandOver", "tokyo Promote", "tokyo FirstVote", "london GiveVotersBack",
                "tokyo after-commit", "tokyo after-ending", "london after-commit", "london after-ending"],
            steps.Select(step => $"{step.Node} {(step.Step == HandoffStep.Hook ? step.Text.Split(':')[0] : step.Step)}"));
        Assert.Equal("before-commit: x-before-commit (/usr/local/bin/x), at most 5 s, must succeed", steps[5].Text);
    }

    [Fact]
    public async Task A_plan_as_JSON_is_one_document_with_windows_steps_and_checks()
    {
        var run = await CliRun.RunAsync(PairWithSchedule(), "plan --to tokyo --output json");
        Assert.Equal("preview", run.Document.GetProperty("type").GetString());
        Assert.Equal(Samples.Slot + 104, run.Document.GetProperty("windows")[0].GetProperty("opens").GetUInt64());
        Assert.Equal(9, run.Document.GetProperty("steps").GetArrayLength());
        Assert.Equal(0UL, run.Document.GetProperty("expected_vote_gap_slots").GetUInt64());
        Assert.True(run.Document.GetProperty("preflight").GetProperty("passes").GetBoolean());
    }

    [Fact]
    public void A_round_trip_that_does_not_fit_into_a_slot_costs_one()
    {
        var pair = PairWithSchedule();
        var order = new HandoffPlan(Samples.Order(), pair.London.Facts, pair.Tokyo.Facts, []);
        var far = new Preparation(order, null, Samples.Report(pair.London.Facts) with { RoundTrip = TimeSpan.FromMilliseconds(380) }, null, []);
        Assert.Equal(1UL, HandoffPreview.Of(order, new CommitOptions(TimeSpan.Zero), far).VoteGapSlots);
    }

    private static readonly NodePaths Paths = new("/home/sol/identity.json", "/home/sol/staked.json", "/home/sol/unstaked.json", "/mnt/ledger");

    // Leader slots at 100, 1,000 and 1,500 slots from now; the epoch ends 1,300 slots from now.
    private static Pair PairWithSchedule(ulong first = Samples.Slot + 100)
    {
        ulong[] groups = [first, Samples.Slot + 1000, Samples.Slot + 1500];
        return new Pair(Samples.Active("london") with
        {
            Epoch = new EpochInfo(723, Samples.Slot, 430_700, 432_000),
            NextLeaderSlots = [.. groups.SelectMany(group => new[] { group, group + 1, group + 2, group + 3 })],
            LeaderSlotsKnownUpTo = Samples.Slot + 433_300,
            Paths = Paths,
        }, Samples.Standby("tokyo") with { Paths = Paths });
    }
}
