using System.Runtime.InteropServices;

namespace Failover.Tests.Disks;

/// <summary>A folder of its own for one test, removed with all that is in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private const UnixFileMode Everyone =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public ScratchFolder() => Chmod(Path, Everyone);

    public string Path { get; } = Directory.CreateTempSubdirectory("failover-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file the way any other program would.</summary>
    public string Write(string name, string content)
    {
        var path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var writer = new StreamWriter(path);
        writer.Write(content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static void Chmod(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    /// <summary>Does something on this thread as a user without rights, so that a test that runs as root is refused as well.</summary>
    public static T AsNobody<T>(Func<T> act)
    {
        var before = setfsuid(65534);
        try
        {
            return act();
        }
        finally
        {
            _ = setfsuid(before);
        }
    }

    [DllImport("libc")]
    private static extern uint setfsuid(uint uid);
}
