using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Failover.Disks;

/// <summary>
/// The real file system, through Linux's own calls. Files are opened without blocking (a pipe planted under a file's name must not hang
/// the agent) and only regular files are read or written. Stateless and thread-safe.
/// </summary>
public sealed class LinuxDisk : IDisk
{
    private const int PermissionBits = 0xfff;
    private const int OwnerOnly = 0x180;
    private const int LongestLink = 4096;

    /// <inheritdoc/>
    public FileFacts? Stat(string path)
    {
        if (Libc.Statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, out var facts) == 0)
        {
            return ToFacts(facts);
        }
        return NothingThere(Marshal.GetLastPInvokeError()) ? null : throw Libc.Failure("look at", path);
    }

    /// <inheritdoc/>
    public byte[] Read(string path, int maxBytes)
    {
        using var file = OpenRegular(path, Libc.O_RDONLY, "read");
        // The size is only a hint: files in /proc say 0, and a file can grow while it is read. One byte more than allowed tells.
        var buffer = new byte[Math.Min(RandomAccess.GetLength(file), maxBytes) + 1];
        var length = 0;
        while (true)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(length), length);
            if (read == 0)
            {
                return buffer[..length];
            }
            length += read;
            if (length > maxBytes)
            {
                throw new IOException($"\"{path}\" is larger than the {maxBytes} bytes that it may have");
            }
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min((long)maxBytes + 1, Math.Max(buffer.Length * 2L, 4096)));
            }
        }
    }

    /// <summary>
    /// <inheritdoc/> A new file has mode 0600 until the owner and mode asked for are set, which is before any content is in it.
    /// </summary>
    public void Create(string path, ReadOnlySpan<byte> content, FileOwner? owner)
    {
        // Truncated only after it has been seen to be a regular file, hence no O_TRUNC.
        using var file = OpenRegular(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_NOFOLLOW, "create");
        RandomAccess.SetLength(file, 0);
        if (owner is not null)
        {
            // In this order: changing the owner clears mode bits.
            if (Libc.Fchown(file, owner.Uid, owner.Gid) != 0 || Libc.Fchmod(file, (uint)(owner.Mode & PermissionBits)) != 0)
            {
                throw Libc.Failure($"give to user {owner.Uid}, group {owner.Gid}, with mode {Convert.ToString(owner.Mode, 8)},", path);
            }
        }
        RandomAccess.Write(file, content, 0);
    }

    /// <summary><inheritdoc/> Never follows a link at the end of the path.</summary>
    public void Append(string path, ReadOnlySpan<byte> content)
    {
        using var file = OpenRegular(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_NOFOLLOW, "append to");
        RandomAccess.Write(file, content, RandomAccess.GetLength(file));
    }

    /// <inheritdoc/>
    public void Sync(string path)
    {
        using var file = OpenRegular(path, Libc.O_RDONLY | Libc.O_NOFOLLOW, "sync");
        Sync(file, path);
    }

    /// <inheritdoc/>
    public void SyncFolder(string folder)
    {
        using var handle = Open(folder, Libc.O_RDONLY | Libc.O_DIRECTORY, "sync");
        Sync(handle, folder);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        // Not File.Move: across file systems it falls back to copying, which is not atomic.
        if (Libc.Rename(from, to) != 0)
        {
            throw Libc.Failure($"rename to \"{to}\" the file", from);
        }
    }

    /// <summary>
    /// Does file operations with the rights of another user, on this thread: in folders that are that user's, a link planted there leads to nothing that the user could not
    /// write itself. Without the right to change users (any but root) nothing changes.
    /// </summary>
    public static void As(uint uid, uint gid, Action operations)
    {
        // The group first: the user's rights do not suffice to change it. Each call returns what was before, see setfsuid(2).
        var group = Libc.Setfsgid(gid);
        var user = Libc.Setfsuid(uid);
        try
        {
            operations();
        }
        finally
        {
            _ = Libc.Setfsuid((uint)user);
            _ = Libc.Setfsgid((uint)group);
        }
    }

    /// <summary>Makes a folder and what is missing above it. One that is there stays as it is, owner and mode included; the ones above a new one belong to this process's user.</summary>
    public void MakeFolder(string path, FileOwner owner)
    {
        if (Stat(path) is not null)
        {
            return;
        }
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent && Stat(parent) is null)
        {
            Directory.CreateDirectory(parent);
        }
        if (Libc.Mkdir(path, (uint)(owner.Mode & PermissionBits)) != 0)
        {
            throw Libc.Failure("make the folder", path);
        }
        if (Libc.Lchown(path, owner.Uid, owner.Gid) != 0)
        {
            throw Libc.Failure($"give to user {owner.Uid}, group {owner.Gid}", path);
        }
    }

    /// <inheritdoc/>
    public void HardLink(string existing, string path)
    {
        if (Libc.Link(existing, path) != 0)
        {
            throw Libc.Failure($"give the second name \"{path}\" to", existing);
        }
    }

    /// <inheritdoc/>
    public void CreateSymlink(string path, string pointsTo)
    {
        if (Libc.Symlink(pointsTo, path) != 0)
        {
            throw Libc.Failure("create the link", path);
        }
    }

    /// <inheritdoc/>
    public string? ReadLink(string path)
    {
        // Not FileInfo.LinkTarget: it answers null when the link may not be read as well, and "no link" must not be said lightly.
        Span<byte> text = stackalloc byte[LongestLink];
        var length = (int)Libc.ReadLink(path, text, text.Length);
        if (length >= 0)
        {
            return Encoding.UTF8.GetString(text[..length]);
        }
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.EINVAL || NothingThere(errno) ? null : throw Libc.Failure("read the link", path, errno);
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (Libc.Unlink(path) != 0 && !NothingThere(Marshal.GetLastPInvokeError()))
        {
            throw Libc.Failure("delete", path);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder, string prefix)
    {
        List<string> names = [];
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <inheritdoc/>
    public IFolderWatch Watch(string folder, string prefix) => new FolderWatch(folder, prefix);

    private static SafeFileHandle OpenRegular(string path, int flags, string doing)
    {
        var file = Open(path, flags | Libc.O_NONBLOCK, doing);
        if (Libc.Statx((int)file.DangerousGetHandle(), "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, out var facts) != 0)
        {
            var failure = Libc.Failure(doing, path);
            file.Dispose();
            throw failure;
        }
        if (KindOf(facts.Mode) != FileKind.Regular)
        {
            file.Dispose();
            throw new IOException($"cannot {doing} \"{path}\": it is not a regular file");
        }
        return file;
    }

    private static SafeFileHandle Open(string path, int flags, string doing)
    {
        int descriptor;
        do
        {
            descriptor = Libc.Open(path, flags | Libc.O_CLOEXEC, OwnerOnly);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Libc.Failure(doing, path);
    }

    private static void Sync(SafeFileHandle file, string path)
    {
        // Not RandomAccess.FlushToDisk: it takes a file system that cannot sync for success.
        while (Libc.Fsync(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Libc.EINTR)
            {
                throw Libc.Failure("sync", path);
            }
        }
    }

    private static bool NothingThere(int errno) => errno is Libc.ENOENT or Libc.ENOTDIR;

    private static FileFacts ToFacts(Libc.StatxFacts facts) =>
        new(KindOf(facts.Mode), facts.Mode & PermissionBits, facts.Uid, facts.Gid, (long)facts.Size, facts.Inode);

    private static FileKind KindOf(ushort mode) => (mode & 0xf000) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Folder,
        0xa000 => FileKind.Link,
        _ => FileKind.Other,
    };
}
