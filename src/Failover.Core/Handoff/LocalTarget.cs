using Failover.Agents;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>
/// The target's side of phase 2: takes S by an order, once, or refuses it for good. What it answers is on disk before it is said. One call at a
/// time: the caller holds the agent's gate.
/// </summary>
public sealed partial class LocalTarget(
    NodeConfig config, NodeKeys keys, IValidator validator, IValidatorProcess process, NodeRecords records, IdentityLink link,
    AgentJournal journal, RecordTrust trust, NodeObserver observer, string bootId, TimeProvider time)
{
    /// <summary>Steps 7 to 9. The answer is recorded; a promotion whose outcome cannot be told stays open, for <see cref="SettleAsync"/>.</summary>
    /// <param name="permit">The one that the message came with.</param>
    /// <param name="facts">What the agent saw of the node last; only what cannot change within seconds is taken from it.</param>
    public async Task<TargetAnswer> PromoteAsync(HandOverMessage message, UsedPermit permit, NodeFacts facts)
    {
        if (journal.Current.Handoff is not { } handoff || handoff.Order != message.Order || handoff.Role != HandoffRole.Target)
        {
            return await WithdrawAsync(message.Order);
        }
        if (handoff.Answer is { } recorded)
        {
            return await RepeatAsync(message.Order, recorded);
        }
        if (handoff.Phase != HandoffPhase.Prepared)
        {
            return handoff.Phase == HandoffPhase.Promoting ? await SettleAsync(message.Order) : await RefuseAsync(message.Order, handoff.Text);
        }
        IReadOnlyList<VotingRecord> received;
        try
        {
            received = CheckReceived(message, permit);
            await CheckNodeAsync(message, received, facts);
            RequireGood(permit);
        }
        catch (Exception e) when (e is RecordRefusedException or OrderRefusedException or ValidatorException)
        {
            return await RefuseAsync(message.Order, e.Message);
        }
        journal.Write(message.Order, (state, old) => state with
        {
            Handoff = old with { Phase = HandoffPhase.Promoting, Receipt = message.Receipt, BootId = bootId },
        });
        try
        {
            foreach (var record in received)
            {
                records.Store(record, message.Order.Id.ToString());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RecordRefusedException)
        {
            // set-identity was not given, and will not be.
            return await RefuseAsync(message.Order, $"the record cannot be stored on {config.Node}: {e.Message}");
        }
        try
        {
            if (permit.WhyNot() is { } late)
            {
                return await RefuseAsync(message.Order, late);
            }
            using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
            await validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirements.For(facts.ConsensusPhase, received), limit.Token);
            // Its yes is not enough: only the identity that it reports counts.
            return await validator.ReadIdentityAsync(limit.Token) == keys.Staked
                ? await FinishPromotionAsync(message.Order)
                : await SettleAsync(message.Order, "the validator said yes to set-identity and kept its identity");
        }
        catch (ValidatorException e)
        {
            return await SettleAsync(message.Order, e.Message);
        }
        catch (OperationCanceledException)
        {
            return await SettleAsync(message.Order, $"set-identity did not return within {config.Timings.PromotionLimit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>The slot of the first vote after the receipt, once the record on disk shows one.</summary>
    public ulong? FirstVoteAfter(Receipt receipt)
    {
        foreach (var record in records.ReadAll())
        {
            var first = record.Lockouts.Where(lockout => lockout.Slot > receipt.LastVotedSlot).Select(lockout => (ulong?)lockout.Slot).FirstOrDefault()
                ?? (record.LastVotedSlot > receipt.LastVotedSlot ? record.LastVotedSlot : null);
            if (first is not null)
            {
                return first;
            }
        }
        return null;
    }

    private static void RequireGood(UsedPermit permit)
    {
        if (permit.WhyNot() is { } why)
        {
            throw new OrderRefusedException(RefusalReason.NotShownSafe, why);
        }
    }

    private List<VotingRecord> CheckReceived(HandOverMessage message, UsedPermit permit)
    {
        RequireGood(permit);
        var receipt = message.Receipt;
        var received = message.Records.Select(records.Verify).ToList();
        var matches = receipt.Handoff == message.Order.Id && receipt.Token == message.Order.Token && receipt.StakedIdentity == keys.Staked
            && receipt.Proof != VotingStopProof.Unknown && received.Count > 0
            && received.Select(record => record.Summary).SequenceEqual(receipt.Records)
            && received.Max(record => record.LastVotedSlot) == receipt.LastVotedSlot;
        return matches
            ? received
            : throw new OrderRefusedException(RefusalReason.NotShownSafe, "the records are not the ones that the receipt speaks of");
    }

    private async Task CheckNodeAsync(HandOverMessage message, IReadOnlyList<VotingRecord> received, NodeFacts facts)
    {
        if (facts.VoteAccountOnChain is { } account && account.LastVote > message.Receipt.LastVotedSlot)
        {
            throw new OrderRefusedException(
                RefusalReason.NotShownSafe,
                $"{config.Node} saw a vote of S for slot {account.LastVote} on chain; the record handed over ends with slot {message.Receipt.LastVotedSlot}");
        }
        if (journal.Current.VotersOwed)
        {
            throw new OrderRefusedException(RefusalReason.NotShownSafe, $"{config.Node}'s voting loop is not yet known to have left S");
        }
        if (await validator.ReadIdentityAsync(CancellationToken.None) is var identity && identity != keys.Unstaked)
        {
            throw new OrderRefusedException(RefusalReason.NotShownSafe, $"{config.Node}'s validator reports {identity} instead of its unstaked identity");
        }
        foreach (var record in received)
        {
            if (records.StandsTo(record) is not (RecordOrder.Newer or RecordOrder.Same) and var stands)
            {
                throw new OrderRefusedException(
                    RefusalReason.NotShownSafe, $"the {record.Kind} handed over, to slot {record.LastVotedSlot}, stands to the one on {config.Node} as {stands}");
            }
        }
    }

    /// <summary>Everything from the moment the validator reports S. A voter or a link that fails here does not take the promotion back: S is held.</summary>
    private async Task<TargetAnswer> FinishPromotionAsync(HandoffOrder order)
    {
        List<string> notes = [];
        var owed = journal.Current.VotersOwed;
        if (owed || config.StandbyFenced)
        {
            try
            {
                await validator.GiveVotersAndLookAsync(CancellationToken.None);
                owed = false;
            }
            catch (ValidatorException e)
            {
                owed = true;
                notes.Add($"its voters could not be given back yet ({e.Message}), so it does not vote; the agent goes on trying");
            }
        }
        try
        {
            link.PointTo(HeldIdentity.Staked);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes.Add($"the link could not be repointed ({e.Message}), so a restart would come up unstaked: failover node relink {config.Node} staked");
        }
        var answer = TargetAnswer.Promoted(string.Join("; but ", [$"{config.Node}'s validator reports S", .. notes]));
        journal.Write(order, (state, handoff) => state with
        {
            Promised = PromisedRole.Active,
            LastPromotion = order,
            VotersOwed = owed,
            Handoff = handoff with { Phase = HandoffPhase.Active, Answer = answer, Ending = HandoffEnding.Completed, Text = answer.Reason },
        });
        return answer;
    }
}
