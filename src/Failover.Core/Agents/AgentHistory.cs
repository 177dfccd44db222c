using System.Text;
using System.Text.Json;
using Failover.Disks;

namespace Failover.Agents;

/// <summary>
/// The append-only history, JSON lines. It informs people; no decision rests on it, so a line that cannot be written or read back never stops
/// a handoff: the writer is told, and goes on. Bounded: the oldest file goes when a ninth is begun.
/// </summary>
public sealed class AgentHistory(IDisk disk, string stateFolder)
{
    // Newest files first matter; a file is left alone once it is this large, and the next one begun.
    private const int MaxFileBytes = 8 * 1024 * 1024;

    // Thousands of handoffs.
    private const int MostFiles = 8;

    private readonly Lock _writing = new();
    private bool _begun;

    /// <summary>Appends and syncs. Throws <see cref="IOException"/> as the disk does.</summary>
    public void Add(HistoryEntry entry)
    {
        lock (_writing)
        {
            var line = JsonSerializer.SerializeToUtf8Bytes(entry, AgentJson.Default.HistoryEntry);
            var path = Path.Combine(stateFolder, NameFor(line.Length));
            // The first line of a process ends whatever a crash left behind without an end.
            disk.Append(path, _begun ? [.. line, (byte)'\n'] : [(byte)'\n', .. line, (byte)'\n']);
            _begun = true;
            disk.Sync(path);
            foreach (var old in disk.List(stateFolder, "history-").SkipLast(MostFiles))
            {
                disk.Delete(Path.Combine(stateFolder, old));
            }
        }
    }

    /// <summary>Newest first. Lines that do not parse (a crash in the middle of one) are left out.</summary>
    public IReadOnlyList<HistoryEntry> Read(int most)
    {
        List<HistoryEntry> entries = [];
        foreach (var name in disk.List(stateFolder, "history-").Reverse())
        {
            foreach (var line in Encoding.UTF8.GetString(disk.Read(Path.Combine(stateFolder, name), 4 * MaxFileBytes)).Split('\n').Reverse())
            {
                if (entries.Count == most)
                {
                    return entries;
                }
                if (line.Length > 0 && TryParse(line) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }
        return entries;
    }

    private string NameFor(int adding)
    {
        var names = disk.List(stateFolder, "history-");
        var last = names.Count == 0 ? null : names[^1];
        if (last is null)
        {
            return "history-000001.jsonl";
        }
        var size = disk.Stat(Path.Combine(stateFolder, last))?.Size ?? 0;
        return size + adding <= MaxFileBytes
            ? last
            : $"history-{int.Parse(last.AsSpan("history-".Length, 6), System.Globalization.CultureInfo.InvariantCulture) + 1:D6}.jsonl";
    }

    private static HistoryEntry? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AgentJson.Default.HistoryEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
