namespace Failover.Disks;

/// <summary>What a path is, without following a link at its end.</summary>
public enum FileKind
{
    Other = 0,
    Regular = 1,
    Folder = 2,
    Link = 3,
}

/// <summary>One <c>lstat</c>. <paramref name="Mode"/> holds the permission bits only (e.g. 0600).</summary>
public sealed record FileFacts(FileKind Kind, int Mode, uint Uid, uint Gid, long Size, ulong Inode);

/// <summary>Who owns a new file, and its permission bits; null leaves the process's own.</summary>
public sealed record FileOwner(uint Uid, uint Gid, int Mode);

/// <summary>
/// The file operations that safety depends on, one system call each, so that a simulation can lose, refuse or interrupt any of
/// them. Nothing is durable before <see cref="Sync"/> (a file's content) and <see cref="SyncFolder"/> (its name).
/// All throw <see cref="IOException"/> (or a kind of it) or <see cref="UnauthorizedAccessException"/>.
/// </summary>
public interface IDisk
{
    /// <summary>Null when nothing is there.</summary>
    FileFacts? Stat(string path);

    /// <summary>Reads a whole regular file, links at its end followed; refuses one that is larger than <paramref name="maxBytes"/>.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    byte[] Read(string path, int maxBytes);

    /// <summary>Creates or truncates the file and writes the content. Never follows a link at the end of the path.</summary>
    void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner);

    /// <summary>Adds to the end of the file, creating it (mode 0600) when missing.</summary>
    void Append(string path, ReadOnlySpan<byte> content);

    /// <summary>Makes the file's content durable.</summary>
    void Sync(string path);

    /// <summary>Makes the names in a folder durable.</summary>
    void SyncFolder(string folder);

    /// <summary>Atomically gives the file another name, replacing what has it.</summary>
    void Rename(string from, string to);

    /// <summary>Gives the same file a second name. <see cref="IOException"/> when the name is taken.</summary>
    void HardLink(string existing, string path);

    /// <summary>Creates a symbolic link. <see cref="IOException"/> when the name is taken.</summary>
    void CreateSymlink(string path, string pointsTo);

    /// <summary>The text of a symbolic link, as stored; null when the path is no link or nothing is there.</summary>
    string? ReadLink(string path);

    /// <summary>Removes a file or a link; nothing happens when nothing is there.</summary>
    void Delete(string path);

    /// <summary>The names (not paths) in a folder that start with the prefix, in ordinal order.</summary>
    IReadOnlyList<string> List(string folder, string prefix);

    /// <summary>Bytes that an unprivileged writer may still use on the folder's file system.</summary>
    long FreeBytes(string folder);

    /// <summary>Starts watching for renames onto names in the folder; the watch is in force when this returns.</summary>
    IFolderWatch Watch(string folder, string prefix);
}

/// <summary>A running watch on one folder. Not thread-safe: one reader.</summary>
public interface IFolderWatch : IDisposable
{
    /// <summary>
    /// Completes at the next rename onto, or removal of, a watched name since the previous call; a change that happened in between is not missed.
    /// Several changes may be reported as one.
    /// </summary>
    Task NextAsync(CancellationToken ct);
}
