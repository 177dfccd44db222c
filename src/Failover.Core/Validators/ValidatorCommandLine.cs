using Failover.Disks;

namespace Failover.Validators;

/// <summary>
/// Tells by its arguments whether a process is this node's validator. The validator names the ledger and the identity link; the commands of
/// the same program (set-identity, monitor, exit, …) name the ledger too.
/// </summary>
internal sealed class ValidatorCommandLine(LinuxValidatorProcessOptions options)
{
    private const string DefaultLedger = "ledger";

    // The program may stand behind a wrapper (sudo, an interpreter) and its options.
    private const int FirstWords = 4;

    // Subcommands of agave-validator other than run; all end by themselves, and none votes.
    private static readonly HashSet<string> Subcommands = new(StringComparer.Ordinal)
    {
        "authorized-voter", "contact-info", "exit", "help", "init", "manage-block-production", "monitor", "plugin", "repair-shred-from-peer",
        "repair-whitelist", "select-active-interface", "set-bam-config", "set-block-engine-config", "set-identity", "set-log-filter",
        "set-public-address", "set-relayer-config", "set-shred-receiver-address", "set-shred-retransmit-receiver-address", "staked-nodes-overrides",
        "blockstore", "wait-for-restart-window",
    };

    private static readonly HashSet<string> FiredancerPrograms = new(StringComparer.Ordinal) { "fdctl", "fddev", "firedancer", "firedancer-dev" };

    private readonly string _ledger = Libc.RealPath(options.LedgerPath) ?? Path.GetFullPath(options.LedgerPath);
    private readonly string? _link = options.IdentityLinkPath is { } link ? LinkItself(Path.GetFullPath(link)) : null;

    /// <summary>Null when it cannot be told.</summary>
    /// <param name="arguments">Program first.</param>
    /// <param name="workingFolder">Where relative paths start; null when it may not be read.</param>
    public bool? IsValidator(IReadOnlyList<string> arguments, Func<string?> workingFolder)
    {
        if (arguments.Count == 0)
        {
            return false;
        }
        if (arguments.Take(FirstWords).Any(a => FiredancerPrograms.Contains(Path.GetFileName(a))))
        {
            // Whose it is stands in its configuration file, so only the marks can tell.
            return !arguments.Any(a => a is "run" or "run1" or "run-agave" or "dev") ? false
                : options.CommandMarks.Count == 0 ? null
                : options.CommandMarks.All(arguments.Contains);
        }
        if (IsSubcommand(arguments) || Path.GetFileName(arguments[0]).EndsWith("ledger-tool", StringComparison.Ordinal))
        {
            return false;
        }
        if (options.CommandMarks.Count > 0 && options.CommandMarks.All(arguments.Contains))
        {
            return true;
        }
        var line = new ProcessFacts(0, 0, arguments, 0);
        var identities = line.ValuesOf("--identity", "-i");
        var ledgers = line.ValuesOf("--ledger").ToList();
        if (identities.Count > 0)
        {
            // The short form means something else to other programs (ls -l), but those have no identity.
            ledgers.AddRange(line.ValuesOf("-l"));
            ledgers.AddRange(arguments.Where(a => a.StartsWith("-l/", StringComparison.Ordinal)).Select(a => a[2..]));
            if (ledgers.Count == 0 && arguments.Any(IsValidatorProgram))
            {
                ledgers.Add(DefaultLedger);
            }
        }
        return Any(
            ledgers.Select(path => Same(path, workingFolder, full => Libc.RealPath(full) ?? full, _ledger))
                .Concat(identities.Select(path => _link is null ? false : Same(path, workingFolder, LinkItself, _link))));
    }

    // Directly behind the program or behind its one global option: anywhere else the word is some option's value.
    private static bool IsSubcommand(IReadOnlyList<string> arguments)
    {
        for (var i = 1; i < arguments.Count; i++)
        {
            if (Subcommands.Contains(arguments[i])
                && (IsValidatorProgram(arguments[i - 1])
                    || arguments[i - 1].StartsWith("--ledger=", StringComparison.Ordinal)
                    || (i > 1 && arguments[i - 2] is "--ledger" or "-l")))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsValidatorProgram(string argument) => Path.GetFileName(argument).EndsWith("-validator", StringComparison.Ordinal);

    private static bool? Same(string path, Func<string?> workingFolder, Func<string, string> resolve, string wanted)
    {
        if (Path.IsPathFullyQualified(path))
        {
            return resolve(Path.GetFullPath(path)) == wanted;
        }
        return workingFolder() is { } folder ? resolve(Path.GetFullPath(path, folder)) == wanted : null;
    }

    // The link's own place, with the folders before it resolved.
    private static string LinkItself(string fullPath) =>
        Path.GetDirectoryName(fullPath) is { } folder && Libc.RealPath(folder) is { } real ? Path.Combine(real, Path.GetFileName(fullPath)) : fullPath;

    private static bool? Any(IEnumerable<bool?> answers)
    {
        bool? any = false;
        foreach (var answer in answers)
        {
            if (answer == true)
            {
                return true;
            }
            any = answer is null ? null : any;
        }
        return any;
    }
}
