using Failover.Cluster;
using Failover.Identities;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// A validator with an admin socket that may be Agave (or Jito) or Frankendancer: the first takes set-identity on the socket, the second
/// only by command; the voter calls work on the socket with both. Which one it is, is asked when it first matters, and again after a refusal
/// (the client may have been replaced). Thread-safe.
/// </summary>
public sealed class AutoValidator : IValidator, IDisposable
{
    private readonly AgaveValidator _socket;
    private readonly CommandValidator _commands;
    private IValidator? _chosen;

    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public AutoValidator(
        AgaveValidatorOptions socket, CommandValidatorOptions commands, ISolanaRpc? rpc, TimeProvider time, ILoggerFactory loggers)
    {
        _socket = new AgaveValidator(socket, time, loggers);
        // Frankendancer is two programs in one: the socket shows the identity of the one that votes, fdctl that of the tiles.
        List<IdentityReader> readers = [new("the admin socket", _socket.ReadIdentityAsync)];
        if (rpc is not null)
        {
            readers.Add(IdentityReader.FromRpc(rpc));
        }
        _commands = new CommandValidator(commands, readers, time, loggers.CreateLogger<CommandValidator>());
    }

    /// <inheritdoc/>
    public VotingStopProof Proof => _socket.Proof;

    /// <inheritdoc/>
    public string Describe => $"{_socket.Describe}; its identity is set "
        + (_chosen == _socket ? "on the socket" : _chosen is null ? "on the socket or by command, not asked yet" : "by command (Frankendancer)");

    /// <inheritdoc/>
    public Task<ValidatorStart> ReadStartAsync(CancellationToken ct) => _socket.ReadStartAsync(ct);

    /// <inheritdoc/>
    public async Task<Pubkey> ReadIdentityAsync(CancellationToken ct) => await (await ChooseAsync(ct)).ReadIdentityAsync(ct);

    /// <inheritdoc/>
    public Task StopVotersAsync(CancellationToken ct) => _socket.StopVotersAsync(ct);

    /// <inheritdoc/>
    public Task GiveVotersBackAsync(CancellationToken ct) => _socket.GiveVotersBackAsync(ct);

    /// <inheritdoc/>
    public Task<bool?> ReadVotingEnabledAsync(CancellationToken ct) => _socket.ReadVotingEnabledAsync(ct);

    /// <inheritdoc/>
    public async Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct)
    {
        try
        {
            await (await ChooseAsync(ct)).SetIdentityAsync(identity, require, ct);
        }
        catch (ValidatorException e) when (e.Failure is ValidatorFailure.Refused or ValidatorFailure.NotSupported)
        {
            _chosen = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _commands.Dispose();
    }

    private async Task<IValidator> ChooseAsync(CancellationToken ct) =>
        _chosen ??= await _socket.TakesIdentitiesAsync(ct) ? _socket : _commands;
}
