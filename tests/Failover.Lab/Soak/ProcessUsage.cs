using System.Globalization;

namespace Failover.Lab.Soak;

/// <summary>What one process holds at this moment, as Linux counts it (<c>/proc</c>).</summary>
/// <param name="Files">The files behind its handles, by name.</param>
public sealed record ProcessUsage(int Process, IReadOnlyDictionary<string, long> Figures, IReadOnlyList<string> Files)
{
    public const string ResidentMemory = "resident memory, KiB";
    public const string AnonymousMemory = "of it anonymous, KiB";
    public const string Threads = "threads";
    public const string Handles = "open handles";
    public const string Sockets = "sockets";
    public const string Established = "TCP established";
    public const string Closing = "TCP closing";
    public const string Watchers = "inotify instances";
    public const string Watches = "inotify watches";
    public const string Pipes = "pipes";
    public const string OpenFiles = "open files";
    public const string Locks = "file locks";

    private const string Gone = " (deleted)";
    private const string TcpEstablished = "01";
    private const string TcpListening = "0A";

    /// <summary>Looks at a running process.</summary>
    public static ProcessUsage Read(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        var handles = Directory.EnumerateFileSystemEntries($"{folder}/fd").Select(path => (Name: Path.GetFileName(path), Target: TargetOf(path)))
            .Where(handle => handle.Target.Length > 0 && !IsOfTheProgram(handle.Target)).ToList();
        var files = handles.Where(handle => Is(handle, "/")).Select(handle => handle.Target).ToList();
        var sockets = handles.Where(handle => Is(handle, "socket:")).Select(handle => handle.Target["socket:[".Length..^1]).ToHashSet(StringComparer.Ordinal);
        var states = new[] { "tcp", "tcp6" }.SelectMany(name => File.ReadLines($"{folder}/net/{name}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(columns => sockets.Contains(columns[9])).Select(columns => columns[3]).ToList();
        var watchers = handles.Where(handle => handle.Target.Contains("inotify", StringComparison.Ordinal)).ToList();
        var status = File.ReadLines($"{folder}/status").Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        return new ProcessUsage(process, new Dictionary<string, long>(StringComparer.Ordinal)
        {
            [ResidentMemory] = Number(status["VmRSS"]),
            [AnonymousMemory] = Number(status["RssAnon"]),
            [Threads] = Number(status["Threads"]),
            [Handles] = handles.Count,
            [Sockets] = sockets.Count,
            [Established] = states.Count(state => state == TcpEstablished),
            [Closing] = states.Count(state => state is not (TcpEstablished or TcpListening)),
            [Watchers] = watchers.Count,
            [Watches] = watchers.Sum(handle => LinesOf($"{folder}/fdinfo/{handle.Name}", "inotify wd:")),
            [Pipes] = handles.Count(handle => Is(handle, "pipe:")),
            [OpenFiles] = files.Count,
            [Locks] = handles.Sum(handle => LinesOf($"{folder}/fdinfo/{handle.Name}", "lock:")),
        }, files);
    }

    /// <summary>Libraries, and the symbols that the first stack trace reads: opened once, at the first use of each, and for good.</summary>
    private static bool IsOfTheProgram(string file)
    {
        // A new build takes the names of those that run.
        var name = file.EndsWith(Gone, StringComparison.Ordinal) ? file[..^Gone.Length] : file;
        return Path.GetExtension(name) is ".dll" or ".pdb";
    }

    private static bool Is((string Name, string Target) handle, string kind) => handle.Target.StartsWith(kind, StringComparison.Ordinal);

    /// <summary>Empty for a handle that was closed meanwhile, such as the one that this very look has opened on itself.</summary>
    private static string TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int LinesOf(string path, string beginning)
    {
        try
        {
            return File.ReadLines(path).Count(line => line.StartsWith(beginning, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return 0; // Closed meanwhile.
        }
    }

    private static long Number(string text) => long.Parse(text.Split(' ', '\t').First(part => part.Length > 0 && char.IsAsciiDigit(part[0])), CultureInfo.InvariantCulture);
}
