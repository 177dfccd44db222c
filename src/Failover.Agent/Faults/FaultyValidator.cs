using Failover.Identities;
using Failover.Validators;

namespace Failover.Agent.Faults;

/// <summary>A validator with places to stop at, around everything that changes it.</summary>
internal sealed class FaultyValidator(IValidator validator, FaultPoints points) : IValidator
{
    public VotingStopProof Proof => validator.Proof;

    public string Describe => validator.Describe;

    public Task<ValidatorStart> ReadStartAsync(CancellationToken ct) => validator.ReadStartAsync(ct);

    public Task<Pubkey> ReadIdentityAsync(CancellationToken ct) => validator.ReadIdentityAsync(ct);

    public Task StopVotersAsync(CancellationToken ct) => points.AroundAsync(FaultPoint.VoterFence, () => validator.StopVotersAsync(ct));

    public Task GiveVotersBackAsync(CancellationToken ct) => points.AroundAsync(FaultPoint.GiveVotersBack, () => validator.GiveVotersBackAsync(ct));

    public Task<bool?> ReadVotingEnabledAsync(CancellationToken ct) => validator.ReadVotingEnabledAsync(ct);

    public async Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct)
    {
        await points.AroundAsync(
            identity == HeldIdentity.Staked ? FaultPoint.SetIdentityStaked : FaultPoint.SetIdentityUnstaked, () => validator.SetIdentityAsync(identity, require, ct));
        points.LetGo = identity == HeldIdentity.Unstaked;
    }
}
