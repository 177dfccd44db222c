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

    private static HistoryEntry Entry(string text) => new(DateTimeOffset.UnixEpoch, "note", text, null, []);
}
