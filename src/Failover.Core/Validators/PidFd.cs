using System.Runtime.InteropServices;
using Failover.Disks;
using Microsoft.Win32.SafeHandles;

namespace Failover.Validators;

/// <summary>
/// A handle on one process, pidfd_open(2): unlike the pid it never comes to mean another process. By system call number, which is the same
/// on all architectures, because libc knows the names only since 2.36.
/// </summary>
internal sealed partial class PidFd : IDisposable
{
    private const int SendSignalNumber = 424;
    private const int OpenNumber = 434;
    private const short Readable = 1;
    private const int Kill = 9;

    private readonly SafeFileHandle _handle;

    private PidFd(SafeFileHandle handle) => _handle = handle;

    /// <summary>Null when no process has the pid.</summary>
    public static PidFd? Open(int pid)
    {
        var descriptor = Syscall(OpenNumber, pid, 0);
        return descriptor >= 0 ? new PidFd(new SafeFileHandle(descriptor, ownsHandle: true))
            : Marshal.GetLastPInvokeError() == Libc.ESRCH ? null
            : throw Libc.Failure("open process", $"{pid}");
    }

    public static int OwnGroup => GetGroup(0);

    /// <summary>Sends SIGKILL to every process of the group.</summary>
    public static void KillGroup(int group) => Check(SendSignalToGroup(-group, Kill), $"kill process group {group}");

    /// <summary>Sends SIGKILL to exactly this process.</summary>
    public void KillProcess() => Check((int)Syscall(SendSignalNumber, _handle, Kill, 0, 0), "kill process");

    /// <summary>Whether all threads of the process have ended; its zombie may still be there.</summary>
    public bool HasEnded
    {
        get
        {
            var poll = new PollEntry { Descriptor = (int)_handle.DangerousGetHandle(), Events = Readable };
            return Poll(ref poll, 1, 0) == 1 && (poll.Answer & Readable) != 0;
        }
    }

    public void Dispose() => _handle.Dispose();

    // Nobody left to kill is what is wanted.
    private static void Check(int result, string doing)
    {
        if (result != 0 && Marshal.GetLastPInvokeError() != Libc.ESRCH)
        {
            throw Libc.Failure(doing, "the validator");
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint pid, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, SafeFileHandle process, nint signal, nint info, nint flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignalToGroup(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    private static partial int GetGroup(int pid);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Answer;
    }
}
