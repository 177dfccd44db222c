using Failover.Identities;

namespace Failover.Validators;

/// <summary>The proof that a driver can give that its validator cannot vote with S any more, strongest first.</summary>
public enum VotingStopProof
{
    Unknown = 0,

    /// <summary>The authorized-voter list was emptied: when the call returns no vote can be generated (Agave, Jito, Frankendancer).</summary>
    VoterFence = 1,

    /// <summary>The client's own command returns only after its pipeline was halted and switched (Firedancer).</summary>
    CommandGuarantee = 2,

    /// <summary>Three distinct processed slots since the reply, and the voting record unchanged meanwhile.</summary>
    SlowBarrier = 3,
}

/// <summary>How far a validator has come up.</summary>
/// <param name="Running">Whether start-up has finished and set-identity can be given.</param>
/// <param name="Progress">The validator's own word for where it is, e.g. <c>Running</c> or <c>LoadingLedger</c>.</param>
public sealed record ValidatorStart(bool Running, string Progress);

/// <summary>
/// What a node's agent may ask of the validator beside it. Paths of keypair files are the driver's own, from the agent's
/// configuration: none passes through here. Every call is bounded by the driver's own deadline as well as by the token.
/// All throw <see cref="ValidatorException"/>.
/// </summary>
public interface IValidator
{
    /// <summary>The strongest proof that this driver gives.</summary>
    VotingStopProof Proof { get; }

    /// <summary>A sentence for the operator: what the driver is, and what its proof rests on.</summary>
    string Describe { get; }

    Task<ValidatorStart> ReadStartAsync(CancellationToken ct);

    /// <summary>
    /// The identity that the validator reports now. It changes before set-identity returns, and does not prove that the voting loop
    /// has switched. The answer comes after everything that this driver asked before, so it also settles what became of a call that failed.
    /// </summary>
    Task<Pubkey> ReadIdentityAsync(CancellationToken ct);

    /// <summary>
    /// The voter fence: empties the authorized-voter list. When it returns no further vote can be generated; one already queued can still be
    /// stored and sent. Idempotent. Does nothing for a driver whose proof is another one.
    /// </summary>
    Task StopVotersAsync(CancellationToken ct);

    /// <summary>Gives every configured authorized voter back. Idempotent: a voter already present is success.</summary>
    Task GiveVotersBackAsync(CancellationToken ct);

    /// <summary>Whether the authorized-voter list is non-empty; null where the client cannot tell (before 4.2).</summary>
    Task<bool?> ReadVotingEnabledAsync(CancellationToken ct);

    /// <summary>
    /// Orders the identity. Success means that the validator recorded it, not that its voting loop adopted it. With
    /// <see cref="RecordRequirement.None"/> the validator may start with a new record: never used towards S.
    /// </summary>
    Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct);
}

/// <summary>Which voting record the validator must find before it takes an identity.</summary>
public enum RecordRequirement
{
    Unknown = 0,

    /// <summary>None: only ever towards U.</summary>
    None = 1,

    /// <summary>The tower (TowerBFT); the validator's own rule may ask for a vote history besides.</summary>
    Tower = 2,

    /// <summary>The vote history (under Alpenglow; the validator evaluates require-tower literally even there, so it is not set).</summary>
    VoteHistory = 3,
}

/// <summary>What a failed step may have changed. A time-out and a crash are both <see cref="Unknown"/>.</summary>
public enum Effect
{
    Unknown = 0,
    None = 1,
}

/// <summary>A validator refused, failed or did not answer; <see cref="Effect"/> says whether the call may have changed something.</summary>
public sealed class ValidatorException(Effect effect, ValidatorFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public Effect Effect { get; } = effect;

    public ValidatorFailure Failure { get; } = failure;
}

/// <summary>The kinds of failure that callers tell apart.</summary>
public enum ValidatorFailure
{
    Unknown = 0,

    /// <summary>Nobody listens: no socket, or connection refused. The process may be gone.</summary>
    NotRunning = 1,

    /// <summary>The socket may not be opened by this user.</summary>
    NotPermitted = 2,

    /// <summary>Start-up has not finished.</summary>
    StartingUp = 3,

    /// <summary>The validator refused before any effect; its own words are in the message.</summary>
    Refused = 4,

    /// <summary>No answer in time, or a broken connection or answer.</summary>
    NoAnswer = 5,

    /// <summary>The client does not have the method.</summary>
    NotSupported = 6,
}
