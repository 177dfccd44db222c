namespace Failover.Agent.Configuration;

/// <summary>How the validator is reached.</summary>
public enum DriverKind
{
    Unknown = 0,

    /// <summary>By the socket; by commands as well where they are configured and the client turns out to need them.</summary>
    Auto = 1,

    /// <summary>By the admin socket only.</summary>
    Agave = 2,

    /// <summary>By commands only.</summary>
    Command = 3,
}

/// <summary>The section <c>[validator]</c>, without the folders, which belong to the node.</summary>
/// <param name="Rpc">The validator's own JSON-RPC.</param>
/// <param name="AdminTimeout">For each call on the admin socket.</param>
/// <param name="ProcessMarks">Arguments by which the process of a client that names neither ledger nor identity is known.</param>
/// <param name="Commands">Null when none are configured.</param>
public sealed record ValidatorConfig(
    DriverKind Driver, Uri Rpc, TimeSpan AdminTimeout, IReadOnlyList<string> ProcessMarks, CommandConfig? Commands)
{
    /// <summary>Compares what the lists hold.</summary>
    public bool SaysTheSameAs(ValidatorConfig other) =>
        (Driver, Rpc, AdminTimeout) == (other.Driver, other.Rpc, other.AdminTimeout)
        && ProcessMarks.SequenceEqual(other.ProcessMarks)
        && (Commands, other.Commands) switch
        {
            (null, null) => true,
            ({ } ours, { } theirs) => ours.SaysTheSameAs(theirs),
            _ => false,
        };
}

/// <summary>The section <c>[validator.command]</c>.</summary>
public sealed record CommandConfig
{
    public required IReadOnlyList<string> SetIdentityStaked { get; init; }

    /// <summary>Under Alpenglow; null where the client has no such thing.</summary>
    public IReadOnlyList<string>? SetIdentityStakedWithVoteHistory { get; init; }

    public required IReadOnlyList<string> SetIdentityUnstaked { get; init; }

    /// <summary>Null when the JSON-RPC alone is asked.</summary>
    public IReadOnlyList<string>? GetIdentity { get; init; }

    /// <summary>Null when the client has no such command.</summary>
    public IReadOnlyList<string>? RemoveAllVoters { get; init; }

    /// <summary>One per voter.</summary>
    public IReadOnlyList<IReadOnlyList<string>> AddVoters { get; init; } = [];

    /// <summary>Whether set-identity by itself proves that no vote with S follows it.</summary>
    public bool Guarantee { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Compares what the lists hold.</summary>
    public bool SaysTheSameAs(CommandConfig other) =>
        (Guarantee, Timeout) == (other.Guarantee, other.Timeout) && All.SequenceEqual(other.All, StringComparer.Ordinal);

    // Each command on a line of its own, so that no two lists of them read alike.
    private IEnumerable<string> All => new[] { SetIdentityStaked, SetIdentityStakedWithVoteHistory, SetIdentityUnstaked, GetIdentity, RemoveAllVoters }
        .Concat(AddVoters).Select(command => command is null ? "" : string.Join('\0', command));
}
