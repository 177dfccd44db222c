using System.Text.Json;
using Failover.Cluster;
using Failover.Identities;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// Agave and Jito-Solana, through the admin socket. Facts about the methods are from their source, 2.3 to 4.3. Thread-safe.
/// </summary>
public sealed class AgaveValidator : IValidator, IDisposable
{
    private const string VoterAlreadyPresent = "Authorized voter already present";

    private readonly AgaveValidatorOptions _options;
    private readonly AdminSocket _socket;
    private readonly SetIdentityCall _setIdentity;

    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public AgaveValidator(AgaveValidatorOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        options.Validate();
        _options = options;
        _socket = new AdminSocket(options.SocketPath, options.Timeout, time, loggers.CreateLogger<AdminSocket>());
        _setIdentity = new SetIdentityCall(_socket);
    }

    /// <inheritdoc/>
    public VotingStopProof Proof => VotingStopProof.VoterFence;

    /// <inheritdoc/>
    public string Describe =>
        $"Agave or Jito through {_options.SocketPath}; it cannot vote once its authorized-voter list is emptied, "
        + "because emptying takes the lock that vote generation holds";

    /// <inheritdoc/>
    public async Task<ValidatorStart> ReadStartAsync(CancellationToken ct)
    {
        var progress = ProgressOf(await _socket.AskAsync(AdminMethods.StartProgress, null, ct));
        return new ValidatorStart(progress == "Running" && await TakesCallsAsync(ct), progress);
    }

    /// <inheritdoc/>
    public async Task<Pubkey> ReadIdentityAsync(CancellationToken ct)
    {
        var info = await _socket.AskAsync(AdminMethods.ContactInfo, null, ct);
        return info.TryMember("id", out var id) && id.TryText(out var text) && Pubkey.TryParse(text, out var identity)
            ? identity
            : throw Unexpected(AdminMethods.ContactInfo, "no identity");
    }

    /// <inheritdoc/>
    public async Task StopVotersAsync(CancellationToken ct) =>
        RequireNull(AdminMethods.RemoveAllAuthorizedVoters, await _socket.AskAsync(AdminMethods.RemoveAllAuthorizedVoters, null, ct));

    /// <summary>
    /// <inheritdoc/> A voter that is refused does not keep the others from being given; the first refusal is thrown at the end.
    /// </summary>
    public async Task GiveVotersBackAsync(CancellationToken ct)
    {
        ValidatorException? refused = null;
        var given = 0;
        foreach (var path in _options.VoterKeypairPaths)
        {
            try
            {
                given += await GiveVoterAsync(path, ct) ? 1 : 0;
            }
            catch (ValidatorException e) when (e.Failure == ValidatorFailure.Refused)
            {
                refused ??= e;
            }
            catch (ValidatorException e) when (given > 0)
            {
                throw WithEffect(e);
            }
        }
        if (refused is not null)
        {
            throw given == 0 ? refused : WithEffect(refused);
        }
    }

    /// <inheritdoc/>
    public async Task<bool?> ReadVotingEnabledAsync(CancellationToken ct)
    {
        const string Method = AdminMethods.ValidatorAdmissionTicketStatus;
        var reply = await _socket.CallAsync(Method, null, ct);
        if (reply.Error is { } error)
        {
            return error.Code == AdminErrors.MethodNotFound ? null : throw AdminErrors.ToException(Method, error);
        }
        return reply.Result.TryMember("voting_enabled", out var member) && member.TryTruth(out var enabled)
            ? enabled
            : throw Unexpected(Method, "no voting_enabled");
    }

    /// <inheritdoc/>
    public async Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct)
    {
        if (identity == HeldIdentity.Staked && require == RecordRequirement.None)
        {
            throw new ArgumentException("the staked identity is never taken without its voting record", nameof(require));
        }
        var keypairPath = identity switch
        {
            HeldIdentity.Staked => _options.StakedKeypairPath,
            HeldIdentity.Unstaked => _options.UnstakedKeypairPath,
            _ => throw new ArgumentOutOfRangeException(nameof(identity), identity, null),
        };
        var reply = await _setIdentity.SendAsync(keypairPath, require, ct);
        RequireNull(
            AdminMethods.SetIdentity, reply.Error is { } error ? throw AdminErrors.ToException(AdminMethods.SetIdentity, error) : reply.Result);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>
    /// Whether set-identity is to be had on the socket (Agave, Jito) or not (Frankendancer). Asked by an order that can never be carried
    /// out: no file has an empty path, and reading the file comes first.
    /// </summary>
    internal async Task<bool> TakesIdentitiesAsync(CancellationToken ct)
    {
        var reply = await _setIdentity.SendAsync("", RecordRequirement.Tower, ct);
        return reply.Error switch
        {
            { Code: AdminErrors.InvalidRequest } => false,
            { Code: AdminErrors.InvalidParams } error when error.Message.StartsWith(AdminErrors.KeypairUnreadable, StringComparison.Ordinal) => true,
            { } error => throw AdminErrors.ToException(AdminMethods.SetIdentity, error),
            null => throw Unexpected(AdminMethods.SetIdentity, "success for a keypair file that cannot exist"),
        };
    }

    /// <summary>False when it was there already.</summary>
    private async Task<bool> GiveVoterAsync(string path, CancellationToken ct)
    {
        var reply = await _socket.CallAsync(AdminMethods.AddAuthorizedVoter, json => json.WriteStringValue(path), ct);
        if (reply.Error is { Code: AdminErrors.InvalidParams, Message: VoterAlreadyPresent })
        {
            return false;
        }
        if (reply.Error is { } error)
        {
            // Up to 4.3 the validator's words do not say which file it could not read.
            throw AdminErrors.ToException(AdminMethods.AddAuthorizedVoter, error with { Message = $"{error.Message} ({path})" });
        }
        RequireNull(AdminMethods.AddAuthorizedVoter, reply.Result);
        return true;
    }

    private static ValidatorException WithEffect(ValidatorException e) => new(Effect.Unknown, e.Failure, e.Message, e);

    // Start-up is over a few instructions after "Running" is reported: only a method that needs it can tell.
    private async Task<bool> TakesCallsAsync(CancellationToken ct)
    {
        var reply = await _socket.CallAsync(AdminMethods.ContactInfo, null, ct);
        return reply.Error is not { } error
            || (error.Message == AdminErrors.NotStartedUp ? false : throw AdminErrors.ToException(AdminMethods.ContactInfo, error));
    }

    // A Rust enum: a bare name, or an object whose one member is the name of a variant with details.
    internal static string ProgressOf(JsonElement result)
    {
        if (result.TryText(out var name))
        {
            return name;
        }
        return result.TryOnlyName(out var variant) ? variant : throw Unexpected(AdminMethods.StartProgress, "no progress");
    }

    private static void RequireNull(string method, JsonElement result)
    {
        if (result.ValueKind != JsonValueKind.Null)
        {
            throw Unexpected(method, $"{result.Words()} where none is expected");
        }
    }

    private static ValidatorException Unexpected(string method, string what) =>
        new(Effect.Unknown, ValidatorFailure.NoAnswer, $"the validator's answer to {method} cannot be right: it holds {what}");
}
