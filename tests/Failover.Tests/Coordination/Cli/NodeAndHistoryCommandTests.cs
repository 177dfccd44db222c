using Failover.Coordinator;
using Failover.Identities;

namespace Failover.Coordination.Cli;

public sealed class NodeAndHistoryCommandTests
{
    [Theory]
    [InlineData("y\n", true)]
    [InlineData("n\n", false)]
    public async Task Taking_S_from_the_active_node_warns_and_asks(string typed, bool takes)
    {
        var pair = new Pair();
        var run = await CliRun.RunAsync(pair, "node set-identity london unstaked", input: typed, width: 80);
        Assert.Contains("! london is the active node: afterwards nobody votes.", run.Out, StringComparison.Ordinal);
        Assert.Contains("Take the staked identity from london? [y/N] ", run.Out, StringComparison.Ordinal);
        Assert.Equal(takes, pair.Calls.Contains("london: set-identity Unstaked"));
        Assert.Equal((int)(takes ? ExitCode.Ok : ExitCode.Unchanged), run.Code);
    }

    [Fact]
    public async Task Giving_S_by_override_warns_of_a_node_that_cannot_be_reached()
    {
        var pair = new Pair();
        pair.London.Down = Pair.Silence("london");
        var run = await CliRun.RunAsync(pair, ["node", "set-identity", "tokyo", "staked", "--yes", "--override-reason", " london burnt down "], width: 200);
        Assert.Contains("! london cannot be reached: whether its validator holds the staked identity is not known.", run.Out, StringComparison.Ordinal);
        Assert.Contains("tokyo: set-identity Staked london burnt down", pair.Calls);
        Assert.Equal(HeldIdentity.Staked, pair.Tokyo.Facts.Holds);
    }

    [Fact]
    public async Task Giving_S_to_a_second_node_is_refused()
    {
        var run = await CliRun.RunAsync(new Pair(), "node set-identity tokyo staked --yes");
        Assert.Equal((int)ExitCode.Unchanged, run.Code);
        Assert.EndsWith("→ failover handoff --to tokyo\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_peer_keeps_aside_is_listed()
    {
        var run = await CliRun.RunAsync(new Pair(), "node send-record london --to tokyo");
        Assert.StartsWith("✓ tokyo verified and keeps aside, from london:\n  • tower, slot 312,456,788, 2,319 bytes, sha256 ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_history_of_all_nodes_is_merged_newest_first()
    {
        var pair = new Pair();
        pair.London.History = [new(Samples.Start, "handoff", "Handoff to tokyo completed.", Samples.Completed(), []), new(Samples.Start.AddDays(-2), "start", "Started.", null, [])];
        pair.Tokyo.History = [new(Samples.Start.AddDays(-1), "alarm", "The sealed record changed.", null, [])];
        Assert.Equal(
            """
            ✓ 2026-11-24 03:00:00Z  london  handoff
              Handoff to tokyo completed.
              vote gap 1 slot, 512 ms; 20261124-030000-abc123
            ✗ 2026-11-23 03:00:00Z  tokyo  alarm
              The sealed record changed.

            """, (await CliRun.RunAsync(pair, "history --most 2")).Out);
    }

    [Fact]
    public async Task The_history_of_the_nodes_that_answer_is_shown_and_the_others_are_named()
    {
        var pair = new Pair();
        pair.London.History = [new(Samples.Start, "start", "Started.", null, [])];
        pair.Tokyo.Down = Pair.Silence("tokyo");
        var run = await CliRun.RunAsync(pair, "history");
        Assert.Equal((int)ExitCode.Unreachable, run.Code);
        Assert.Contains("Started.", run.Out, StringComparison.Ordinal);
        Assert.Contains("! tokyo cannot be reached", run.Error, StringComparison.Ordinal);
    }
}
