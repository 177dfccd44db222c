using Failover.Agents;
using Failover.Coordinator;
using Failover.Handoff;

namespace Failover.Coordination.Cli;

public sealed class HandoffCommandTests
{
    [Fact]
    public async Task A_handoff_that_completes_reads_from_plan_to_verdict()
    {
        var pair = new Pair();
        pair.LetItComplete();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(Golden.CompletedHandoff, Golden.WithoutId(run.Out));
        Assert.Contains("london: commit 120s", pair.Calls);
    }

    [Theory]
    [InlineData("--now", 0)]
    [InlineData("--min-idle-time 90s", 90)]
    [InlineData("--min-idle-time 1h30m", 5400)]
    public async Task The_window_is_as_asked_for(string options, int seconds)
    {
        var pair = new Pair();
        pair.LetItComplete();
        await CliRun.RunAsync(pair, $"handoff --to tokyo --yes {options}");
        Assert.Contains($"london: commit {seconds}s", pair.Calls);
    }

    [Fact]
    public async Task The_source_is_told_what_the_window_needs_besides_and_why_it_is_not_waited_for()
    {
        List<CommitOptions> told = [];
        foreach (var options in new[] { "", "--max-delinquent-stake 2.5 --wait-for-snapshot", "--max-delinquent-stake 100", "--now", "--now dying" })
        {
            var pair = new Pair();
            pair.LetItComplete();
            var complete = pair.London.OnCommit!;
            pair.London.OnCommit = (order, commit) =>
            {
                told.Add(commit);
                return complete(order, commit);
            };
            await CliRun.RunAsync(pair, $"handoff --to tokyo --yes {options}");
        }
        var usual = new CommitOptions(TimeSpan.FromMinutes(2));
        Assert.Equal(
            [
                usual with { MaxDelinquentStake = 0.05 }, usual with { MaxDelinquentStake = 0.025, NewSnapshot = true }, usual,
                new(TimeSpan.Zero) { OverrideReason = "no reason given" }, new(TimeSpan.Zero) { OverrideReason = "dying" },
            ], told);
    }

    [Fact]
    public async Task A_dry_run_prepares_reports_and_frees_both_nodes()
    {
        var pair = new Pair();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --dry-run");
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(["tokyo: prepare Target Skip", "london: prepare Source Skip", "london: abort", "tokyo: abort"], pair.Orders);
        Assert.EndsWith("✓ Dry run passed: both nodes are ready, and released again. Nothing was changed.\n→ failover handoff --to tokyo\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_with_hooks_says_so_to_the_agents_and_where_to_read_how_they_fared()
    {
        var pair = new Pair(Samples.Active("london") with { Hooks = [Examinations.Hosts.Hook(Hooks.HookFile.Good)] });
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --dry-run --hooks run");
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(["tokyo: prepare Target DryRun", "london: prepare Source DryRun", "london: abort", "tokyo: abort"], pair.Orders);
        Assert.Contains("How each hook fared: failover history ", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("handoff --to tokyo --hooks run", "--hooks comes only with --dry-run")]
    [InlineData("handoff --to tokyo --dry-run --hooks maybe", "maybe")]
    public async Task What_is_said_of_hooks_has_to_make_sense(string typed, string said)
    {
        var run = await CliRun.RunAsync(new Pair(), typed);
        Assert.Equal((int)ExitCode.Usage, run.Code);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_check_stands_last_next_to_what_follows_with_its_remedy_and_both_nodes_are_free()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, Samples.Failing));
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.Unchanged, run.Code);
        Assert.Contains(
            """
            Preflight
              ✓ same-staked-identity     both have J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm…
              ✓ target-healthy           tokyo: ok, 1 slot behind london
              ✗ authorized-voter-loaded  tokyo's command line names no --authorized-voter
                                         → restart tokyo's validator with
                                           --authorized-voter-keypair
            ✗ 2 ok, 1 fails; round trip 12 ms, tokyo's clock ahead by 3 ms

            """, run.Out, StringComparison.Ordinal);
        Assert.Equal(
            """
            ✗ The check authorized-voter-loaded fails: tokyo's command line names no
              --authorized-voter. london still has the identity: nothing about voting was
              changed, and both nodes are free again.
              london: holds S, comes up with S when restarted
              tokyo: holds U, comes up with U when restarted
            → restart tokyo's validator with --authorized-voter-keypair

            """, run.Error);
        Assert.DoesNotContain(pair.Calls, call => call.Contains("commit", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("y\n", true)]
    [InlineData("yes\n", true)]
    [InlineData("n\n", false)]
    [InlineData("\n", false)]
    [InlineData("", false)]
    [InlineData("tokyo\n", false)]
    public async Task Only_a_yes_to_the_question_moves_the_identity(string typed, bool moves)
    {
        var pair = new Pair();
        pair.LetItComplete();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo", input: typed, width: 80);
        Assert.Contains("Move J6AH…4PNE from london to tokyo? [y/N] ", run.Out, StringComparison.Ordinal);
        Assert.Equal(moves, pair.Calls.Contains("london: commit 120s"));
        Assert.Equal(moves, !pair.Calls.Contains("tokyo: abort"));
        Assert.Equal((int)(moves ? ExitCode.Ok : ExitCode.Unchanged), run.Code);
    }

    [Fact]
    public async Task Without_a_terminal_and_without_yes_nobody_is_asked_and_nothing_is_sent()
    {
        var pair = new Pair();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo");
        Assert.Equal((int)ExitCode.Usage, run.Code);
        Assert.Empty(pair.Calls);
        Assert.Contains("→ the same command with --yes", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_before_the_go_frees_both_nodes()
    {
        using var interrupted = new CancellationTokenSource();
        var pair = new Pair();
        pair.London.OnPrepare = async (_, _, _) =>
        {
            await interrupted.CancelAsync();
            return Samples.Report(pair.London.Facts);
        };
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes", interrupted: interrupted);
        Assert.Equal((int)ExitCode.Unchanged, run.Code);
        Assert.Contains("tokyo: abort", pair.Calls);
        Assert.DoesNotContain(pair.Calls, call => call.Contains("commit", StringComparison.Ordinal));
        Assert.Contains("both nodes are free again", run.Error.ReplaceLineEndings(" ").Replace("   ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_after_the_go_only_ends_the_watching_and_says_so()
    {
        using var interrupted = new CancellationTokenSource();
        var pair = new Pair();
        pair.London.OnFollow = (_, _, ct) => InterruptedAsync(interrupted, ct);
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes", interrupted: interrupted);
        Assert.Equal((int)ExitCode.Detached, run.Code);
        Assert.DoesNotContain(pair.Calls, call => call.Contains("abort", StringComparison.Ordinal));
        Assert.StartsWith("! Detached: the handoff goes on between the two agents", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("→ failover resume\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_breaks_after_the_go_is_a_detachment_and_no_failure_of_the_handoff()
    {
        var pair = new Pair();
        pair.London.OnFollow = (_, _, _) => Pair.Told([], then: new IOException("broken pipe"));
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.Detached, run.Code);
        Assert.Contains("has begun", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HandoffEnding.Unchanged, (int)ExitCode.Unchanged, "! Unchanged: london still holds the identity")]
    [InlineData(HandoffEnding.WentBack, (int)ExitCode.WentBack, "! Went back: london holds the identity again.")]
    [InlineData(HandoffEnding.NeedsOperator, (int)ExitCode.NeedsOperator, "✗ Needs you: it cannot be proven who may hold the identity.")]
    public async Task Every_ending_has_its_words_and_its_exit_code(HandoffEnding ending, int code, string heading)
    {
        var pair = new Pair();
        var outcome = Samples.Outcome(HandoffPhase.Ended, ending, "What happened.", ending == HandoffEnding.NeedsOperator ? "failover resume --target-is-fenced" : "");
        pair.London.OnFollow = (_, from, _) => Pair.Told(Samples.Timeline("london", outcome with { Order = pair.London.Order! }, (HandoffStep.VoterFence, StepState.Failed, 3, "no")), from);
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal(code, run.Code);
        Assert.Contains(heading, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alarm_needs_an_operator_even_when_the_handoff_completed()
    {
        var pair = new Pair();
        pair.LetItComplete();
        pair.London.OnFollow = (id, from, _) => Pair.Told(Samples.Timeline("london", Samples.Completed(pair.London.Order), (HandoffStep.Seal, StepState.Alarm, 3, "The sealed record changed.")), from);
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.NeedsOperator, run.Code);
        Assert.Contains("✗ ALARM from london: The sealed record changed.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_end_is_not_heard_it_is_not_known_and_resume_is_the_command()
    {
        var pair = new Pair();
        pair.London.OnFollow = (_, _, _) => Pair.Told([]);
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.Unreachable, run.Code);
        Assert.EndsWith("→ failover resume\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_the_active_node_there_is_nothing_to_do_and_that_is_fine()
    {
        var run = await CliRun.RunAsync(new Pair(), "handoff --to london --yes");
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.StartsWith("✓ london is already active: nothing to do.\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handoff_in_progress_is_named_and_nobody_is_locked()
    {
        var pair = new Pair(Samples.Active("london") with { LastHandoff = Samples.Outcome(HandoffPhase.Demoting, HandoffEnding.Unknown) });
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes");
        Assert.Equal((int)ExitCode.Unchanged, run.Code);
        Assert.Empty(pair.Orders);
        Assert.Contains(Samples.Id.ToString(), run.Error, StringComparison.Ordinal);
        Assert.EndsWith("→ failover resume\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_60_columns_no_line_of_a_table_is_wider()
    {
        var pair = new Pair();
        pair.LetItComplete();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes", width: 60);
        // The plain event lines are for logs, and never wrapped.
        Assert.All(run.Out.Split('\n').Where(line => !line.Contains("s  london", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, 60));
    }

    private static async IAsyncEnumerable<HandoffEvent> InterruptedAsync(CancellationTokenSource interrupted, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        yield return Samples.CompletedTimeline(Samples.Completed())[2];
        await interrupted.CancelAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
    }
}
