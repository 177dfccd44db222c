using Failover.Cluster;
using Failover.Coordinator;
using Failover.Handoff;

namespace Failover.Coordination.Cli;

public sealed class StatusCommandTests
{
    [Fact]
    public async Task At_80_columns_both_nodes_stand_side_by_side_under_the_verdict()
    {
        var run = await CliRun.RunAsync(new Pair(), "status");
        Assert.Equal(
            """
            ✓ london is active, tokyo is a ready standby

              identity S   J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE
              vote account CX7Snfaxf1oVFyZPQpjgjMwhU8oyU9UYmRVtncw8hGP7
              epoch        723, 28 % over

                           london                          tokyo
              role         ● active                        ○ standby
              holds        S J6AH…4PNE                     U D4Jp…qcHE
              on restart   S by link                       U by link
              validator    Agave 4.2.1                     Agave 4.2.1
              health       ok                              ok
              slot         312,456,789                     312,456,788 (-1)
              last vote    312,456,787                     312,456,787
              record       tower, slot 312,456,788         tower, slot 312,366,789
              voters       loaded                          loaded
              next leader  in 1,234 slots (about 8 min)
              last word    active, token 7                 standby, token 7
              agent        0.1.0, 0 ms                     0.1.0, 0 ms

            """, run.Out);
        Assert.Equal(((int)ExitCode.Ok, ""), (run.Code, run.Error));
    }

    [Fact]
    public async Task What_is_wrong_stands_below_with_its_node()
    {
        var pair = new Pair(tokyo: Samples.Standby("tokyo") with { Health = new NodeHealth(false, 230, "behind by 230 slots"), Problems = ["the disk is full."] });
        var run = await CliRun.RunAsync(pair, "status");
        Assert.StartsWith("! london is active, tokyo is a standby that is not ready\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("  ! tokyo: its validator says that it is not healthy: behind by 230 slots.\n  ! tokyo: the disk is full.\n", run.Out, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Ok, run.Code);
    }

    [Fact]
    public async Task At_60_columns_they_still_stand_side_by_side_and_at_50_below_each_other()
    {
        var at60 = await CliRun.RunAsync(new Pair(), "status", width: 60);
        Assert.Contains("role         ● active              ○ standby\n", at60.Out, StringComparison.Ordinal);
        Assert.All(at60.Out.Split('\n'), line => Assert.InRange(line.Length, 0, 60));
        var at50 = await CliRun.RunAsync(new Pair(), "status", width: 50);
        Assert.Contains("  role         ● active\n", at50.Out, StringComparison.Ordinal);
        Assert.Contains("  role         ○ standby\n", at50.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_has_its_own_exit_code_and_a_place_to_look()
    {
        var pair = new Pair();
        pair.Tokyo.Down = Pair.Silence("tokyo");
        var run = await CliRun.RunAsync(pair, "status");
        Assert.Equal((int)ExitCode.Unreachable, run.Code);
        Assert.StartsWith("! london is active, tokyo cannot be reached\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("→ on tokyo: systemctl status failover-agent", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_active_nodes_and_none_need_an_operator()
    {
        Assert.Equal((int)ExitCode.NeedsOperator, (await CliRun.RunAsync(new Pair(tokyo: Samples.Active("tokyo")), "status")).Code);
        Assert.Equal((int)ExitCode.NeedsOperator, (await CliRun.RunAsync(new Pair(Samples.Standby("london")), "status")).Code);
    }

    [Fact]
    public async Task A_lock_is_seen()
    {
        var pair = new Pair(Samples.Active("london") with { LastHandoff = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) });
        var run = await CliRun.RunAsync(pair, "status");
        Assert.Contains("LOCKED for", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("  → failover abort\n    frees both nodes; failover resume tells more\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_it_is_one_document_with_stable_names()
    {
        var run = await CliRun.RunAsync(new Pair(), "status --output json");
        Assert.Equal(
            "{\"type\":\"status\",\"verdict\":{\"kind\":\"good\",\"text\":\"london is active, tokyo is a ready standby\",\"shortcomings\":[],\"next\":\"\"},\"nodes\":[" +
            "{\"node\":\"london\",\"reachable\":true,\"failure\":null,\"answer_ms\":0,\"agent_version\":\"0.1.0\",\"at\":\"2026-11-24T03:00:00+00:00\"," +
            $"\"staked_identity\":\"{Samples.Staked}\",\"unstaked_identity\":\"{Samples.Key("unstaked london")}\"," +
            "\"vote_account\":\"CX7Snfaxf1oVFyZPQpjgjMwhU8oyU9UYmRVtncw8hGP7\",\"holds\":\"staked\",\"running_identity\":\"J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE\"," +
            "\"link_points_to\":\"staked\",\"process_running\":true,\"started\":true,\"start_progress\":\"Running\",\"client_version\":\"Agave 4.2.1\"," +
            "\"proof\":\"voter_fence\",\"voting_enabled\":true,\"voters_owed\":false,\"processed_slot\":312456789,\"finalized_slot\":312456757,\"healthy\":true," +
            "\"slots_behind\":null,\"genesis_hash\":\"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d\",\"epoch\":723,\"consensus_phase\":\"tower_bft\"," +
            "\"last_vote\":312456787,\"delinquent\":false,\"next_leader_slot\":312458023,\"records\":[{\"kind\":\"tower\",\"format\":\"Tower1_14_11\"," +
            "\"last_voted_slot\":312456788,\"root_slot\":312456757,\"size\":2319,\"sha256\":",
            run.Out[..run.Out.IndexOf("\"sha256\":", StringComparison.Ordinal)] + "\"sha256\":");
        Assert.Equal(["london", "tokyo"], run.Document.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("node").GetString()));
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task What_an_agent_says_cannot_move_the_cursor_or_hide_behind_a_turned_line()
    {
        var pair = new Pair(tokyo: Samples.Standby("tokyo") with { Problems = ["\u001b[2J\u202ereversed"] });
        var run = await CliRun.RunAsync(pair, "status");
        Assert.DoesNotContain('\u001b', run.Out);
        Assert.DoesNotContain('\u202e', run.Out);
    }

    [Fact]
    public async Task Watching_ends_with_ctrl_c_and_returns_what_was_last_seen()
    {
        using var interrupted = new CancellationTokenSource();
        var pair = new Pair();
        var watching = CliRun.RunAsync(pair, "status --watch", interrupted: interrupted);
        pair.Time.Advance(TimeSpan.FromSeconds(1));
        await interrupted.CancelAsync();
        var run = await watching;
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(2, run.Out.Split("london is active").Length - 1);
    }
}
