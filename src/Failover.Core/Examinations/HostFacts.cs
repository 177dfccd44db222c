using Failover.Disks;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Examinations;

/// <summary>One path as the operating system shows it to this process.</summary>
/// <param name="Facts">Null when nothing is there, or when it may not be looked at.</param>
/// <param name="PointsTo">The text of a symbolic link; null for anything else.</param>
/// <param name="Readable">Whether this process may read it.</param>
/// <param name="Writable">Whether this process may write it, or make names in it.</param>
/// <param name="Problem">Why it may not be looked at; empty otherwise.</param>
public sealed record PathFacts(string Path, FileFacts? Facts, string? PointsTo, bool Readable, bool Writable, string Problem = "")
{
    /// <summary>Whether the group or everybody may write it; a sticky folder's names are safe from the others.</summary>
    public bool WritableByOthers => Facts is { Kind: not FileKind.Link } facts && (facts.Mode & 0b000_010_010) != 0 && (facts.Mode & 0b001_000_000_000) == 0;

    public string Mode => Facts is { } facts ? Convert.ToString(facts.Mode, 8).PadLeft(4, '0') : "none";
}

/// <summary>A keypair file, read as the agent reads it before every handoff.</summary>
/// <param name="Target">The file itself, behind whatever links.</param>
/// <param name="Problem">Why it is refused; empty when it is not.</param>
public sealed record KeyFacts(PathFacts File, PathFacts Target, Pubkey? Key, string Problem);

/// <summary>The agent's configuration file as it is now.</summary>
/// <param name="Mistakes">One sentence each, with line and key.</param>
/// <param name="InForce">Whether the agent runs with what the file says; null when no agent was asked.</param>
public sealed record ConfigFacts(IReadOnlyList<ConfigFault> Mistakes, bool? InForce);

/// <summary>One mistake in the configuration.</summary>
/// <param name="UnknownKeyLine">The line, when all that is wrong is that nobody knows the key on it.</param>
public sealed record ConfigFault(string Text, int? Line, int? UnknownKeyLine);

/// <summary>This machine's certificate.</summary>
/// <param name="Identity">Whom it names, and as what.</param>
/// <param name="Problem">Why the files cannot be used; empty otherwise.</param>
public sealed record CertificateFacts(
    string CertificatePath, PathFacts Key, string Identity, bool NamesThisNode, DateTimeOffset? ValidUntil, string Problem);

/// <summary>What an examination needs of the host besides what every status shows: files, folders, owners, the process as <c>/proc</c> shows it.</summary>
public sealed record HostFacts
{
    /// <summary>The wall clock, for certificates only.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The user that looks: the agent's.</summary>
    public required uint Uid { get; init; }

    public required ConfigFacts Config { get; init; }

    public required PathFacts ConfigFile { get; init; }

    public required PathFacts StateFolder { get; init; }

    public required CertificateFacts Certificate { get; init; }

    public required KeyFacts Staked { get; init; }

    public required KeyFacts Unstaked { get; init; }

    public required PathFacts Link { get; init; }

    public required PathFacts LinkFolder { get; init; }

    public required PathFacts Ledger { get; init; }

    public required PathFacts TowerFolder { get; init; }

    /// <summary>Null where the validator is driven by commands alone.</summary>
    public PathFacts? AdminSocket { get; init; }

    /// <summary>The records of S, valid or not.</summary>
    public IReadOnlyList<PathFacts> Records { get; init; } = [];

    /// <summary>The record that is refused; empty when none is.</summary>
    public string DamagedRecord { get; init; } = "";

    /// <summary>Temporary files of records that nobody is writing any more.</summary>
    public IReadOnlyList<string> LeftBehind { get; init; } = [];

    /// <summary>Why changes of a record cannot be watched; empty when they can.</summary>
    public string WatchProblem { get; init; } = "";

    /// <summary>The validator; null when none runs, or when that cannot be told.</summary>
    public ProcessFacts? Validator { get; init; }

    /// <summary>Why it cannot be told; empty otherwise.</summary>
    public string ValidatorProblem { get; init; } = "";

    /// <summary>The address of the JSON-RPC that the agent asks.</summary>
    public required Uri Rpc { get; init; }
}
