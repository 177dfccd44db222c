using Failover.Disks;

namespace Failover.Agent.Faults;

/// <summary>
/// What a disk would hold without the writes that were not made durable. Pessimistic: a new file is gone until its folder is synced, also when the file itself was.
/// </summary>
internal sealed class UnsyncedWrites(IDisk disk)
{
    private const int MaxBytes = 64 * 1024 * 1024;

    private readonly Lock _changing = new();
    private readonly Dictionary<string, Earlier> _earlier = new(StringComparer.Ordinal);

    private sealed record Earlier(FileFacts? Facts, byte[]? Content, string? PointsTo);

    /// <summary>To be called before a path is changed.</summary>
    public void Changing(string path)
    {
        lock (_changing)
        {
            if (_earlier.ContainsKey(path))
            {
                return;
            }
            var facts = disk.Stat(path);
            _earlier[path] = new Earlier(
                facts, facts?.Kind == FileKind.Regular ? disk.Read(path, MaxBytes) : null, facts?.Kind == FileKind.Link ? disk.ReadLink(path) : null);
        }
    }

    public void Synced(string path)
    {
        lock (_changing)
        {
            if (_earlier.TryGetValue(path, out var earlier) && earlier.Facts is not null)
            {
                _earlier.Remove(path);
            }
        }
    }

    public void FolderSynced(string folder)
    {
        lock (_changing)
        {
            foreach (var path in _earlier.Keys.Where(path => Path.GetDirectoryName(path) == folder).ToList())
            {
                _earlier.Remove(path);
            }
        }
    }

    /// <summary>Puts back what was there before.</summary>
    public void Undo()
    {
        lock (_changing)
        {
            foreach (var (path, earlier) in _earlier)
            {
                disk.Delete(path);
                if (earlier is { Content: { } content, Facts: { } facts })
                {
                    disk.Create(path, content, new FileOwner(facts.Uid, facts.Gid, facts.Mode));
                }
                else if (earlier.PointsTo is { } pointsTo)
                {
                    disk.CreateSymlink(path, pointsTo);
                }
            }
            _earlier.Clear();
        }
    }
}
