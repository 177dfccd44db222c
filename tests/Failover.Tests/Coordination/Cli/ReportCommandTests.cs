using System.Xml.Linq;
using Failover.Agents;
using Failover.Coordinator;
using Failover.Handoff;

namespace Failover.Coordination.Cli;

public sealed class ReportCommandTests : IDisposable
{
    private readonly Tests.Disks.ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_report_is_one_page_with_the_ending_the_slots_and_every_line_of_both_nodes()
    {
        var file = _folder["report.html"];
        var run = await CliRun.RunAsync(PairWithHistory(), ["report", $"{Samples.Id}", "--out", file]);

        Assert.Equal((int)ExitCode.Ok, run.Code);
        var page = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        // Well-formed to the last element, and nothing in it is fetched or run.
        var root = XElement.Parse(page["<!doctype html>".Length..]);
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain(root.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName is "src" or "href");
        Assert.Contains("Handoff from london to tokyo", root.Value, StringComparison.Ordinal);
        Assert.Contains("1 slot went by without a vote", root.Value, StringComparison.Ordinal);
        // Last vote, the gap's slot, first vote.
        Assert.Equal([$"{Samples.Slot + 10}", $"{Samples.Slot + 11}", $"{Samples.Slot + 12}"], root.Descendants("svg").First().Elements("text").Select(text => text.Value));
        Assert.Contains("Fenced right after slot 312,456,799.", root.Value, StringComparison.Ordinal);
        Assert.Contains("tokyo took it.", root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_id_the_last_handoff_is_meant()
    {
        var pair = PairWithHistory();
        var newer = Samples.Completed() with { Order = Samples.Order() with { Id = new HandoffId("20261125-010101-ffffff") } };
        pair.London.History = [new(Samples.Start.AddDays(1), "handoff", "Again.", newer, []), .. pair.London.History];

        await CliRun.RunAsync(pair, ["report", "--out", _folder["report.html"]]);

        Assert.Contains("20261125-010101-ffffff", await File.ReadAllTextAsync(_folder["report.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_there_already_is_left_alone()
    {
        var file = _folder.Write("report.html", "mine");

        var run = await CliRun.RunAsync(PairWithHistory(), ["report", "--out", file]);

        Assert.Equal((int)ExitCode.Usage, run.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("--out OTHER-FILE", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_of_another_machine_cannot_become_markup()
    {
        var pair = PairWithHistory();
        var evil = Samples.Timeline("london", null, (HandoffStep.Seal, StepState.Failed, 1, "<script>alert(1)</script>\u001b[2J"));
        pair.London.History = [new(Samples.Start, "handoff", "Over.", Samples.Completed(), evil)];

        await CliRun.RunAsync(pair, ["report", "--out", _folder["report.html"]]);

        var page = await File.ReadAllTextAsync(_folder["report.html"], TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', page);
    }

    [Fact]
    public async Task A_node_that_is_not_heard_is_said_to_be_missing()
    {
        var pair = PairWithHistory();
        pair.Tokyo.Down = new AgentUnreachableException("tokyo", "connection refused");

        var run = await CliRun.RunAsync(pair, ["report", "--out", _folder["report.html"]]);

        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Contains("Its part of the history is not shown.", run.Error.ReplaceLineEndings(" ").Replace("   ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Not complete: ", await File.ReadAllTextAsync(_folder["report.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_of_one_handoff_shows_its_timeline_from_both_agents()
    {
        var run = await CliRun.RunAsync(PairWithHistory(), $"history {Samples.Id}", width: 100);

        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Contains("✓ london  voter fence          302 ms  Fenced right after slot 312,456,799.", run.Out, StringComparison.Ordinal);
        Assert.Contains("✓ tokyo   promote               20 ms  tokyo took it.", run.Out, StringComparison.Ordinal);
        Assert.Contains("vote gap    1 slot, 512 ms", run.Out, StringComparison.Ordinal);
        Assert.EndsWith($"→ failover report {Samples.Id}\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handoff_that_nobody_knows_is_a_usage_error_with_the_command_that_lists_them()
    {
        var run = await CliRun.RunAsync(PairWithHistory(), "history 20200101-000000-000000");

        Assert.Equal((int)ExitCode.Usage, run.Code);
        Assert.EndsWith("→ failover history\n", run.Error, StringComparison.Ordinal);
    }

    private static Pair PairWithHistory()
    {
        var pair = new Pair();
        var outcome = Samples.Completed();
        pair.London.History = [new(Samples.Start.AddSeconds(3), "handoff", "Handoff to tokyo completed.", outcome, Samples.CompletedTimeline(outcome)), new(Samples.Start.AddDays(-2), "start", "Started.", null, [])];
        var theirs = Samples.Timeline("tokyo", outcome, (HandoffStep.Promote, StepState.Started, 369, "tokyo takes it."), (HandoffStep.Promote, StepState.Done, 389, "tokyo took it."));
        pair.Tokyo.History = [new(Samples.Start.AddSeconds(2), "handoff", "Handoff from london completed.", outcome, theirs)];
        return pair;
    }
}
