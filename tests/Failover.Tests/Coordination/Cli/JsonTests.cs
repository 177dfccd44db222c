using System.Text.Json;
using Failover.Coordinator;

namespace Failover.Coordination.Cli;

public sealed class JsonTests
{
    [Fact]
    public async Task A_handoff_is_json_lines_whose_last_is_the_outcome()
    {
        var pair = new Pair();
        pair.LetItComplete();
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes --output json");
        var documents = run.Documents;
        Assert.Equal(["plan", "preflight", .. Enumerable.Repeat("event", 18), "outcome"], documents.Select(Type));
        Assert.Equal(
            "{\"type\":\"event\",\"sequence\":4,\"node\":\"london\",\"at\":\"2026-11-24T03:00:00.008+00:00\",\"since_start_ms\":8,\"step\":\"relink_to_unstaked\",\"state\":\"done\",\"text\":\"The link points to U.\"}",
            run.Out.Split('\n')[5]);
        var outcome = documents[^1];
        Assert.Equal((0, "completed", false), (outcome.GetProperty("exit_code").GetInt32(), outcome.GetProperty("ending").GetString(), outcome.GetProperty("alarm").GetBoolean()));
        var details = outcome.GetProperty("outcome");
        Assert.Equal((1, 512.0), (details.GetProperty("vote_gap_slots").GetInt32(), details.GetProperty("vote_gap_ms").GetDouble()));
        Assert.Equal("tower", details.GetProperty("records")[0].GetProperty("kind").GetString());
        Assert.Contains("Completed: tokyo holds the identity.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_that_fails_ends_with_an_outcome_that_says_unchanged()
    {
        var pair = new Pair();
        pair.London.OnPrepare = (_, _, _) => Task.FromResult(Samples.Report(pair.London.Facts, Samples.Failing));
        var run = await CliRun.RunAsync(pair, "handoff --to tokyo --yes --output json");
        Assert.Equal(["plan", "preflight", "outcome"], run.Documents.Select(Type));
        Assert.Equal((3, "unchanged"), (run.Documents[^1].GetProperty("exit_code").GetInt32(), run.Documents[^1].GetProperty("ending").GetString()));
        Assert.False(run.Documents[1].GetProperty("passes").GetBoolean());
    }

    [Fact]
    public async Task A_dry_run_says_that_it_was_one()
    {
        var run = await CliRun.RunAsync(new Pair(), "handoff --to tokyo --dry-run --output json");
        Assert.True(run.Documents[^1].GetProperty("dry_run").GetBoolean());
    }

    [Theory]
    [InlineData("handoff --to paris --yes", (int)ExitCode.Usage)]
    [InlineData("handoff --to tokyo", (int)ExitCode.Usage)]
    [InlineData("handoff", (int)ExitCode.Usage)]
    [InlineData("resume --reason why", (int)ExitCode.Usage)]
    [InlineData("resume", (int)ExitCode.Ok)]
    [InlineData("abort", (int)ExitCode.Ok)]
    [InlineData("history", (int)ExitCode.Ok)]
    [InlineData("history --node paris", (int)ExitCode.Usage)]
    [InlineData("node set-identity tokyo staked --yes", (int)ExitCode.Unchanged)]
    [InlineData("node set-identity london unstaked --yes", (int)ExitCode.Ok)]
    [InlineData("node relink tokyo unstaked --yes", (int)ExitCode.Ok)]
    [InlineData("node send-record london --to tokyo", (int)ExitCode.Ok)]
    [InlineData("record inspect no-such-file.bin", (int)ExitCode.Usage)]
    [InlineData("help exit-codes", (int)ExitCode.Ok)]
    public async Task Whatever_happens_stdout_is_one_document(string command, int code)
    {
        var run = await CliRun.RunAsync(new Pair(), $"{command} --output json");
        Assert.Equal(code, run.Code);
        Assert.Equal(JsonValueKind.Object, run.Document.ValueKind);
    }

    [Fact]
    public async Task An_error_says_what_the_state_is_and_what_to_type()
    {
        var document = (await CliRun.RunAsync(new Pair(tokyo: Samples.Active("tokyo")), "handoff --to tokyo --yes --output json")).Document;
        Assert.Equal(("error", (int)ExitCode.NeedsOperator), (Type(document), document.GetProperty("exit_code").GetInt32()));
        Assert.Equal(2, document.GetProperty("state").GetArrayLength());
        Assert.StartsWith("failover node set-identity", document.GetProperty("next").GetString(), StringComparison.Ordinal);
    }

    private static string? Type(JsonElement document) => document.GetProperty("type").GetString();
}
