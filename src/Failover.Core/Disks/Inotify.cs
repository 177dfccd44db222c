using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Failover.Disks;

/// <summary>Linux's inotify(7), as far as <see cref="FolderWatch"/> needs it.</summary>
internal static partial class Inotify
{
    public const uint MovedTo = 0x80;
    public const uint Delete = 0x200;
    public const uint DeleteSelf = 0x400;
    public const uint MoveSelf = 0x800;
    public const uint MovedFrom = 0x40;
    public const uint Unmount = 0x2000;
    public const uint Overflow = 0x4000;
    public const uint Ignored = 0x8000;
    public const uint OnlyFolder = 0x01000000;

    /// <summary>Bytes before the name in <c>struct inotify_event</c>: watch, mask, cookie, length of the name.</summary>
    public const int HeaderSize = 16;

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int Init(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddWatch(SafeFileHandle inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int RemoveWatch(SafeFileHandle inotify, int watch);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle inotify, Span<byte> buffer, nint size);
}
