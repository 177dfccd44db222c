using Failover.Disks;

namespace Failover.Fuzzing.Targets;

/// <summary>A disk with one regular file, at every path that ends with its name. Whoever writes is found out.</summary>
internal sealed class ReadOnlyDisk(string name, byte[] content) : IDisk
{
    private readonly FileFacts _facts = new(FileKind.Regular, 0b110_000_000, 0, 0, content.Length, 1);

    public FileFacts? Stat(string path) => path.EndsWith(name, StringComparison.Ordinal) ? _facts : null;

    public byte[] Read(string path, int maxBytes) => Stat(path) is null
        ? throw new FileNotFoundException("nothing is there", path)
        : content.Length <= maxBytes ? [.. content] : throw new IOException($"it has more than {maxBytes} bytes");

    public string? ReadLink(string path) => null;

    public IReadOnlyList<string> List(string folder, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? [name] : [];

    public long FreeBytes(string folder) => long.MaxValue;

    public void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner) => throw Written(path);

    public void Append(string path, ReadOnlySpan<byte> content) => throw Written(path);

    public void Sync(string path) => throw Written(path);

    public void SyncFolder(string folder) => throw Written(folder);

    public void Rename(string from, string to) => throw Written(to);

    public void HardLink(string existing, string path) => throw Written(path);

    public void CreateSymlink(string path, string pointsTo) => throw Written(path);

    public void Delete(string path) => throw Written(path);

    public IFolderWatch Watch(string folder, string prefix) => throw Written(folder);

    private static NotSupportedException Written(string path) => new($"whoever reads must not write, and this wrote {path}");
}
