using System.Text.Json;
using Failover.Agents;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;

namespace Failover.Fuzzing.Targets;

/// <summary>The agent's history: nothing in it may ever keep it from being read.</summary>
internal sealed class HistoryFileTarget : FuzzTarget
{
    private const int Most = 20;

    private readonly IReadOnlyList<byte[]> _seeds =
    [
        Lines(StateSamples.Note, StateSamples.Entry, StateSamples.Note),
        Lines(StateSamples.Entry),
    ];

    private readonly TextMutator _mutator = new(StateSamples.Words);

    public HistoryFileTarget()
        : base("history-file") => MostAllocated = (64 * 1024, 128);

    public override byte[] Make(CaseRandom random) => random.OneIn(20)
        ? random.Bytes(random.Skewed(2048))
        : _mutator.Mutate(random.Of(_seeds), random.Of(_seeds), random);

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        var entries = new AgentHistory(new ReadOnlyDisk("history-000001.jsonl", input), "/state").Read(Most);
        return new(entries.Count > 0 ? Answer.Accept(entries) : Answer.Refuse("no entry"));
    }

    public override void Check(byte[] input, object accepted)
    {
        var entries = (IReadOnlyList<HistoryEntry>)accepted;
        FindingException.Require(entries.Count <= Most, "more entries than were asked for");
        Sound.Require(accepted, clean: false);
        var again = new AgentHistory(new ReadOnlyDisk("history-000001.jsonl", Lines([.. entries.Reverse()])), "/state").Read(Most);
        FindingException.Require(again.Count == entries.Count, "what was read cannot be written and read again");
    }

    private static byte[] Lines(params HistoryEntry[] entries) =>
        [.. entries.SelectMany(entry => JsonSerializer.SerializeToUtf8Bytes(entry, AgentJson.Default.HistoryEntry).Append((byte)'\n'))];
}
