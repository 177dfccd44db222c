using Failover.Cluster;
using Failover.Identities;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// A client that is driven by its command line (Firedancer, Frankendancer). An exit code alone is never believed: what set-identity did is
/// read back. Emptying and filling the voter list cannot be read back with any client, so there the exit code has to do. Thread-safe.
/// </summary>
public sealed class CommandValidator : IValidator, IDisposable
{
    private readonly CommandValidatorOptions _options;
    private readonly IReadOnlyList<IdentityReader> _readers;
    private readonly CommandQueue _queue;

    /// <param name="options">The commands.</param>
    /// <param name="rpc">The validator's own JSON-RPC, whose identity has to agree with the command's; null when it is off.</param>
    /// <param name="time">For the deadlines only.</param>
    /// <param name="logger">Hears of commands that are left running.</param>
    /// <exception cref="ArgumentException">The options are not valid, or nothing is there to read the identity from.</exception>
    public CommandValidator(CommandValidatorOptions options, ISolanaRpc? rpc, TimeProvider time, ILogger<CommandValidator> logger)
        : this(options, rpc is null ? [] : [IdentityReader.FromRpc(rpc)], time, logger)
    {
    }

    internal CommandValidator(
        CommandValidatorOptions options, IReadOnlyList<IdentityReader> otherReaders, TimeProvider time, ILogger<CommandValidator> logger)
    {
        options.Validate();
        _options = options;
        _readers = options.GetIdentity is { } command ? [IdentityReader.FromCommand(command), .. otherReaders] : otherReaders;
        if (_readers.Count == 0)
        {
            throw new ArgumentException("set-identity could not be verified: name a command that prints the identity, or the JSON-RPC", nameof(options));
        }
        _queue = new CommandQueue(options.Timeout, time, logger);
    }

    /// <inheritdoc/>
    public VotingStopProof Proof =>
        _options.RemoveVoters is not null ? VotingStopProof.VoterFence
        : _options.SetIdentityIsFence ? VotingStopProof.CommandGuarantee
        : VotingStopProof.SlowBarrier;

    /// <inheritdoc/>
    public string Describe => $"a client driven by {_options.SetUnstaked[0]}; " + Proof switch
    {
        VotingStopProof.VoterFence => "it cannot vote once its command has emptied the authorized-voter list",
        VotingStopProof.CommandGuarantee => "by configuration, its set-identity returns only after the last vote with the old identity",
        _ => "it gives no proof that it stopped voting, so three more slots without a new vote are waited for",
    };

    /// <summary>A client without admin socket does not show its start-up: one that shows its identity is taken for running.</summary>
    public async Task<ValidatorStart> ReadStartAsync(CancellationToken ct)
    {
        await ReadIdentityAsync(ct);
        return new ValidatorStart(true, "Running");
    }

    /// <inheritdoc/>
    public Task<Pubkey> ReadIdentityAsync(CancellationToken ct) =>
        _queue.InTurnAsync("reading the identity", () => ReadInTurnAsync(ct), ct);

    /// <inheritdoc/>
    public async Task StopVotersAsync(CancellationToken ct)
    {
        if (_options.RemoveVoters is { } command)
        {
            await ChangeAsync("removing the voters", command, null, ct);
        }
    }

    /// <inheritdoc/>
    public async Task GiveVotersBackAsync(CancellationToken ct)
    {
        for (var i = 0; i < _options.AddVoters.Count; i++)
        {
            try
            {
                await ChangeAsync("adding a voter", _options.AddVoters[i], _options.VoterPresentText, ct);
            }
            catch (ValidatorException e) when (i > 0 && e.Effect == Effect.None)
            {
                throw new ValidatorException(Effect.Unknown, e.Failure, e.Message, e);
            }
        }
    }

    /// <inheritdoc/>
    public Task<bool?> ReadVotingEnabledAsync(CancellationToken ct) => Task.FromResult<bool?>(null);

    /// <inheritdoc/>
    public async Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct)
    {
        var (command, expected) = identity switch
        {
            HeldIdentity.Staked => (StakedCommand(require), _options.StakedIdentity),
            HeldIdentity.Unstaked when require == RecordRequirement.None => (_options.SetUnstaked, _options.UnstakedIdentity),
            HeldIdentity.Unstaked => throw new ArgumentException("an unstaked identity has no voting record to require", nameof(require)),
            _ => throw new ArgumentOutOfRangeException(nameof(identity), identity, null),
        };
        await _queue.InTurnAsync("set-identity", () => SetInTurnAsync(command, expected, ct), ct);
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    private IReadOnlyList<string> StakedCommand(RecordRequirement require) => require switch
    {
        RecordRequirement.Tower => _options.SetStaked,
        RecordRequirement.VoteHistory => _options.SetStakedWithVoteHistory ?? throw new ValidatorException(
            Effect.None, ValidatorFailure.NotSupported, "no command is configured that takes the staked identity with its vote history"),
        RecordRequirement.None => throw new ArgumentException(
            "the staked identity is never taken without its voting record", nameof(require)),
        _ => throw new ArgumentOutOfRangeException(nameof(require), require, null),
    };

    private Task<Pubkey> ReadInTurnAsync(CancellationToken ct) =>
        _queue.BoundedAsync(deadline => IdentityReader.ReadAllAsync(_readers, deadline), ct);

    // One turn for both, so that what is read back is the effect of this command and no other.
    private async Task<Pubkey> SetInTurnAsync(IReadOnlyList<string> command, Pubkey expected, CancellationToken ct)
    {
        var outcome = await _queue.ChangeAsync(command, ct);
        Pubkey shown;
        try
        {
            shown = await ReadInTurnAsync(ct);
        }
        catch (ValidatorException e)
        {
            throw new ValidatorException(
                Effect.Unknown, e.Failure, $"set-identity ended with exit code {outcome.ExitCode}, but cannot be verified: {e.Message}", e);
        }
        if (outcome.ExitCode != 0)
        {
            // Unknown even when the old identity is shown: other tiles than the one that is asked may have switched.
            throw new ValidatorException(
                Effect.Unknown, ValidatorFailure.Refused,
                $"set-identity ended with exit code {outcome.ExitCode}, the validator shows {shown}: {outcome.Words}");
        }
        return shown == expected
            ? shown
            : throw new ValidatorException(
                Effect.Unknown, ValidatorFailure.Unknown,
                $"set-identity reported success, but the validator shows {shown} instead of {expected}: {outcome.Words}");
    }

    private async Task ChangeAsync(string what, IReadOnlyList<string> command, string? alsoSuccess, CancellationToken ct)
    {
        var outcome = await _queue.InTurnAsync(what, () => _queue.ChangeAsync(command, ct), ct);
        if (outcome.ExitCode != 0 && (alsoSuccess is null || !outcome.Words.Contains(alsoSuccess, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ValidatorException(
                Effect.Unknown, ValidatorFailure.Refused, $"{what} failed: {command[0]} ended with exit code {outcome.ExitCode}: {outcome.Words}");
        }
    }
}
