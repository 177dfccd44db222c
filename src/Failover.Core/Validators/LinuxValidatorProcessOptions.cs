namespace Failover.Validators;

/// <summary>By what this node's validator process is known.</summary>
public sealed record LinuxValidatorProcessOptions
{
    /// <summary>The ledger folder (<c>--ledger</c>).</summary>
    public required string LedgerPath { get; init; }

    /// <summary>The identity symlink (<c>--identity</c>), not what it points to; null when the ledger alone has to do.</summary>
    public string? IdentityLinkPath { get; init; }

    /// <summary>
    /// For clients that name neither (fdctl, firedancer): arguments that all stand in the command line of exactly this node's processes,
    /// e.g. its configuration file.
    /// </summary>
    public IReadOnlyList<string> CommandMarks { get; init; } = [];

    /// <summary>How long a killed process may take until it is gone: giving back hundreds of GiB takes seconds.</summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where the proc file system is mounted.</summary>
    internal string ProcPath { get; init; } = "/proc";
}
