using Failover.Coordination;
using Failover.Coordination.Cli;

namespace Failover.Usage;

/// <summary>What is offered at a Tab; that a real bash gets it is tried with the programs themselves.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("failover ", "abort completion doctor handoff help history init manual node pki plan record report resume status")]
    [InlineData("failover h", "handoff help history")]
    [InlineData("failover handoff --t", "--to")]
    [InlineData("failover resume ", "--config --debug --help --no-color --output --reason --target-is-fenced")]
    [InlineData("failover handoff --to ", "london tokyo")]
    [InlineData("failover handoff --to t", "tokyo")]
    [InlineData("failover handoff --to=", "london tokyo")]
    [InlineData("failover plan --to l", "london")]
    [InlineData("failover doctor ", "london tokyo")]
    [InlineData("failover doctor london t", "tokyo")]
    [InlineData("failover history --node ", "london tokyo")]
    [InlineData("failover node set-identity ", "london tokyo")]
    [InlineData("failover node set-identity tokyo ", "staked unstaked")]
    [InlineData("failover node send-record london --to ", "london tokyo")]
    [InlineData("failover --output=j", "json")]
    [InlineData("failover --config ", "")]
    public async Task What_can_stand_there_is_offered(string line, string offered)
    {
        var run = await CliRun.RunAsync(new Pair(), [$"[complete:{line.Length}]", line]);
        Assert.Equal((0, "", offered), (run.Code, run.Error, string.Join(' ', Labels(run))));
    }

    [Fact]
    public async Task What_stands_behind_the_cursor_does_not_matter()
    {
        var run = await CliRun.RunAsync(new Pair(), ["[complete:10]", "failover h --to tokyo"]);
        Assert.Equal(["handoff", "help", "history"], Labels(run));
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_used_offers_no_nodes_and_says_nothing()
    {
        var run = await CliRun.RunAsync(new Pair(), ["[complete:22]", "failover handoff --to "], connect: _ => throw new Coordinator.UsageException("There is none."));
        Assert.Equal((0, "", ""), (run.Code, run.Out, run.Error));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _failover failover\n")]
    [InlineData("zsh", "#compdef failover\n")]
    [InlineData("fish", "complete -c failover ")]
    public async Task A_script_is_printed_for_each_shell(string shell, string part)
    {
        var run = await CliRun.RunAsync(new Pair(), ["completion", shell]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(part, run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('@', run.Out.Replace("\"$@\"", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_shell_is_a_wrong_command_line() =>
        Assert.Equal(2, (await CliRun.RunAsync(new Pair(), "completion csh")).Code);

    private static IEnumerable<string> Labels(CliRun run) => run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0]);
}
