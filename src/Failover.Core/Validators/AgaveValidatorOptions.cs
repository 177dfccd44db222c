namespace Failover.Validators;

/// <summary>
/// What the driver of an Agave or Jito validator needs to know. The validator itself opens the keypair files: in its own mount namespace,
/// as its own user, so the paths must be absolute.
/// </summary>
public sealed record AgaveValidatorOptions
{
    /// <summary>The admin socket: <c>admin.rpc</c> in the ledger folder.</summary>
    public required string SocketPath { get; init; }

    /// <summary>The keypair file of the staked identity S.</summary>
    public required string StakedKeypairPath { get; init; }

    /// <summary>The keypair file of this node's unstaked identity U.</summary>
    public required string UnstakedKeypairPath { get; init; }

    /// <summary>The keypair files of all authorized voters, at least one: what <see cref="IValidator.GiveVotersBackAsync"/> gives back.</summary>
    public required IReadOnlyList<string> VoterKeypairPaths { get; init; }

    /// <summary>For each call. The validator answers within tens of milliseconds unless another admin call blocks it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentException">Says which setting is wrong, and what it must be.</exception>
    public void Validate()
    {
        RequireFullPath(SocketPath, nameof(SocketPath));
        RequireFullPath(StakedKeypairPath, nameof(StakedKeypairPath));
        RequireFullPath(UnstakedKeypairPath, nameof(UnstakedKeypairPath));
        if (VoterKeypairPaths.Count == 0)
        {
            throw new ArgumentException(
                "no authorized voter is configured, so none could be given back after a handoff: name the keypair files of all of them",
                nameof(VoterKeypairPaths));
        }
        foreach (var path in VoterKeypairPaths)
        {
            RequireFullPath(path, nameof(VoterKeypairPaths));
        }
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
    }

    private static void RequireFullPath(string path, string setting)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            throw new ArgumentException($"\"{path}\" is not an absolute path; the validator would look for it in its own folder", setting);
        }
    }
}
