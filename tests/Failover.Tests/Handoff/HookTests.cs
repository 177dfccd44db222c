using Failover.Agents;
using Failover.Hooks;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>The operator's programs around a handoff. That none runs in the gap, and none twice, is held by the oracle at every instant of each of these.</summary>
[Collection(SimulationCollection.Name)]
public class HookTests
{
    private static readonly Hook[] Everywhere = [.. HookPoints.All.Select(point => Hook(point))];

    [Fact]
    public Task Every_hook_runs_once_in_its_place_and_is_told_where_it_is() => RunAsync(Everywhere, async pair =>
    {
        var outcome = await pair.HandOverAsync(pair.A, pair.B);
        await pair.PassAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        string[] each = ["before-prepare", "after-prepare", "before-commit", "after-commit", "after-ending"];
        Assert.Equal(each, PointsOf(pair.A));
        Assert.Equal(each, PointsOf(pair.B));
        var told = pair.B.Hooks.Started[2].Call.Environment;
        Assert.Equal(
            [
                "FAILOVER_DRY_RUN=0", "FAILOVER_ENDING=", "FAILOVER_FENCING_TOKEN=1", "FAILOVER_HANDOFF_ID=handoff-0001", "FAILOVER_HOOK=before-commit", "FAILOVER_KIND=planned", "FAILOVER_NODE=node-b",
                "FAILOVER_PEER=node-a", "FAILOVER_PHASE=commit", "FAILOVER_ROLE=target", "FAILOVER_SOURCE=node-a", $"FAILOVER_STAKED_IDENTITY={pair.Cluster.Staked.Public}", "FAILOVER_TARGET=node-b",
                $"FAILOVER_VOTE_ACCOUNT={pair.Cluster.VoteAccount}",
            ],
            told.Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal));
        Assert.All(pair.A.Hooks.Started.Skip(3), hook => Assert.Equal("completed", hook.Ending));
        Assert.Equal("source", pair.A.Hooks.Started[0].Call.Environment["FAILOVER_ROLE"]);
    });

    [Fact]
    public Task What_each_hook_did_is_on_the_timeline_and_in_the_history_with_how_long_it_took() => RunAsync(Everywhere, async pair =>
    {
        var order = await pair.BeginAsync(pair.A, pair.B);
        var lines = (await pair.A.FollowAsync(order)).Where(line => line.Step == HandoffStep.Hook).Select(line => $"{line.State} {line.Text}").ToList();

        Assert.Contains("Started x-before-commit (before-commit), at most 2 s", lines);
        Assert.Contains(lines, line => line.StartsWith("Done x-before-commit (before-commit): exit code 0 after 0.02 s; it said: Succeeds", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Done x-after-ending (after-ending): exit code 0", StringComparison.Ordinal));
        var history = await pair.A.AskAsync(agent => agent.GetHistoryAsync(10, CancellationToken.None));
        Assert.Equal(lines.Count, history.First(entry => entry.Kind == "handoff").Events.Count(line => line.Step == HandoffStep.Hook));
    });

    [Theory]
    [InlineData(0, HookDeed.Fails, "exit code 1 after 0.02 s; it said: Fails")]
    [InlineData(1, HookDeed.Fails, "exit code 1 after 0.02 s; it said: Fails")]
    [InlineData(0, HookDeed.Hangs, "killed at its time limit of 2 s after 2.0")]
    [InlineData(1, HookDeed.Hangs, "killed at its time limit of 2 s after 2.0")]
    [InlineData(0, HookDeed.CannotBeKilled, "killed at its time limit of 2 s, and not gone yet after 4.0")]
    [InlineData(1, HookDeed.CannotBeKilled, "killed at its time limit of 2 s, and not gone yet after 4.0")]
    public Task A_hook_that_must_succeed_before_the_commit_and_does_not_leaves_everything_as_it_was(int node, HookDeed deed, string said) => RunAsync([Hook(HookPoint.BeforeCommit, must: true), Hook(HookPoint.AfterEnding)], async pair =>
    {
        var failing = pair.Nodes[node];
        Misbehave(failing, HookPoint.BeforeCommit, deed);

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Unchanged, outcome.Ending);
        Assert.Contains($"the hook x-before-commit (before-commit) on {failing.Name} must succeed and did not: {said}", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("then: failover handoff --to node-b", outcome.Text, StringComparison.Ordinal);
        Assert.Same(pair.A, pair.Voter);
        Assert.Empty(pair.Oracle.Demoted);
        // Both know how it ended, and neither is locked.
        await pair.UntilAsync(() => pair.Nodes.All(each => each.Hooks.Started[^1].Ending == "unchanged"));
        failing.Hooks.Does = _ => (HookDeed.Succeeds, TimeSpan.FromMilliseconds(20));
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(HandoffEnding.Completed, (await pair.HandOverAsync(pair.A, pair.B)).Ending);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public Task A_hook_that_must_succeed_before_the_prepare_and_does_not_stops_it_there_and_frees_the_node(int node) => RunAsync([Hook(HookPoint.BeforePrepare, must: true)], async pair =>
    {
        Misbehave(pair.Nodes[node], HookPoint.BeforePrepare, HookDeed.Fails);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => pair.PrepareAsync(pair.Order(pair.A, pair.B)));

        Assert.Equal(RefusalReason.PreflightFailed, refused.Reason);
        Assert.Contains($"x-before-prepare (before-prepare) on {pair.Nodes[node].Name} must succeed and did not: exit code 1", refused.Message, StringComparison.Ordinal);
        Assert.False(pair.Nodes[node].State.Handoff!.Unfinished);
    });

    [Theory]
    [InlineData(HookDeed.Fails)]
    [InlineData(HookDeed.Hangs)]
    [InlineData(HookDeed.CannotBeKilled)]
    public Task Hooks_that_need_not_succeed_never_stop_a_handoff(HookDeed deed) => RunAsync(Everywhere, async pair =>
    {
        foreach (var node in pair.Nodes)
        {
            node.Hooks.Does = _ => (deed, TimeSpan.FromMilliseconds(20));
        }
        var order = await pair.BeginAsync(pair.A, pair.B);

        var events = await pair.A.FollowAsync(order);

        Assert.Equal(HandoffEnding.Completed, events[^1].Outcome!.Ending);
        Assert.All(events.Where(line => line is { Step: HandoffStep.Hook, State: not StepState.Started } && line.Text.StartsWith('x')), line =>
            Assert.EndsWith("; the handoff does not depend on it", line.Text, StringComparison.Ordinal));
    });

    [Fact]
    public async Task Hooks_after_the_switch_take_no_time_from_it()
    {
        ulong? bare = null, hooked = null;
        await RunAsync([], async pair => bare = (await pair.HandOverAsync(pair.A, pair.B)).VoteGapSlots);
        await RunAsync([Hook(HookPoint.AfterCommit), Hook(HookPoint.AfterEnding)], async pair =>
        {
            foreach (var node in pair.Nodes)
            {
                node.Hooks.Does = _ => (HookDeed.Hangs, TimeSpan.Zero);
            }
            hooked = (await pair.HandOverAsync(pair.A, pair.B)).VoteGapSlots;
        });
        Assert.NotNull(bare);
        Assert.Equal(bare, hooked);
    }

    [Fact]
    public Task After_going_back_only_the_ending_is_told_and_by_its_name() => RunAsync(Everywhere, async pair =>
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse, times: 1);

        Assert.Equal(HandoffEnding.WentBack, (await pair.HandOverAsync(pair.A, pair.B)).Ending);
        await pair.UntilAsync(() => pair.Nodes.All(node => PointsOf(node)[^1] == "after-ending" && !node.Hooks.Running.Any()));

        Assert.DoesNotContain("after-commit", pair.Nodes.SelectMany(PointsOf));
        Assert.Equal("went-back", pair.A.Hooks.Started[^1].Ending);
        Assert.Equal("unchanged", pair.B.Hooks.Started[^1].Ending);
    });

    [Fact]
    public Task When_a_person_is_needed_the_hook_of_the_ending_is_told_so_and_again_when_it_has_ended() => RunAsync([Hook(HookPoint.AfterEnding)], async pair =>
    {
        pair.Network.Fates = (_, message) =>
        {
            if (message is HandOverMessage)
            {
                pair.B.CrashAgent();
            }
            return Fate.Arrives;
        };
        var order = await pair.BeginAsync(pair.A, pair.B);

        await pair.UntilAsync(() => pair.A.Hooks.Started.Count == 1);
        Assert.Equal("needs-operator", pair.A.Hooks.Started[0].Ending);
        await pair.B.StartAgentAsync();

        var ending = (await pair.A.FollowAsync(order))[^1].Outcome!.Ending;
        Assert.Equal(HandoffEnding.WentBack, ending);
        Assert.Equal(["needs-operator", "went-back"], pair.A.Hooks.Started.Select(hook => hook.Ending));
    });

    [Fact]
    public Task A_dry_run_with_hooks_runs_those_up_to_the_commit_tells_them_what_it_is_and_cannot_be_committed() => RunAsync(Everywhere, async pair =>
    {
        var report = await DryRunAsync(pair, HookUse.DryRun, out var order);

        Assert.Contains(report.Checks, check => check is { Name: "hooks-succeed", Outcome: CheckOutcome.Ok });
        Assert.Equal(["before-prepare", "after-prepare", "before-commit"], PointsOf(pair.A));
        Assert.Equal(["before-prepare", "after-prepare", "before-commit"], PointsOf(pair.B));
        await Assert.ThrowsAsync<OrderRefusedException>(() => pair.CommitAsync(order));
        await AbortAsync(pair, order);
        await pair.UntilAsync(() => pair.Nodes.All(node => node.Hooks.Started.Count == 4 && !node.Hooks.Running.Any()));
        Assert.All(pair.Nodes.SelectMany(node => node.Hooks.Started), hook => Assert.Equal("1", hook.Call.Environment["FAILOVER_DRY_RUN"]));
        Assert.All(pair.Nodes, node => Assert.Equal(("after-ending", "unchanged"), (PointsOf(node)[^1], node.Hooks.Started[^1].Ending)));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public Task A_dry_run_shows_a_hook_that_would_stop_the_handoff_as_a_check_that_fails(int node) => RunAsync([Hook(HookPoint.BeforeCommit, must: true)], async pair =>
    {
        Misbehave(pair.Nodes[node], HookPoint.BeforeCommit, HookDeed.Fails);

        var report = await DryRunAsync(pair, HookUse.DryRun, out _);

        var check = report.Checks.Single(check => check.Outcome == CheckOutcome.Fails);
        Assert.Equal("hooks-succeed", check.Name);
        Assert.Contains($"on {pair.Nodes[node].Name} must succeed", check.Seen, StringComparison.Ordinal);
        Assert.NotEmpty(check.Remedy);
    });

    [Fact]
    public Task A_dry_run_without_hooks_runs_none_and_cannot_be_committed() => RunAsync(Everywhere, async pair =>
    {
        await DryRunAsync(pair, HookUse.Skip, out var order);
        await Assert.ThrowsAsync<OrderRefusedException>(() => pair.CommitAsync(order));
        await AbortAsync(pair, order);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Empty(pair.Nodes.SelectMany(node => node.Hooks.Started));
    });

    [Theory]
    [InlineData(0, HookPoint.BeforePrepare)]
    [InlineData(1, HookPoint.BeforePrepare)]
    [InlineData(0, HookPoint.BeforeCommit)]
    [InlineData(1, HookPoint.BeforeCommit)]
    public Task An_abort_kills_the_hook_that_runs_and_ends_it_unchanged(int node, HookPoint point) => RunAsync([Hook(point, limit: 60), Hook(HookPoint.AfterEnding)], async pair =>
    {
        Misbehave(pair.Nodes[node], point, HookDeed.Hangs);
        var order = pair.Order(pair.A, pair.B);
        var going = GoAsync();
        await pair.UntilAsync(() => pair.Nodes[node].Hooks.Running.Any(hook => hook.Call.Environment["FAILOVER_HOOK"] == point.Word));

        await AbortAsync(pair, order);

        await pair.UntilAsync(() => !pair.Nodes.Any(each => each.Hooks.Running.Any()), TimeSpan.FromSeconds(5));
        await going;
        Assert.All(pair.Nodes.Where(each => each.State.Handoff is not null), each => Assert.False(each.State.Handoff!.Unfinished));
        Assert.Same(pair.A, pair.Voter);

        async Task GoAsync()
        {
            try
            {
                await pair.PrepareAsync(order);
                await pair.CommitAsync(order);
            }
            catch (OrderRefusedException e)
            {
                pair.Trace($"refused: {e.Message}");
            }
        }
    });

    [Fact]
    public Task A_target_takes_nothing_whose_hooks_were_not_asked_for() => RunAsync([Hook(HookPoint.BeforeCommit, must: true)], async pair =>
    {
        // As an agent would do that knows nothing of hooks.
        pair.Network.Replaces = (_, message) => message is ReadyMessage ready ? ready with { Facts = ready.Facts with { Hooks = [] } } : message;

        Assert.Equal(HandoffEnding.WentBack, (await pair.HandOverAsync(pair.A, pair.B)).Ending);

        Assert.Empty(pair.B.Hooks.Started);
        Assert.Same(pair.A, pair.Voter);
    });

    [Fact]
    public Task A_target_whose_source_is_gone_does_not_wait_with_the_hooks_of_the_ending() => RunAsync(Everywhere, async pair =>
    {
        await pair.PrepareAsync(pair.Order(pair.A, pair.B));

        pair.A.CrashAgent();

        await pair.UntilAsync(() => PointsOf(pair.B)[^1] == "after-ending", TimeSpan.FromSeconds(15));
        Assert.Equal("unchanged", pair.B.Hooks.Started[^1].Ending);
        Assert.Equal(HandoffPhase.Refused, pair.B.State.Handoff!.Phase);
    });

    [Fact]
    public Task The_next_handoff_waits_for_the_hooks_of_the_last() => RunAsync([Hook(HookPoint.BeforePrepare), Hook(HookPoint.AfterEnding)], async pair =>
    {
        foreach (var node in pair.Nodes)
        {
            node.Hooks.Does = call => (HookDeed.Succeeds, TimeSpan.FromSeconds(call.Environment["FAILOVER_HOOK"] == "after-ending" ? 1.5 : 0.1));
        }
        var first = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(first);
        await AbortAsync(pair, first);

        await pair.PrepareAsync(pair.Order(pair.A, pair.B));

        foreach (var node in pair.Nodes)
        {
            Assert.Equal(["before-prepare", "after-ending", "before-prepare"], PointsOf(node));
            Assert.False(node.Hooks.Running.Any());
        }
    });

    [Fact]
    public Task Hooks_that_outlast_the_restart_window_are_not_run_again_when_it_comes_back() => RunAsync([Hook(HookPoint.BeforeCommit, limit: 60)], async pair =>
    {
        pair.A.Hooks.Does = _ => (HookDeed.Succeeds, TimeSpan.FromSeconds(30));
        var leads = pair.Cluster.Slot + 60;
        pair.Cluster.LeaderSlots.AddRange([leads, leads + 1, leads + 2, leads + 3]);
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        await pair.CommitAsync(order, TimeSpan.FromSeconds(20));

        var outcome = (await pair.A.FollowAsync(order))[^1].Outcome!;
        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.True(outcome.Receipt!.LastVotedSlot > leads + 3, "the switch fell before, or on, the leader slots");
        Assert.Single(pair.A.Hooks.Started);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task An_agent_that_dies_in_any_hook_leaves_one_voter_and_runs_what_follows_the_ending_once(int node)
    {
        for (var n = 1; n <= Everywhere.Length; n++)
        {
            await RunAsync(Everywhere, pair => DieInHookAsync(pair, pair.Nodes[node], n));
        }
    }

    [Fact]
    public Task A_hook_that_is_added_later_is_not_for_a_handoff_that_is_over() => RunAsync([Hook(HookPoint.AfterEnding)], async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.Nodes.All(node => node.Hooks.Started.Count == 1 && !node.Hooks.Running.Any()));

        foreach (var node in pair.Nodes)
        {
            node.CrashAgent();
            node.Config = node.Config with { Hooks = [Hook(HookPoint.AfterCommit), .. node.Config.Hooks] };
            await node.StartAgentAsync();
        }
        await pair.PassAsync(TimeSpan.FromMinutes(2));

        Assert.All(pair.Nodes, node => Assert.Single(node.Hooks.Started));
    });

    private static async Task DieInHookAsync(SimulatedPair pair, SimulatedNode node, int n)
    {
        node.Hooks.Counted = () =>
        {
            if (node.Hooks.Started.Count == n)
            {
                node.CrashAgent();
            }
        };
        try
        {
            await pair.BeginAsync(pair.A, pair.B);
        }
        catch (Exception e) when (e is not InvariantBrokenException)
        {
            pair.Trace($"the coordinator gives up: {e.Message}");
        }
        await pair.UntilAsync(() => !node.AgentRuns);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        await node.StartAgentAsync();
        await pair.UntilAsync(() => !node.State.Handoff!.Unfinished && PointsOf(node)[^1] == "after-ending" && !node.Hooks.Running.Any());
        await pair.PassAsync(TimeSpan.FromSeconds(60));

        var points = PointsOf(node);
        Assert.Equal(points.Distinct(), points);
        // What was cut off is not run again; what follows it is.
        Assert.Equal(Math.Min(n + 1, Everywhere.Length), points.Count);
        Assert.Equal(n < 4 ? "unchanged" : "completed", node.Hooks.Started[^1].Ending);
        Assert.NotNull(pair.Voter);
    }

    private static Hook Hook(HookPoint at, bool must = false, double limit = 2) => new(at, $"x-{at.Word}", [$"/hooks/{at.Word}", "--token", "secret"], TimeSpan.FromSeconds(limit), must, HandoffRole.Unknown);

    private static Task RunAsync(IReadOnlyList<Hook> hooks, Func<SimulatedPair, Task> test) => SimulatedPair.RunAsync(test, before: pair =>
    {
        foreach (var node in pair.Nodes)
        {
            node.Config = node.Config with { Hooks = hooks };
        }
    });

    private static void Misbehave(SimulatedNode node, HookPoint point, HookDeed deed) =>
        node.Hooks.Does = call => (call.Environment["FAILOVER_HOOK"] == point.Word ? deed : HookDeed.Succeeds, TimeSpan.FromMilliseconds(20));

    private static IReadOnlyList<string> PointsOf(SimulatedNode node) => [.. node.Hooks.Started.Select(hook => hook.Call.Environment["FAILOVER_HOOK"])];

    private static Task<PrepareReport> DryRunAsync(SimulatedPair pair, HookUse use, out HandoffOrder order)
    {
        var it = order = pair.Order(pair.A, pair.B);
        return PrepareAsync();

        async Task<PrepareReport> PrepareAsync()
        {
            await pair.B.AskAsync(agent => agent.PrepareAsync(it, HandoffRole.Target, use, CancellationToken.None));
            return await pair.A.AskAsync(agent => agent.PrepareAsync(it, HandoffRole.Source, use, CancellationToken.None));
        }
    }

    private static async Task AbortAsync(SimulatedPair pair, HandoffOrder order)
    {
        foreach (var node in pair.Nodes.Where(node => node.State.Handoff?.Order == order))
        {
            await node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None));
        }
    }
}
