namespace Failover.Disks;

/// <summary>The two ways in which this program changes a file or a link that matters: whole, atomic and on disk when the call returns.</summary>
public static class DurableFile
{
    /// <summary>
    /// Replaces the file's content. A crash at any instant leaves the old content or the new, never a mixture. What is replaced is
    /// kept under <paramref name="keepAs"/> when given and not yet taken.
    /// </summary>
    public static void Replace(IDisk disk, string path, ReadOnlySpan<byte> content, FileOwner? owner = null, string? keepAs = null)
    {
        var folder = FolderOf(path);
        var temporary = path + ".failover";
        disk.Create(temporary, content, owner);
        disk.Sync(temporary);
        if (keepAs is not null && disk.Stat(path) is not null && disk.Stat(keepAs) is null)
        {
            disk.HardLink(path, keepAs);
        }
        disk.Rename(temporary, path);
        disk.SyncFolder(folder);
    }

    /// <summary>Makes a file that is not there yet, whole and on disk; never touches one that is.</summary>
    /// <exception cref="IOException">The name is taken.</exception>
    public static void CreateNew(IDisk disk, string path, ReadOnlySpan<byte> content, FileOwner? owner = null)
    {
        var unnamed = path + ".failover";
        disk.Create(unnamed, content, owner);
        try
        {
            disk.Sync(unnamed);
            disk.HardLink(unnamed, path);
        }
        finally
        {
            disk.Delete(unnamed);
        }
        disk.SyncFolder(FolderOf(path));
    }

    /// <summary>Repoints a symbolic link. A crash at any instant leaves the old link or the new one.</summary>
    public static void Relink(IDisk disk, string link, string pointsTo)
    {
        var temporary = link + ".failover";
        disk.Delete(temporary);
        disk.CreateSymlink(temporary, pointsTo);
        disk.Rename(temporary, link);
        disk.SyncFolder(FolderOf(link));
    }

    private static string FolderOf(string path) =>
        Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : throw new ArgumentException($"{path} names no folder", nameof(path));
}
