using System.Collections.Concurrent;
using Failover.Agents;
using Failover.Disks;
using Failover.Handoff;

namespace Failover.Agent.Faults;

/// <summary>
/// A disk with places to stop at: around every write of the state file, of the identity link and of a voting record. What belongs to one write is known by the way in which
/// <see cref="DurableFile"/> does it: under a temporary name, then renamed, then the folder synced.
/// </summary>
internal sealed class FaultyDisk(IDisk disk, UnsyncedWrites unsynced, FaultPoints points, NodeConfig config) : IDisk
{
    private const string Temporary = ".failover";

    private readonly string _stateFile = Path.Combine(config.StateFolder, AgentJournal.FileName);
    private readonly ConcurrentDictionary<string, Write> _writes = new(StringComparer.Ordinal);

    /// <param name="Role">The role that the step belongs to: a write that begins a handoff gives the node its new one.</param>
    private sealed record Write(string Role, string Step, WrittenDown? State)
    {
        public bool Renamed { get; set; }
    }

    public FileFacts? Stat(string path) => disk.Stat(path);

    public byte[] Read(string path, int maxBytes)
    {
        if (path == _stateFile)
        {
            var content = disk.Read(path, maxBytes);
            points.State = WrittenDown.Parse(content);
            return content;
        }
        // Whoever reads the record while the source lets go, once its validator has the unstaked identity, is sealing it.
        var sealing = IsRecord(path) && points is { State: { HandoffRole: HandoffRole.Source, Phase: HandoffPhase.Demoting }, LetGo: true };
        if (sealing)
        {
            points.Reach(FaultPoint.Seal, FaultPoint.Before);
        }
        var read = disk.Read(path, maxBytes);
        if (sealing)
        {
            points.Reach(FaultPoint.Seal, FaultPoint.After);
        }
        return read;
    }

    public void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner)
    {
        if (path == _stateFile + Temporary)
        {
            var next = WrittenDown.Parse(content);
            Begin(_stateFile, next.StepAfter(points.State) is { } step ? new Write(next.Role, step, next) : null);
        }
        else if (path.EndsWith(Temporary, StringComparison.Ordinal) && IsRecord(path[..^Temporary.Length]))
        {
            Begin(path[..^Temporary.Length], new Write(points.State.Role, FaultPoint.StoreRecord, null));
        }
        unsynced.Changing(path);
        disk.Create(path, content, owner);
    }

    public void Append(string path, ReadOnlySpan<byte> content)
    {
        unsynced.Changing(path);
        disk.Append(path, content);
    }

    public void Sync(string path)
    {
        var record = IsRecord(path) && points.State.HandoffRole == HandoffRole.Source;
        if (record)
        {
            points.Reach(FaultPoint.SyncRecord, FaultPoint.Before);
        }
        disk.Sync(path);
        unsynced.Synced(path);
        if (record)
        {
            points.Reach(FaultPoint.SyncRecord, FaultPoint.After);
        }
    }

    public void SyncFolder(string folder)
    {
        var written = _writes.Where(write => write.Value.Renamed && Path.GetDirectoryName(write.Key) == folder).ToList();
        foreach (var (_, write) in written)
        {
            points.Reach(write.Role, write.Step, FaultPoint.During);
        }
        disk.SyncFolder(folder);
        unsynced.FolderSynced(folder);
        foreach (var (path, write) in written)
        {
            _writes.TryRemove(path, out _);
            points.State = write.State ?? points.State;
            points.Reach(write.Role, write.Step, FaultPoint.After);
        }
    }

    public void Rename(string from, string to)
    {
        unsynced.Changing(from);
        unsynced.Changing(to);
        disk.Rename(from, to);
        if (_writes.TryGetValue(to, out var write))
        {
            write.Renamed = true;
        }
    }

    public void HardLink(string existing, string path)
    {
        unsynced.Changing(path);
        disk.HardLink(existing, path);
    }

    public void CreateSymlink(string path, string pointsTo)
    {
        if (path == config.IdentityLink + Temporary)
        {
            Begin(config.IdentityLink, new Write(
                points.State.Role, pointsTo == config.StakedKeypair ? FaultPoint.RelinkToStaked : FaultPoint.RelinkToUnstaked, null));
        }
        unsynced.Changing(path);
        disk.CreateSymlink(path, pointsTo);
    }

    public string? ReadLink(string path) => disk.ReadLink(path);

    public void Delete(string path)
    {
        unsynced.Changing(path);
        disk.Delete(path);
    }

    public IReadOnlyList<string> List(string folder, string prefix) => disk.List(folder, prefix);

    public long FreeBytes(string folder) => disk.FreeBytes(folder);

    public IFolderWatch Watch(string folder, string prefix) => disk.Watch(folder, prefix);

    private void Begin(string path, Write? write)
    {
        if (write is null)
        {
            _writes.TryRemove(path, out _);
            return;
        }
        points.Reach(write.Role, write.Step, FaultPoint.Before);
        _writes[path] = write;
    }

    private bool IsRecord(string path) =>
        Path.GetExtension(path) == ".bin" && Path.GetDirectoryName(path) is { } folder && (folder == config.TowerFolder || folder == config.Ledger);
}
