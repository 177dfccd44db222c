using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Failover.Disks;

/// <summary>
/// The few libc calls that .NET does not offer, or offers with a fallback that safety cannot use (a move that copies across file
/// systems, a sync that swallows errors). Constants are Linux's, see the man page of each call.
/// </summary>
internal static partial class Libc
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EACCES = 13;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_CREAT = 0x40;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    // These two differ between the architectures that .NET runs on.
    public static readonly int O_DIRECTORY = OnArm ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = OnArm ? 0x8000 : 0x20000;

    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_EACCESS = 0x200;
    public const int R_OK = 4;
    public const int W_OK = 2;
    public const int X_OK = 1;
    public const uint STATX_BASIC_STATS = 0x7ff;

    public const int CLOCK_BOOTTIME = 7;

    private const int LongestPath = 4096;

    private static bool OnArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int folder, string path, int flags, uint mask, out StatxFacts facts);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int Fchown(SafeFileHandle file, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    public static partial int Setfsuid(uint uid);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    public static partial int Setfsgid(uint gid);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mkdir(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Lchown(string path, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Fchmod(SafeFileHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string path);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Symlink(string pointsTo, string path);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ReadLink(string path, Span<byte> text, nint size);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int ClockGetTime(int clock, out TimeSpec time);

    /// <summary>The user whose rights this process has. .NET has no public way to it.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>Whether this process may read the file, or list the folder. Links are followed.</summary>
    public static bool MayRead(string path) => Access(AT_FDCWD, path, R_OK, AT_EACCESS) == 0;

    /// <summary>Whether this process may write the file, or make names in the folder. Links are followed.</summary>
    public static bool MayWrite(string path) => Access(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;

    /// <summary>Whether this process may run the file. Links are followed.</summary>
    public static bool MayExecute(string path) => Access(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(int folder, string path, int mode, int flags);

    /// <summary>The path without links, dots and doubled slashes; null when it does not lead to anything.</summary>
    public static string? RealPath(string path)
    {
        var resolved = new byte[LongestPath];
        return RealPath(path, resolved) == 0 ? null : Encoding.UTF8.GetString(resolved.AsSpan(0, resolved.AsSpan().IndexOf((byte)0)));
    }

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, Span<byte> resolved);

    /// <summary>The first fields of <c>struct statx</c>: the same on every architecture, unlike <c>struct stat</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatxFacts
    {
        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(24)]
        public uint Gid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>
    /// The error of the call that has just failed, as the exceptions that <see cref="IDisk"/> promises. Its
    /// <see cref="Exception.HResult"/> is the errno where the type leaves it free.
    /// </summary>
    public static Exception Failure(string doing, string path) => Failure(doing, path, Marshal.GetLastPInvokeError());

    public static Exception Failure(string doing, string path, int errno)
    {
        var message = $"cannot {doing} \"{path}\": {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
        return errno switch
        {
            ENOENT => new FileNotFoundException(message, path),
            EACCES or EPERM => new UnauthorizedAccessException(message),
            _ => new IOException(message, errno),
        };
    }
}
