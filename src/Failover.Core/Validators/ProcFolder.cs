using System.Globalization;
using System.Text;
using Failover.Disks;

namespace Failover.Validators;

/// <summary>The fields of <c>/proc/&lt;pid&gt;/stat</c> that are used here, see proc(5).</summary>
internal sealed record ProcStat(char State, int Parent, int Group, int Threads, ulong StartTicks)
{
    /// <summary>A zombie whose threads are all gone can do nothing any more; one that still has threads can.</summary>
    public bool HasEnded => State is 'Z' or 'X' or 'x' && Threads <= 1;
}

/// <summary>
/// The processes in <c>/proc</c>. A process may go at any moment: what is read of one that has gone is null. What is there and cannot
/// be read throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal sealed class ProcFolder(IDisk disk, string path)
{
    private const int LongestFile = 4 * 1024 * 1024;
    private const int CapSysPtrace = 19;

    public IEnumerable<int> Pids()
    {
        foreach (var name in disk.List(path, ""))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    public ProcStat? Stat(int pid)
    {
        if (ReadOf(pid, "stat") is not { } text)
        {
            return null;
        }
        // The name, in brackets, may hold anything, brackets and spaces included.
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0].Length == 1
            && int.TryParse(fields[1], CultureInfo.InvariantCulture, out var parent)
            && int.TryParse(fields[2], CultureInfo.InvariantCulture, out var group)
            && int.TryParse(fields[17], CultureInfo.InvariantCulture, out var threads)
            && ulong.TryParse(fields[19], CultureInfo.InvariantCulture, out var start)
                ? new ProcStat(fields[0][0], parent, group, threads, start)
                : throw new IOException($"{path}/{pid}/stat has another form than expected");
    }

    /// <summary>The arguments, program first; empty for a kernel thread.</summary>
    public IReadOnlyList<string>? CommandLine(int pid, int threads)
    {
        var text = ReadOf(pid, "cmdline");
        if (text is "" && threads > 1)
        {
            // The first thread has ended and taken the command line with it, the others have not.
            foreach (var thread in disk.List($"{path}/{pid}/task", ""))
            {
                text = ReadOf(pid, $"task/{thread}/cmdline");
                if (!string.IsNullOrEmpty(text))
                {
                    break;
                }
            }
        }
        return text?.TrimEnd('\0').Split('\0', StringSplitOptions.None) is { } arguments ? (arguments is [""] ? [] : arguments) : null;
    }

    /// <summary>The process's folder; null when it may not be known.</summary>
    public string? WorkingFolder(int pid)
    {
        try
        {
            return disk.ReadLink($"{path}/{pid}/cwd");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The effective user. (The folder's owner would be root for a process that has protected itself.)</summary>
    public uint? Uid(int pid)
    {
        if (ReadOf(pid, "status") is not { } status)
        {
            return null;
        }
        return Field(status, "Uid:") is [_, var effective, ..] && uint.TryParse(effective, CultureInfo.InvariantCulture, out var uid)
            ? uid
            : throw new IOException($"{path}/{pid}/status names no user");
    }

    /// <summary>Whether processes of other users may be missing: the mount option hidepid, without the capability that sees through it.</summary>
    public bool MayHideProcesses()
    {
        var hides = ReadText("self/mounts").Split('\n').Select(line => line.Split(' ')).Any(mount =>
            mount is [_, "/proc", "proc", var options, ..]
            && options.Split(',').Any(o => o.StartsWith("hidepid=", StringComparison.Ordinal) && o is not ("hidepid=0" or "hidepid=off")));
        return hides && !(Field(ReadText("self/status"), "CapEff:") is [var set, ..]
            && ulong.TryParse(set, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var capabilities)
            && (capabilities >> CapSysPtrace & 1) == 1);
    }

    private static string[] Field(string status, string name) =>
        status.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private string? ReadOf(int pid, string file)
    {
        try
        {
            return ReadText($"{pid}/{file}");
        }
        // A process that ends while its file is read shows as one of several errors: what tells is whether it is still there.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && disk.Stat($"{path}/{pid}/{file}") is null)
        {
            return null;
        }
        catch (IOException e) when (e.HResult == Libc.ESRCH)
        {
            return null;
        }
    }

    private string ReadText(string file) => Encoding.UTF8.GetString(disk.Read($"{path}/{file}", LongestFile));
}
