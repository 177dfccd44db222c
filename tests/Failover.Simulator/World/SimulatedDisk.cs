using System.Text;
using Failover.Disks;

namespace Failover.Simulation;

/// <summary>
/// A disk in memory that knows what a loss of power would leave of it. It can refuse an agent's n-th operation, or end the agent just before it; the validator's own
/// writing is never disturbed.
/// </summary>
internal sealed class SimulatedDisk(Action<string> trace) : IDisk
{
    private readonly Dictionary<string, Entry> _names = [];
    private readonly Dictionary<string, Entry> _durableNames = [];
    private readonly List<SimulatedWatch> _watches = [];
    private ulong _inodes;

    /// <summary>How many operations that change something agents have made.</summary>
    public int Operations { get; private set; }

    /// <summary>The operation, counted from 1, just before which the agent dies; 0: none.</summary>
    public int DieAt { get; set; }

    /// <summary>The operation, counted from 1, that fails without effect; 0: none.</summary>
    public int FailAt { get; set; }

    /// <summary>Every operation that changes something fails, as on a file system that went read-only.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Called before each operation of an agent that changes something.</summary>
    public Action<string, string> Before { get; set; } = (_, _) => { };

    /// <summary>Called after each operation of an agent that changed something.</summary>
    public Action<string, string> After { get; set; } = (_, _) => { };

    /// <summary>Nothing can be created or appended: no space is left.</summary>
    public bool Full { get; set; }

    /// <summary>Fails the operations that it says yes to, by their name and path.</summary>
    public Func<string, string, bool> Refuses { get; set; } = (_, _) => false;

    /// <summary>So many watches may there be; the next one is refused, as by a kernel whose limit is reached.</summary>
    public int MostWatches { get; set; } = int.MaxValue;

    public int Watches => _watches.Count;

    public long Free { get; set; } = 1L << 40;

    public FileFacts? Stat(string path)
    {
        PumpContext.RequireAlive();
        return _names.TryGetValue(path, out var entry)
            ? new FileFacts(entry.Link is null ? FileKind.Regular : FileKind.Link, entry.Mode, 0, 0, entry.Content.Length, entry.Inode)
            : _names.Keys.Any(name => name.StartsWith(path + "/", StringComparison.Ordinal)) ? new FileFacts(FileKind.Folder, 0b111_000_000, 0, 0, 0, 0) : null;
    }

    public byte[] Read(string path, int maxBytes)
    {
        PumpContext.RequireAlive();
        var content = (Follow(path) ?? throw new FileNotFoundException($"nothing at {path}", path)).Content;
        return content.Length <= maxBytes ? [.. content] : throw new IOException($"{path} has {content.Length} bytes, more than {maxBytes}");
    }

    public void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner)
    {
        var bytes = content.ToArray();
        Act(nameof(Create), path, () =>
        {
            if (!_names.TryGetValue(path, out var entry))
            {
                _names[path] = entry = NewEntry();
            }
            entry.Content = bytes;
            entry.Mode = owner?.Mode ?? entry.Mode;
        });
    }

    public void Append(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        Act(nameof(Append), path, () =>
        {
            if (!_names.TryGetValue(path, out var entry))
            {
                _names[path] = entry = NewEntry();
            }
            entry.Content = [.. entry.Content, .. bytes];
        });
    }

    public void Sync(string path) => Act(nameof(Sync), path, () => Existing(path).Durable = Existing(path).Content);

    public void SyncFolder(string folder) => Act(nameof(SyncFolder), folder, () =>
    {
        foreach (var gone in _durableNames.Keys.Where(name => IsIn(folder, name) && !_names.ContainsKey(name)).ToList())
        {
            _durableNames.Remove(gone);
        }
        foreach (var (name, entry) in _names.Where(pair => IsIn(folder, pair.Key)))
        {
            _durableNames[name] = entry;
        }
    });

    public void Rename(string from, string to) => Act(nameof(Rename), to, () =>
    {
        _names[to] = Existing(from);
        _names.Remove(from);
        Changed(from);
        Changed(to);
    });

    public void HardLink(string existing, string path) => Act(nameof(HardLink), path, () =>
        _names[path] = _names.ContainsKey(path) ? throw new IOException($"{path} exists") : Existing(existing));

    public void CreateSymlink(string path, string pointsTo) => Act(nameof(CreateSymlink), path, () =>
    {
        if (_names.ContainsKey(path))
        {
            throw new IOException($"{path} exists");
        }
        _names[path] = NewEntry();
        _names[path].Link = pointsTo;
    });

    public string? ReadLink(string path)
    {
        PumpContext.RequireAlive();
        return _names.GetValueOrDefault(path)?.Link;
    }

    public void Delete(string path) => Act(nameof(Delete), path, () =>
    {
        if (_names.Remove(path))
        {
            Changed(path);
        }
    });

    public IReadOnlyList<string> List(string folder, string prefix)
    {
        PumpContext.RequireAlive();
        return [.. _names.Keys.Where(name => IsIn(folder, name)).Select(name => name[(folder.Length + 1)..])
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public long FreeBytes(string folder) => Free;

    public IFolderWatch Watch(string folder, string prefix)
    {
        PumpContext.RequireAlive();
        if (_watches.Count >= MostWatches)
        {
            throw new IOException($"cannot watch (see the limits fs.inotify.*) \"{folder}\"");
        }
        var watch = new SimulatedWatch(folder + "/" + prefix, gone => _watches.Remove(gone));
        _watches.Add(watch);
        return watch;
    }

    /// <summary>What lies there, as text; null when nothing does.</summary>
    public string? TextOf(string path) => Follow(path) is { } entry ? Encoding.UTF8.GetString(entry.Content) : null;

    /// <summary>What lies there, byte for byte; null when nothing does.</summary>
    public byte[]? BytesOf(string path) => Follow(path)?.Content;

    /// <summary>Everything that was written becomes durable, as it does by itself after some seconds.</summary>
    public void WriteBack()
    {
        _durableNames.Clear();
        foreach (var (name, entry) in _names)
        {
            entry.Durable = entry.Content;
            _durableNames[name] = entry;
        }
    }

    /// <summary>A loss of power: what was not synced is gone. A file whose content never was is empty.</summary>
    public void Crash()
    {
        _names.Clear();
        foreach (var (name, entry) in _durableNames)
        {
            entry.Content = entry.Durable;
            _names[name] = entry;
        }
        _watches.Clear();
    }

    private void Act(string operation, string path, Action effect)
    {
        PumpContext.RequireAlive();
        if (PumpContext.Current is { IsAgent: true } agent)
        {
            Operations++;
            Before(operation, path);
            PumpContext.RequireAlive();
            if (Operations == DieAt)
            {
                trace($"{agent.Name} dies before {operation} {path}");
                agent.Die();
                throw new ProcessDiedException();
            }
            if (Operations == FailAt || ReadOnly || (Full && operation is nameof(Create) or nameof(Append)) || Refuses(operation, path))
            {
                trace($"{operation} {path} is refused");
                throw new IOException($"{operation} {path}: input/output error");
            }
            trace($"{operation} {path}");
            effect();
            After(operation, path);
            PumpContext.RequireAlive();
            return;
        }
        effect();
    }

    /// <summary>What the link at the path would point to after a loss of power in this moment; null when there would be none.</summary>
    public string? DurableLink(string path) => _durableNames.GetValueOrDefault(path)?.Link;

    /// <summary>Whether the very bytes lie under some name.</summary>
    public bool Has(byte[] content) => _names.Values.Any(entry => entry.Content.AsSpan().SequenceEqual(content));

    private Entry NewEntry() => new() { Inode = ++_inodes };

    private Entry Existing(string path) => _names.GetValueOrDefault(path) ?? throw new FileNotFoundException($"nothing at {path}", path);

    private Entry? Follow(string path) => _names.GetValueOrDefault(path) is { Link: { } link } ? _names.GetValueOrDefault(link) : _names.GetValueOrDefault(path);

    private static bool IsIn(string folder, string name) => Path.GetDirectoryName(name) == folder;

    private void Changed(string path)
    {
        foreach (var watch in _watches)
        {
            watch.Changed(path);
        }
    }

    private sealed class Entry
    {
        public ulong Inode { get; init; }

        public byte[] Content { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public string? Link { get; set; }

        public int Mode { get; set; } = 0b110_000_000; // 0600
    }
}
