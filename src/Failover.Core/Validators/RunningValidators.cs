using System.Text;
using Failover.Disks;

namespace Failover.Validators;

/// <summary>A validator that runs on this host, as its command line has it. Paths are full.</summary>
public sealed record RunningValidator
{
    public required ProcessFacts Process { get; init; }

    /// <summary>As in <c>--ledger</c>.</summary>
    public required string Ledger { get; init; }

    /// <summary>As in <c>--tower</c>; the ledger unless given.</summary>
    public required string Tower { get; init; }

    /// <summary>As in <c>--identity</c>, links not followed.</summary>
    public required string Identity { get; init; }

    /// <summary>As in <c>--vote-account</c>, an address or the path of a keypair file; null when not given.</summary>
    public string? VoteAccount { get; init; }

    /// <summary>As in <c>--authorized-voter</c>.</summary>
    public IReadOnlyList<string> Voters { get; init; } = [];

    /// <summary>As in <c>--rpc-port</c>; null when not given.</summary>
    public ushort? RpcPort { get; init; }

    /// <summary>The systemd unit that it runs in; null when it runs in none.</summary>
    public string? Unit { get; init; }
}

/// <summary>
/// Looks for validators when nothing is known of them yet, to propose a configuration: unlike <see cref="LinuxValidatorProcess"/> it may miss one, and proves nothing.
/// </summary>
public static class RunningValidators
{
    private const int LongestFile = 64 * 1024;

    /// <summary>Those whose program is called <c>…-validator</c> and that name an identity; Firedancer's settings stand in its own file.</summary>
    public static IReadOnlyList<RunningValidator> Find(IDisk disk, string procPath = "/proc")
    {
        var proc = new ProcFolder(disk, procPath);
        List<RunningValidator> found = [];
        foreach (var pid in proc.Pids())
        {
            try
            {
                if (proc.Stat(pid) is { HasEnded: false } stat && proc.CommandLine(pid, stat.Threads) is [var program, ..] arguments
                    && Path.GetFileName(program).EndsWith("-validator", StringComparison.Ordinal) && proc.Uid(pid) is { } uid
                    && Read(new ProcessFacts(pid, stat.StartTicks, arguments, uid), proc.WorkingFolder(pid)) is { } validator)
                {
                    found.Add(validator with { Unit = UnitOf(disk, $"{procPath}/{pid}/cgroup") });
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's, or gone meanwhile: it is not proposed.
            }
        }
        // A process that is about to become a child's program has its parent's arguments still.
        return [.. found.GroupBy(validator => validator.Ledger, StringComparer.Ordinal).Select(same => same.MinBy(validator => validator.Process.StartTicks)!)];
    }

    /// <param name="folder">Where its relative paths start; null when it may not be known.</param>
    private static RunningValidator? Read(ProcessFacts process, string? folder)
    {
        string? Only(params ReadOnlySpan<string> flags) => process.ValuesOf(flags) is [.., var last] ? last : null;
        string Full(string path) => Path.IsPathFullyQualified(path) ? path : Path.GetFullPath(path, folder ?? throw new IOException($"{process.Pid}'s folder may not be known"));
        if (Only("--identity", "-i") is not { } identity)
        {
            return null; // one of the program's other commands
        }
        var ledger = Full(Only("--ledger", "-l") ?? "ledger");
        return new RunningValidator
        {
            Process = process,
            Ledger = ledger,
            Tower = Only("--tower") is { } tower ? Full(tower) : ledger,
            Identity = Full(identity),
            VoteAccount = Only("--vote-account") is { } account ? account.Contains('/', StringComparison.Ordinal) || account.EndsWith(".json", StringComparison.Ordinal) ? Full(account) : account : null,
            Voters = [.. process.ValuesOf("--authorized-voter").Select(Full)],
            RpcPort = ushort.TryParse(Only("--rpc-port"), System.Globalization.CultureInfo.InvariantCulture, out var port) ? port : null,
        };
    }

    private static string? UnitOf(IDisk disk, string cgroup) =>
        Encoding.UTF8.GetString(disk.Read(cgroup, LongestFile)).Split('\n').SelectMany(line => line.Split('/')).LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal));
}
