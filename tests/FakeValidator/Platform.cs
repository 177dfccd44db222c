using System.Runtime.InteropServices;

namespace FakeValidator;

/// <summary>The few system calls that .NET wraps in something friendlier than the real validator is.</summary>
internal static partial class Platform
{
    public const int SigTerm = 15;
    public const int SigInt = 2;
    private const int SigKill = 9;

    /// <summary>Ends the process at once, without finalizers or handlers.</summary>
    public static void ExitNow(int code) => Exit(code);

    public static void KillNow() => _ = Kill(Environment.ProcessId, SigKill);

    /// <summary>Takes a file away from everybody but its owner (mode 0600).</summary>
    public static bool KeepForOwner(string path) => ChangeMode(path, 0b110_000_000) == 0;

    /// <summary>Gives a signal its default action back, which for SIGTERM is to die there and then.</summary>
    public static void RestoreDefault(int signal) => _ = Signal(signal, IntPtr.Zero);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "chmod", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial IntPtr Signal(int signal, IntPtr handler);
}
