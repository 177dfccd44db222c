using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>
/// Proves that a validator's voting loop has adopted the identity that it reports. set-identity returns before that; the loop compares identities once per
/// bank reset, and publishes a processed slot in each iteration, so three distinct processed slots after the reply mean that it has passed the comparison (Agave
/// core/src/replay_stage.rs).
/// </summary>
public sealed class Adoption(IValidator validator, ISolanaRpc rpc, TimeProvider time, HandoffTimings timings)
{
    private const int DistinctSlots = 3;

    /// <summary>Returns once adoption is proven. Throws <see cref="ValidatorException"/> when the validator reports another identity meanwhile; waits without end on a validator that stands still.</summary>
    public async Task ProveAsync(Pubkey expected, CancellationToken ct)
    {
        await RequireAsync(expected, ct);
        HashSet<ulong> seen = [];
        // The first value may stem from before the reply, so it does not count.
        ulong? before = null;
        while (seen.Count < DistinctSlots)
        {
            if (await TryReadSlotAsync(ct) is { } slot)
            {
                before ??= slot;
                if (slot > before)
                {
                    seen.Add(slot);
                }
            }
            if (seen.Count < DistinctSlots)
            {
                await Task.Delay(timings.SlotPoll, time, ct);
            }
        }
        await RequireAsync(expected, ct);
    }

    private async Task RequireAsync(Pubkey expected, CancellationToken ct)
    {
        var identity = await validator.ReadIdentityAsync(ct);
        if (identity != expected)
        {
            throw new ValidatorException(Effect.None, ValidatorFailure.Refused, $"the validator reports the identity {identity}, not {expected}");
        }
    }

    private async Task<ulong?> TryReadSlotAsync(CancellationToken ct)
    {
        try
        {
            return await rpc.GetSlotAsync(Commitment.Processed, ct);
        }
        catch (RpcFailedException)
        {
            return null; // Proves nothing; the next look may.
        }
    }
}
