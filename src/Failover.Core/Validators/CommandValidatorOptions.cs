using Failover.Identities;

namespace Failover.Validators;

/// <summary>
/// The commands of a client that is driven by its command line. Each is a program (absolute path) and its arguments, run as they stand
/// here: no shell, and nothing from elsewhere is ever put into them.
/// </summary>
public sealed record CommandValidatorOptions
{
    /// <summary>Takes the staked identity S and refuses without its tower, e.g. <c>fdctl set-identity … --require-tower</c>.</summary>
    public required IReadOnlyList<string> SetStaked { get; init; }

    /// <summary>Takes S under Alpenglow and refuses without its vote history; null where the client has no such thing.</summary>
    public IReadOnlyList<string>? SetStakedWithVoteHistory { get; init; }

    /// <summary>Takes the node's unstaked identity U.</summary>
    public required IReadOnlyList<string> SetUnstaked { get; init; }

    /// <summary>Prints the identity in use as its last line, and changes nothing. Null when the cluster RPC alone is asked.</summary>
    public IReadOnlyList<string>? GetIdentity { get; init; }

    /// <summary>Empties the authorized-voter list. Null when the client has no such command.</summary>
    public IReadOnlyList<string>? RemoveVoters { get; init; }

    /// <summary>Each adds one authorized voter; together all of them.</summary>
    public IReadOnlyList<IReadOnlyList<string>> AddVoters { get; init; } = [];

    /// <summary>What the command for a voter that is there already says (in any case of letters): that is success.</summary>
    public string VoterPresentText { get; init; } = "already present";

    /// <summary>Whether <see cref="SetUnstaked"/> by itself proves that no vote with S follows it (true for full Firedancer only).</summary>
    public bool SetIdentityIsFence { get; init; }

    /// <summary>What must be read back after <see cref="SetStaked"/>.</summary>
    public required Pubkey StakedIdentity { get; init; }

    /// <summary>What must be read back after <see cref="SetUnstaked"/>.</summary>
    public required Pubkey UnstakedIdentity { get; init; }

    /// <summary>
    /// For waiting until earlier commands have ended, again for each command, and again for reading back. Well above the time that set-identity takes (up to four leader slots, 1.6 s, and more).
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <exception cref="ArgumentException">Says which setting is wrong, and what it must be.</exception>
    public void Validate()
    {
        Require(SetStaked, nameof(SetStaked));
        Require(SetStakedWithVoteHistory, nameof(SetStakedWithVoteHistory));
        Require(SetUnstaked, nameof(SetUnstaked));
        Require(GetIdentity, nameof(GetIdentity));
        Require(RemoveVoters, nameof(RemoveVoters));
        foreach (var command in AddVoters)
        {
            Require(command, nameof(AddVoters));
        }
        if (RemoveVoters is not null != AddVoters.Count > 0)
        {
            throw new ArgumentException("commands to remove and to add voters are only of use together: name both or neither", nameof(AddVoters));
        }
        if (StakedIdentity == UnstakedIdentity)
        {
            throw new ArgumentException("the unstaked identity is the staked one: name a keypair of its own", nameof(UnstakedIdentity));
        }
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
    }

    private static void Require(IReadOnlyList<string>? command, string setting)
    {
        if (command is not null && (command.Count == 0 || !Path.IsPathFullyQualified(command[0])))
        {
            throw new ArgumentException("a command starts with the absolute path of its program", setting);
        }
    }
}
