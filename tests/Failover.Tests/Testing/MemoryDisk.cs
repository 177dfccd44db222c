using Failover.Disks;

namespace Failover.Testing;

/// <summary>Files and links in memory, as far as reading them goes; the rest of a disk is not there.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Dictionary<string, (FileFacts Facts, byte[] Content)> _files = [];
    private readonly Dictionary<string, string> _links = [];

    /// <summary>The very array that the last <see cref="Read"/> returned.</summary>
    public byte[]? LastRead { get; private set; }

    /// <summary>Runs between the reading of a file and its return.</summary>
    public Action? WhileReading { get; set; }

    public void Put(string path, byte[] content, int mode = 0b110_000_000, uint uid = 0, FileKind kind = FileKind.Regular) =>
        _files[path] = (new FileFacts(kind, mode, uid, 0, content.Length, (ulong)_files.Count + 1), content);

    public void Link(string path, string pointsTo) => _links[path] = pointsTo;

    public FileFacts? Stat(string path) => _links.ContainsKey(path)
        ? new FileFacts(FileKind.Link, 0b111_111_111, 0, 0, 0, 0)
        : _files.TryGetValue(path, out var file) ? file.Facts : null;

    public string? ReadLink(string path) => _links.GetValueOrDefault(path);

    public byte[] Read(string path, int maxBytes)
    {
        var target = _links.GetValueOrDefault(path, path);
        if (!_files.TryGetValue(target, out var file))
        {
            throw new FileNotFoundException($"nothing at {target}", target);
        }
        if (file.Content.Length > maxBytes)
        {
            throw new IOException($"{target} has {file.Content.Length} bytes, more than {maxBytes}");
        }
        WhileReading?.Invoke();
        LastRead = [.. file.Content];
        return LastRead;
    }

    public void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner) => throw new NotSupportedException();

    public void Append(string path, ReadOnlySpan<byte> content) => throw new NotSupportedException();

    public void Sync(string path) => throw new NotSupportedException();

    public void SyncFolder(string folder) => throw new NotSupportedException();

    public void Rename(string from, string to) => throw new NotSupportedException();

    public void HardLink(string existing, string path) => throw new NotSupportedException();

    public void CreateSymlink(string path, string pointsTo) => throw new NotSupportedException();

    public void Delete(string path) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string folder, string prefix) => throw new NotSupportedException();

    public long FreeBytes(string folder) => throw new NotSupportedException();

    public IFolderWatch Watch(string folder, string prefix) => throw new NotSupportedException();
}
