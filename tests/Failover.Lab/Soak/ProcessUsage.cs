using System.Globalization;

namespace Failover.Lab.Soak;

/// <summary>What one process holds at this moment, as Linux counts it (<c>/proc</c>).</summary>
public sealed record ProcessUsage(int Process, IReadOnlyDictionary<string, long> Figures)
{
    public const string ResidentMemory = "resident memory, KiB";
    public const string AnonymousMemory = "of it anonymous, KiB";
    public const string Threads = "threads";
    public const string Handles = "open handles but libraries";
    public const string Sockets = "sockets";
    public const string Established = "TCP established";
    public const string Closing = "TCP closing";
    public const string Watchers = "inotify instances";
    public const string Watches = "inotify watches";
    public const string Pipes = "pipes";
    public const string Files = "open files but libraries";
    public const string Locks = "file locks";

    private const string TcpEstablished = "01";
    private const string TcpListening = "0A";

    /// <summary>Looks at a running process.</summary>
    public static ProcessUsage Read(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        var handles = Directory.EnumerateFileSystemEntries($"{folder}/fd").Select(path => (Name: Path.GetFileName(path), Target: TargetOf(path)))
            // What is loaded for good, at its first use, and grows with nothing.
            .Where(handle => handle.Target.Length > 0 && !handle.Target.EndsWith(".dll", StringComparison.Ordinal)).ToList();
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
            [Watches] = watchers.Sum(handle => WatchesOf($"{folder}/fdinfo/{handle.Name}")),
            [Pipes] = handles.Count(handle => Is(handle, "pipe:")),
            [Files] = handles.Count(handle => Is(handle, "/")),
            [Locks] = File.ReadLines("/proc/locks").Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(process.ToString(CultureInfo.InvariantCulture))),
        });
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

    private static int WatchesOf(string path)
    {
        try
        {
            return File.ReadLines(path).Count(line => line.StartsWith("inotify wd:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return 0; // Closed meanwhile.
        }
    }

    private static long Number(string text) => long.Parse(text.Split(' ', '\t').First(part => part.Length > 0 && char.IsAsciiDigit(part[0])), CultureInfo.InvariantCulture);
}
