using System.Runtime.InteropServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

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

    /// <summary>Gives a signal its default action back, which for SIGTERM is to die there and then.</summary>
    public static void RestoreDefault(int signal) => _ = Signal(signal, IntPtr.Zero);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial IntPtr Signal(int signal, IntPtr handler);
}
