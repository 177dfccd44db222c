using System.Text.Json;
using FakeCluster.Oracle;

namespace FakeCluster;

/// <summary>One observation a line: enough to judge a run again, long after it ended.</summary>
public sealed class EventLog(TextWriter writer) : IDisposable
{
    /// <summary>A killed cluster must leave a whole log behind, hence a flush per line.</summary>
    public static EventLog Create(string path) => new(new StreamWriter(path, append: false) { AutoFlush = true });

    public void Write(Observation observation) => writer.WriteLine(JsonSerializer.Serialize(observation, OracleJson.Default.Observation));

    public static SafetyOracle Replay(IEnumerable<string> lines, ulong alternationSlots = SafetyOracle.DefaultAlternationSlots)
    {
        var oracle = new SafetyOracle(alternationSlots);
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            oracle.Observe(JsonSerializer.Deserialize(line, OracleJson.Default.Observation) ?? throw new FormatException("An event log line is null"));
        }

        return oracle;
    }

    public void Dispose() => writer.Dispose();
}
