using Failover.Simulation;

namespace Failover.Agents;

public class AgentHistoryTests
{
    private readonly SimulatedDisk _disk = new(_ => { });

    [Fact]
    public void The_newest_entries_come_first()
    {
        var history = new AgentHistory(_disk, "/state");
        foreach (var text in new[] { "one", "two", "three" })
        {
            history.Add(Entry(text));
        }

        Assert.Equal(["three", "two"], history.Read(2).Select(entry => entry.Text));
    }

    [Fact]
    public void An_entry_that_a_crash_tore_takes_no_other_with_it()
    {
        new AgentHistory(_disk, "/state").Add(Entry("before"));
        _disk.Append("/state/history-000001.jsonl", """{"At":"2026-01-01T00:00"""u8);

        var history = new AgentHistory(_disk, "/state");
        history.Add(Entry("after"));
        history.Add(Entry("last"));

        Assert.Equal(["last", "after", "before"], history.Read(10).Select(entry => entry.Text));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"At":"2026-01-01T00:00:00+00:00","Kind":"note","Text":"no list of events","Outcome":null}""")]
    [InlineData("""{"At":"2026-01-01T00:00:00+00:00","Kind":"note","Text":"none","Outcome":null,"Events":[null]}""")]
    [InlineData("""{"At":"2026-01-01T00:00:00+00:00","Kind":"note","Text":"no id","Outcome":null,"Events":[{"Handoff":"x"}]}""")]
    public void An_entry_that_no_agent_has_written_is_left_out(string line)
    {
        _disk.Append("/state/history-000001.jsonl", [.. System.Text.Encoding.UTF8.GetBytes(line), (byte)'\n']);
        var history = new AgentHistory(_disk, "/state");
        history.Add(Entry("after"));

        Assert.Equal(["after"], history.Read(10).Select(entry => entry.Text));
    }

    [Fact]
    public void A_file_that_is_full_is_left_alone_and_the_next_one_begun()
    {
        var history = new AgentHistory(_disk, "/state");
        foreach (var text in new[] { "one", "two", "three", "four" })
        {
            history.Add(Entry(text + new string(' ', 3 * 1024 * 1024)));
        }

        Assert.Equal(["history-000001.jsonl", "history-000002.jsonl"], _disk.List("/state", "history-"));
        Assert.Equal(["four", "three", "two", "one"], history.Read(10).Select(entry => entry.Text.TrimEnd()));
        Assert.Equal(["four", "three", "two"], history.Read(3).Select(entry => entry.Text.TrimEnd()));
    }

    [Fact]
    public void An_agent_goes_on_in_the_newest_file()
    {
        _disk.Append("/state/history-000009.jsonl", "\n"u8);
        _disk.Append("/state/history-000010.jsonl", "\n"u8);

        new AgentHistory(_disk, "/state").Add(Entry("new"));

        Assert.Contains("new", _disk.TextOf("/state/history-000010.jsonl"), StringComparison.Ordinal);
        Assert.Equal(["history-000009.jsonl", "history-000010.jsonl"], _disk.List("/state", "history-"));
    }

    [Fact]
    public void An_entry_survives_a_loss_of_power()
    {
        var history = new AgentHistory(_disk, "/state");
        history.Add(Entry("first"));
        _disk.WriteBack();
        history.Add(Entry("second"));

        _disk.Crash();

        Assert.Equal(["second", "first"], history.Read(10).Select(entry => entry.Text));
    }

    [Fact]
    public void It_keeps_the_newest_eight_files_and_no_more()
    {
        // No two of these fit into one file.
        var fills = new string('x', 5 * 1024 * 1024);
        var history = new AgentHistory(_disk, "/state");
        for (var i = 1; i <= 10; i++)
        {
            history.Add(Entry($"{i} {fills}"));
        }

        Assert.Equal(Enumerable.Range(3, 8).Select(i => $"history-{i:D6}.jsonl"), _disk.List("/state", "history-"));
        Assert.Equal(["10", "9", "8", "7", "6", "5", "4", "3"], history.Read(100).Select(entry => entry.Text.Split(' ')[0]));
    }

    private static HistoryEntry Entry(string text) => new(DateTimeOffset.UnixEpoch, "note", text, null, []);
}
