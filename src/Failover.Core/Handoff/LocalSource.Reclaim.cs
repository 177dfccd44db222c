using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>What the source knows of the target when it is about to take S back.</summary>
/// <param name="Answer">What the target says, or an operator in its place; <see cref="AnswerKind.Unknown"/> when it cannot be reached.</param>
/// <param name="Horizon">Counts until votes that nobody here has seen cannot matter any more.</param>
/// <param name="AskedAt">When the target was asked, by the injected clock: its answer is not older.</param>
public sealed record ReclaimGrounds(TargetAnswer Answer, VoteHorizon Horizon, long AskedAt)
{
    /// <summary>How long an answer is good for. The target keeps S away from hands for longer than that after it has given one.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
}

/// <summary>How the source takes S back, the one compensation there is, or yields it to a target that was given it by hand.</summary>
public sealed partial class LocalSource
{
    private const ulong SlotsSeenMoving = 3;

    // The record was shortened by a loss of power, and what it lacks has been waited for: a later try must not wait again.
    private bool _pastHorizon;

    /// <summary>
    /// The one compensation, itself a promotion. First half: what must be true before the source may vote again. Stores newer records that the target's validator wrote,
    /// and makes sure that the node's own record holds all there is. Only called while the target provably does not hold S.
    /// </summary>
    public async Task PrepareReclaimAsync(HandoffState state, string bootId, ReclaimGrounds grounds)
    {
        var answer = grounds.Answer;
        // One that differs at the same slot was never voted from by this order, and this node's own holds its own votes.
        var newer = answer.Newer.Select(records.Verify).Where(record => records.StandsTo(record) == RecordOrder.Newer).ToList();
        if (newer.FirstOrDefault(record => !Continues(record, OwnOrDamaged(record.Kind))) is { } strange)
        {
            throw new HandoffStepException(
                HandoffStep.Reclaim, Effect.None,
                $"the {strange.Kind} on {state.Order.Target} ends with slot {strange.LastVotedSlot} and lacks this node's last vote: two validators have voted, and a person must compare the records (failover record inspect)");
        }
        if (newer.Count > 0)
        {
            if (process.Find() is not null)
            {
                // A loop that never left S would not load the newer record.
                await validator.StopVotersAsync(CancellationToken.None);
                await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);
                await ProveWithinAsync(config.Timings.PromotionLimit);
            }
            foreach (var record in newer)
            {
                records.Store(record, state.Order.Id.ToString());
            }
        }
        var own = records.ReadAll();
        if (own.Count == 0)
        {
            throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, "there is no voting record of S on this node to take S back with");
        }
        var sealedOne = state.Phase == HandoffPhase.HandedOver && Covers(state.Receipt, own);
        if (!sealedOne)
        {
            await RequireAllStoredAsync(own);
        }
        // A validator that the restarted machine itself brought up with S votes already, with its voters: doubting its record would not stop it.
        var lostPower = state.BootId != bootId && !sealedOne && !await ReportsStakedAsync();
        if (lostPower && await trust.WhyNotAfterPowerLossAsync(own, CancellationToken.None) is { } distrust)
        {
            throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, distrust);
        }
        _pastHorizon |= lostPower;
        await RequireNewestAsync(own, grounds);
    }

    /// <summary>Second half, written down before it begins: voters back, S from the node's own newest record, the link last. Can be repeated at any point.</summary>
    public async Task<string> ReclaimAsync(ReclaimGrounds grounds)
    {
        RequireFresh(grounds);
        if (process.Find() is null)
        {
            link.PointTo(HeldIdentity.Staked);
            // One that started in between came up with U and has to be given S.
            if (process.Find() is null)
            {
                return "no validator process runs on this node; its next start comes up with S";
            }
        }
        await validator.GiveVotersAndLookAsync(CancellationToken.None);
        if (await validator.ReadIdentityAsync(CancellationToken.None) != keys.Staked)
        {
            var require = await RequirementAsync(records.ReadAll());
            // As late as can be: each call before may have taken long, and this process may have stood still.
            RequireFresh(grounds);
            await SetAndReadBackAsync(HeldIdentity.Staked, require);
        }
        link.PointTo(HeldIdentity.Staked);
        // One that was restarted in between came up by the link as it was, and is to be given S again.
        return process.Find() is not null && await validator.ReadIdentityAsync(CancellationToken.None) != keys.Staked
            ? throw new HandoffStepException(HandoffStep.Reclaim, Effect.Unknown, "the validator was restarted in the middle and has U again")
            : $"the validator reports {keys.Staked}, its voters are back, the link points to {config.StakedKeypair}";
    }

    /// <summary>The target holds S although the source was about to take it back: lets go of what the source has of it. Can be repeated at any point.</summary>
    public async Task<string> YieldAsync()
    {
        link.PointTo(HeldIdentity.Unstaked);
        if (process.Find() is null)
        {
            return "no validator process runs on this node: it comes up with U";
        }
        await validator.StopVotersAsync(CancellationToken.None);
        await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);
        return $"the validator reports {keys.Unstaked}";
    }

    /// <summary>Begins to count, now, how long votes that nobody here has seen can still matter.</summary>
    public VoteHorizon BeginHorizon() => new(rpc, config.VoteAccount);

    private void RequireFresh(ReclaimGrounds grounds)
    {
        if (time.GetElapsedTime(grounds.AskedAt) > ReclaimGrounds.Life)
        {
            throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, "the target's word is too old by now; it is asked again");
        }
    }

    private async Task<bool> ReportsStakedAsync() =>
        process.Find() is not null && await validator.ReadIdentityAsync(CancellationToken.None) == keys.Staked;

    /// <summary>A validator that has U reads its record anew when it gets S back: every vote that it cast before has to be in it by then.</summary>
    private async Task RequireAllStoredAsync(IReadOnlyList<VotingRecord> own)
    {
        var mayBeQueued = process.Find() is not null && await MayBeQueuedAsync(own, CancellationToken.None);
        // One that still has S votes on, and reads nothing anew.
        if (mayBeQueued && await ChangesWithinAsync(config.Timings.SlowDrain, CancellationToken.None) && !await ReportsStakedAsync())
        {
            throw new HandoffStepException(
                HandoffStep.Reclaim, Effect.None, "votes that were cast before are still being stored: the disk under the voting record is slower than the validator votes. S is taken back once the last one is there");
        }
    }

    /// <summary>
    /// Refuses while the chain shows a vote of S that this node's records lack. With the target's word that it does not hold S, or an operator's, such votes stop to matter with
    /// the horizon, and a chain that does not answer stops nobody: taking S back must not wait for a server that it does not need. Without, the chain must answer, and be
    /// seen to move.
    /// </summary>
    private async Task RequireNewestAsync(IReadOnlyList<VotingRecord> own, ReclaimGrounds grounds)
    {
        var vouched = grounds.Answer.Kind == AnswerKind.Refused;
        try
        {
            if (!vouched)
            {
                await RequireMovingChainAsync();
                // A validator that was never demoted has voted on meanwhile: its newest votes are its own, not somebody else's.
                own = records.ReadAll();
            }
            if (await trust.WhyBehindChainAsync(own.Max(record => record.LastVotedSlot) ?? 0, CancellationToken.None) is not { } behind)
            {
                return;
            }
            if (!vouched)
            {
                throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, $"{behind}, and the target does not say whether it voted: S is not taken back without its word, or an operator's");
            }
            if (!_pastHorizon && await grounds.Horizon.WhyNotPastAsync(CancellationToken.None) is { } notPast)
            {
                throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, $"{behind}: a newer record of S exists, here or elsewhere; {notPast}");
            }
        }
        catch (RpcFailedException e)
        {
            if (!vouched)
            {
                throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, $"neither the target nor the chain says whether somebody else votes with S by now ({e.Message})");
            }
        }
    }

    /// <summary>A node that is cut off from the cluster sees no vote of anybody: its word on the chain counts only while its view moves.</summary>
    private async Task RequireMovingChainAsync()
    {
        var first = await rpc.GetSlotAsync(Commitment.Processed, CancellationToken.None);
        var began = time.GetTimestamp();
        while (await rpc.GetHealthAsync(CancellationToken.None) is not { Healthy: true } || await rpc.GetSlotAsync(Commitment.Processed, CancellationToken.None) < first + SlotsSeenMoving)
        {
            if (time.GetElapsedTime(began) > config.Timings.AskLimit)
            {
                throw new HandoffStepException(
                    HandoffStep.Reclaim, Effect.None, "the target cannot be reached, and this node's own view of the cluster stands still: nobody here can tell whether somebody else votes with S by now");
            }
            await Task.Delay(config.Timings.SlotPoll, time, CancellationToken.None);
        }
    }

    private async Task<RecordRequirement> RequirementAsync(IReadOnlyList<VotingRecord> own)
    {
        try
        {
            return RecordRequirements.For(await rpc.GetConsensusPhaseAsync(CancellationToken.None), own);
        }
        catch (RpcFailedException)
        {
            return RecordRequirements.From(own); // Taking S back must not wait for a server that it does not need.
        }
    }

    /// <summary>Null also for one that fails a test: it cannot tell what it held.</summary>
    private VotingRecord? OwnOrDamaged(RecordKind kind)
    {
        try
        {
            return records.Read(kind);
        }
        catch (RecordRefusedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a newer record goes on from the own one: each of its votes is in it, rooted by it, or had run out before the first later vote (a lockout of n confirmations
    /// lasts 2^n slots, Agave core/src/consensus).
    /// </summary>
    private static bool Continues(VotingRecord newer, VotingRecord? own)
    {
        if (own?.LastVotedSlot is not { } last || newer.Kind == RecordKind.VoteHistory)
        {
            return true;
        }
        var firstLater = newer.Lockouts.Where(lockout => lockout.Slot > last).Select(lockout => (ulong?)lockout.Slot).FirstOrDefault() ?? ulong.MaxValue;
        return own.Lockouts.All(vote => newer.RootSlot >= vote.Slot
            || newer.Lockouts.Any(lockout => lockout.Slot == vote.Slot)
            || vote.Slot + (1UL << (int)vote.Confirmations) < firstLater);
    }

    private static bool Covers(Receipt? receipt, IReadOnlyList<VotingRecord> own) =>
        receipt is not null && receipt.Records.All(summary => own.Any(record => record.Sha256 == summary.Sha256));
}
