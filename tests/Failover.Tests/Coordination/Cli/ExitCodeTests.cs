using Failover.Agents;
using Failover.Coordinator;
using Failover.Coordinator.Commands;
using Failover.Coordinator.Output;
using Failover.Handoff;

namespace Failover.Coordination.Cli;

public sealed class ExitCodeTests
{
    [Fact]
    public void Every_exit_code_is_documented_once() => Assert.Equal(Enum.GetValues<ExitCode>(), ExitCodes.All.Select(known => known.Code));

    [Fact]
    public void Every_obstacle_has_an_exit_code_that_is_no_bug() =>
        Assert.All(Enum.GetValues<ObstacleKind>(), kind => Assert.NotEqual(ExitCode.Bug, Trouble.CodeOf(kind)));

    [Fact]
    public async Task The_help_ends_with_the_exit_codes()
    {
        var run = await CliRun.RunAsync(new Pair(), "--help");
        Assert.Equal(0, run.Code);
        Assert.EndsWith("  130  Ctrl-C after the go: the handoff goes on without us\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("    7  the voting record is not valid\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_of_one_command_is_about_that_command()
    {
        var run = await CliRun.RunAsync(new Pair(), "handoff --help");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("Exit codes", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_exit_codes_tells_them_too() =>
        Assert.StartsWith("Exit codes:\n    0  done", (await CliRun.RunAsync(new Pair(), "help exit-codes")).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("handoff")]
    [InlineData("handof --to tokyo")]
    [InlineData("handoff --to tokyo --now --min-idle-time 2m")]
    [InlineData("handoff --to tokyo --min-idle-time 2")]
    [InlineData("handoff --to tokyo --min-idle-time soon")]
    [InlineData("handoff --to tokyo --min-idle-time 0s")]
    [InlineData("handoff --to tokyo --max-delinquent-stake 0")]
    [InlineData("handoff --to tokyo --max-delinquent-stake 101")]
    [InlineData("handoff --to tokyo --max-delinquent-stake few")]
    [InlineData("handoff --to tokyo --now --wait-for-snapshot")]
    [InlineData("plan")]
    [InlineData("status --output yaml")]
    [InlineData("resume --target-is-fenced")]
    [InlineData("node set-identity london nothing")]
    [InlineData("history --most 0")]
    public async Task A_wrong_command_line_is_2_and_reaches_nobody(string command)
    {
        var pair = new Pair();
        var run = await CliRun.RunAsync(pair, command);
        Assert.Equal(((int)ExitCode.Usage, ""), (run.Code, run.Out));
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(pair.Calls);
    }

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Each_exception_is_told_in_words_with_its_code(string name, Exception exception, int code)
    {
        var trouble = Errors.Explain(exception, null);
        Assert.Equal((name, code), (name, (int)trouble.Code));
        Assert.DoesNotContain("   at ", trouble.What, StringComparison.Ordinal);
    }

    public static IEnumerable<TheoryDataRow<string, Exception, int>> Exceptions() =>
    [
        new("refused", new OrderRefusedException(RefusalReason.Locked, "Locked."), (int)ExitCode.Unchanged),
        new("silence", Pair.Silence("tokyo"), (int)ExitCode.Unreachable),
        new("usage", new UsageException("No."), (int)ExitCode.Usage),
        new("file", new FileNotFoundException("no such file"), (int)ExitCode.Usage),
        new("cancelled", new OperationCanceledException(), (int)ExitCode.Unchanged),
        new("watch", new WatchFailedException(Samples.Order(), new IOException("broken pipe")), (int)ExitCode.Detached),
        new("bug", new InvalidOperationException("oops"), (int)ExitCode.Bug),
    ];

    [Fact]
    public async Task A_stack_trace_is_shown_on_request_only()
    {
        var pair = new Pair();
        pair.London.OnStatus = _ => throw new InvalidOperationException("oops");
        var quiet = await CliRun.RunAsync(pair, "status");
        Assert.Equal((int)ExitCode.Bug, quiet.Code);
        Assert.DoesNotContain("   at ", quiet.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", (await CliRun.RunAsync(pair, "status --debug")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HandoffPhase.Prepared, (int)ExitCode.Unchanged)]
    [InlineData(HandoffPhase.Demoting, (int)ExitCode.Unreachable)]
    public async Task A_resume_that_reaches_no_ending_does_not_claim_one(HandoffPhase phase, int code) => Assert.Equal(code, (await CliRun.RunAsync(
        new Pair(Samples.Active("london") with { LastHandoff = Samples.Outcome(phase, HandoffEnding.Unknown, "Not yet.") }), "resume")).Code);

    [Fact]
    public async Task An_abort_that_was_carried_out_is_done() => Assert.Equal((int)ExitCode.Ok, (await CliRun.RunAsync(
        new Pair(Samples.Active("london") with { LastHandoff = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) }), "abort")).Code);
}
