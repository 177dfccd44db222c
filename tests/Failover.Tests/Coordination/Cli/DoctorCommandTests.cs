using Failover.Agents;
using Failover.Coordinator;
using Failover.Examinations;

namespace Failover.Coordination.Cli;

public sealed class DoctorCommandTests
{
    private static readonly PreflightCheck Folder = new("link-folder", CheckOutcome.Fails,
        "/home/sol has mode 0777: others could put a file in a record's or a key's place", "chmod go-w /home/sol   # on tokyo");

    [Fact]
    public async Task At_80_columns_what_is_wrong_comes_last_with_the_command_on_a_line_of_its_own()
    {
        var pair = Well();
        pair.Tokyo.Checks =
        [
            Folder, Ok("config-valid", "/etc/failover/agent.toml has no mistake"),
            new("certificate-expiry", CheckOutcome.Warning, "valid until 2026-12-06, 12 days",
                "failover pki renew tokyo && scp pki/tokyo.key tokyo:/etc/failover/tls/tokyo.key && scp pki/tokyo.crt tokyo:/etc/failover/tls/tokyo.crt"),
            new("tower-folder", CheckOutcome.NotLookedAt, "cannot be told before link-folder is ok", ""),
        ];
        var run = await CliRun.RunAsync(pair, "doctor");
        Assert.Equal(
            """
            london, active
              ✓ agent-answers                  0.1.0 at https://london:7443
              ✓ config-valid                   /etc/failover/agent.toml has no mistake
              ✓ peer-answers                   tokyo at https://tokyo:7443, 9 ms

            tokyo, standby
              ✓ agent-answers                  0.1.0 at https://tokyo:7443
              ✓ config-valid                   /etc/failover/agent.toml has no mistake
              ✓ peer-answers                   london at https://london:7443, 9 ms
              - tower-folder                   cannot be told before link-folder is ok
              ! certificate-expiry             valid until 2026-12-06, 12 days
                  failover pki renew tokyo && scp pki/tokyo.key tokyo:/etc/failover/tls/tokyo.key && scp pki/tokyo.crt tokyo:/etc/failover/tls/tokyo.crt
              ✗ link-folder
                  /home/sol has mode 0777: others could put a file in a record's or a key's
                  place
                  chmod go-w /home/sol   # on tokyo

            london and tokyo
              ✓ all-nodes-answer               2 of 2
              ✓ one-active                     london holds S
              ✓ same-staked-identity           london: J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbi…
              ✓ different-unstaked-identities  london: 3FEM7m2f5tTkTj7stQ43FkC8do7NAnpZeMNU…
              ✓ same-vote-account              london: CX7Snfaxf1oVFyZPQpjgjMwhU8oyU9UYmRVt…
              ✓ same-cluster                   genesis london: 5eykt4UsFv8P8NJdTREpY1vzqKqZ…
              ✓ slots-close                    processed slot london: 312456789, tokyo: 312…
              ✓ record-portable                london runs Agave 4.2.1, tokyo runs Agave 4.…
              ✓ same-agent-version             london: 0.1.0, tokyo: 0.1.0
              ✓ clocks-together                london's and tokyo's agree as far as can be …
              ✓ target-loads-the-record        tokyo: Agave over its admin socket
              ✓ target-record-not-newer        tokyo: Tower to slot 312366789

            ✗ 18 ok, 1 warning, 1 fails, 1 cannot be told yet

            """, run.Out);
        Assert.Equal(((int)ExitCode.CheckFails, ""), (run.Code, run.Error));
    }

    [Fact]
    public async Task A_pair_that_is_well_and_one_that_only_warns_end_with_0()
    {
        var pair = Well();
        var well = await CliRun.RunAsync(pair, "doctor");
        Assert.Equal((int)ExitCode.Ok, well.Code);
        Assert.EndsWith("✓ 18 ok, 0 warnings, 0 fail\n", well.Out, StringComparison.Ordinal);

        pair.Tokyo.Checks = [new("record-left-behind", CheckOutcome.Warning, "half-written", "mv a b   # on tokyo")];
        var warned = await CliRun.RunAsync(pair, "doctor");
        Assert.Equal((int)ExitCode.Ok, warned.Code);
        Assert.EndsWith("! 17 ok, 1 warning, 0 fail\n", warned.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_fails_and_the_rest_is_shown()
    {
        var pair = Well();
        pair.Tokyo.Down = Pair.Silence("tokyo");
        var run = await CliRun.RunAsync(pair, "doctor");
        Assert.Equal((int)ExitCode.CheckFails, run.Code);
        Assert.Contains("london, active\n  ✓ agent-answers", run.Out, StringComparison.Ordinal);
        Assert.Contains("\n      systemctl restart failover-agent   # on tokyo\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("- all-nodes-answer  tokyo did not", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_nodes_that_are_named_are_examined()
    {
        var pair = Well();
        var run = await CliRun.RunAsync(pair, "doctor tokyo");
        Assert.StartsWith("tokyo, standby\n", run.Out, StringComparison.Ordinal);
        Assert.Equal(["tokyo: examine"], pair.Calls);

        var unknown = await CliRun.RunAsync(pair, "doctor paris");
        Assert.Equal((int)ExitCode.Usage, unknown.Code);
    }

    [Theory]
    [InlineData("doctor --json")]
    [InlineData("doctor --output json")]
    public async Task As_json_it_is_one_document_with_stable_names(string command)
    {
        var pair = Well();
        pair.Tokyo.Checks = [Folder];
        var run = await CliRun.RunAsync(pair, command);
        Assert.StartsWith(
            "{\"type\":\"doctor\",\"outcome\":\"fails\",\"summary\":\"17 ok, 0 warnings, 1 fails\",\"nodes\":[{\"node\":\"london\",\"checks\":[" +
            "{\"name\":\"agent-answers\",\"outcome\":\"ok\",\"seen\":\"0.1.0 at https://london:7443\",\"remedy\":\"\"},", run.Out, StringComparison.Ordinal);
        Assert.Contains(
            "{\"name\":\"link-folder\",\"outcome\":\"fails\",\"seen\":\"/home/sol has mode 0777: others could put a file in a record's or a key's place\",\"remedy\":\"chmod go-w /home/sol   # on tokyo\"}",
            run.Out, StringComparison.Ordinal);
        Assert.Equal("one-active", run.Document.GetProperty("together")[1].GetProperty("name").GetString());
        Assert.Equal((int)ExitCode.CheckFails, run.Code);
    }

    [Fact]
    public async Task What_an_agent_says_cannot_move_the_cursor()
    {
        var pair = Well();
        pair.Tokyo.Checks = [Folder with { Remedy = "\u001b[2Jrm -rf /" }];
        Assert.DoesNotContain('\u001b', (await CliRun.RunAsync(pair, "doctor")).Out);
    }

    private static Pair Well()
    {
        var pair = new Pair();
        pair.London.Checks = pair.Tokyo.Checks = [Ok("config-valid", "/etc/failover/agent.toml has no mistake")];
        pair.London.Peers = [new PeerStanding("tokyo", "https://tokyo:7443", TimeSpan.FromMilliseconds(9), "")];
        pair.Tokyo.Peers = [new PeerStanding("london", "https://london:7443", TimeSpan.FromMilliseconds(9), "")];
        return pair;
    }

    private static PreflightCheck Ok(string name, string seen) => new(name, CheckOutcome.Ok, seen, "");
}
