using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>
/// The target's side of phase 2: takes S by an order, once, or refuses it for good. What it answers is on disk before it is said. One call at a
/// time: the caller holds the agent's gate.
/// </summary>
public sealed class LocalTarget(
    NodeConfig config, NodeKeys keys, IValidator validator, IValidatorProcess process, ISolanaRpc rpc, NodeRecords records, IdentityLink link,
    AgentJournal journal, string bootId, TimeProvider time)
{
    private readonly RecordTrust _trust = new(rpc, config.VoteAccount);

    /// <summary>Steps 7 to 9. The answer is recorded; a promotion whose outcome cannot be told stays open, for <see cref="SettleAsync"/>.</summary>
    /// <param name="whyNoPermit">Why the message's permit is not good; null when it is.</param>
    /// <param name="facts">What the agent saw of the node last; only what cannot change within seconds is taken from it.</param>
    public async Task<TargetAnswer> PromoteAsync(HandOverMessage message, string? whyNoPermit, NodeFacts? facts)
    {
        if (journal.Current.Handoff is not { } handoff || handoff.Order != message.Order || handoff.Role != HandoffRole.Target)
        {
            return TargetAnswer.Refused($"{config.Node} is not prepared for this order");
        }
        if (handoff.Answer is { } recorded)
        {
            return recorded;
        }
        if (handoff.Phase != HandoffPhase.Prepared)
        {
            return handoff.Phase == HandoffPhase.Promoting ? await SettleAsync() : await RefuseAsync(message.Order, handoff.Text);
        }
        IReadOnlyList<VotingRecord> received;
        try
        {
            received = CheckReceived(message, whyNoPermit);
            await CheckNodeAsync(message, received, facts);
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
            using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
            await validator.SetIdentityAsync(HeldIdentity.Staked, Requirement(facts, received), limit.Token);
            // Its yes is not enough: only the identity that it reports counts.
            return await validator.ReadIdentityAsync(limit.Token) == keys.Staked
                ? await FinishPromotionAsync(message.Order)
                : await SettleAsync("the validator said yes to set-identity and kept its identity");
        }
        catch (ValidatorException e)
        {
            return await SettleAsync(e.Message);
        }
        catch (OperationCanceledException)
        {
            return await SettleAsync($"set-identity did not return within {config.Timings.PromotionLimit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>
    /// Makes the target refuse the order for good, unless it was promoted by it. The refusal counts only with a validator that does not hold S:
    /// otherwise the answer is that it cannot be told.
    /// </summary>
    public async Task<TargetAnswer> WithdrawAsync(HandoffOrder order)
    {
        var handoff = journal.Current.Handoff;
        if (handoff is { Role: HandoffRole.Target } && handoff.Order == order)
        {
            return handoff.Answer ?? (handoff.Phase == HandoffPhase.Promoting
                ? await SettleAsync()
                : await RefuseAsync(order, "withdrawn by the source before the promotion began"));
        }
        if (journal.Current.LastPromotion is { } last && order.Token <= last.Token)
        {
            return order == last
                ? TargetAnswer.Promoted($"{config.Node} was promoted by this order, and has taken part in another handoff since")
                : TargetAnswer.CannotTell($"{config.Node} was promoted by the later order {last.Id} (token {last.Token})");
        }
        // An order that this node does not know can only be carried out after a prepare, and a prepare needs a token above the highest seen.
        if (order.Token > journal.Current.HighestToken)
        {
            journal.Write(state => state with { HighestToken = order.Token });
        }
        return await HoldsAsync() switch
        {
            HeldIdentity.Unstaked => TargetAnswer.Refused($"{config.Node} never carried this order out and never will"),
            HeldIdentity.Staked => TargetAnswer.CannotTell($"{config.Node} does not know this order, and its validator holds S"),
            _ => TargetAnswer.CannotTell($"{config.Node} does not know this order, and its validator does not say which identity it has"),
        };
    }

    /// <summary>
    /// Finds out what became of a promotion that was interrupted or whose set-identity failed: by the identity that the validator reports, by the record on
    /// disk, and, as the last resort, by ending a validator that does not answer.
    /// </summary>
    /// <param name="failure">What set-identity said, when it was given by this very process; null after a restart of the agent.</param>
    public async Task<TargetAnswer> SettleAsync(string? failure = null)
    {
        var handoff = journal.Current.Handoff!;
        var why = failure ?? "the promotion was interrupted";
        try
        {
            using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
            var running = process.Find();
            var identity = running is null ? (Pubkey?)null : await IdentityAsync(fenceFirst: failure is null, limit.Token);
            if (identity == keys.Staked)
            {
                return await FinishPromotionAsync(handoff.Order);
            }
            if (running is not null && identity is null)
            {
                why = $"{why}; the validator did not answer within {config.Timings.PromotionLimit.TotalSeconds:0.#} s and was ended (process {running.Pid})";
                link.PointTo(HeldIdentity.Unstaked);
                using var killing = new CancellationTokenSource(config.Timings.PromotionLimit, time);
                await process.KillAsync(running, killing.Token);
            }
        }
        catch (Exception e) when (e is ValidatorException or OperationCanceledException)
        {
            return TargetAnswer.CannotTell($"{why}; and it cannot be told what {config.Node}'s validator holds: {e.Message}");
        }
        return await RefuseAsync(handoff.Order, why);
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

    private List<VotingRecord> CheckReceived(HandOverMessage message, string? whyNoPermit)
    {
        if (whyNoPermit is not null)
        {
            throw new OrderRefusedException(RefusalReason.NotShownSafe, whyNoPermit);
        }
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

    private async Task CheckNodeAsync(HandOverMessage message, IReadOnlyList<VotingRecord> received, NodeFacts? facts)
    {
        if (facts?.VoteAccountOnChain is { } account && account.LastVote > message.Receipt.LastVotedSlot)
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
            if (records.Read(record.Kind) is { } there && RecordComparison.Compare(record, there) is not (RecordOrder.Newer or RecordOrder.Same) and var order)
            {
                throw new OrderRefusedException(
                    RefusalReason.NotShownSafe, $"the {record.Kind} handed over (slot {record.LastVotedSlot}) is {order} than the one on {config.Node} (slot {there.LastVotedSlot})");
            }
        }
    }

    /// <summary>Everything from the moment the validator reports S. A voter or a link that fails here does not take the promotion back: S is held.</summary>
    private async Task<TargetAnswer> FinishPromotionAsync(HandoffOrder order)
    {
        List<string> notes = [];
        try
        {
            link.PointTo(HeldIdentity.Staked);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes.Add($"the link could not be repointed ({e.Message}), so a restart would come up unstaked: failover node relink {config.Node} staked");
        }
        if (config.StandbyFenced || journal.Current.VotersOwed)
        {
            try
            {
                await validator.GiveVotersBackAsync(CancellationToken.None);
            }
            catch (ValidatorException e)
            {
                notes.Add($"its voters could not be given back ({e.Message}), so it does not vote: failover node set-identity {config.Node} staked");
            }
        }
        var answer = TargetAnswer.Promoted(string.Join("; but ", [$"{config.Node}'s validator reports S", .. notes]));
        journal.Write(order, (state, handoff) => state with
        {
            Promised = PromisedRole.Active,
            VotersOwed = false,
            LastPromotion = order,
            Handoff = handoff with { Phase = HandoffPhase.Active, Answer = answer, Ending = HandoffEnding.Completed, Text = answer.Reason },
        });
        return answer;
    }

    /// <summary>
    /// Writes the refusal down first, then looks whether it can be vouched for: the answer is only given, and recorded, with a validator that does not hold S and a record
    /// without a vote that the source lacks.
    /// </summary>
    private async Task<TargetAnswer> RefuseAsync(HandoffOrder order, string reason)
    {
        if (journal.Current.Handoff!.Phase == HandoffPhase.Prepared)
        {
            journal.Write(order, (state, old) => state with { Handoff = old with { Phase = HandoffPhase.Refused, Ending = HandoffEnding.Unchanged, Text = reason } });
        }
        var holds = await HoldsAsync();
        if (holds != HeldIdentity.Unstaked)
        {
            return TargetAnswer.CannotTell($"{reason}; but {config.Node}'s validator {(holds == HeldIdentity.Staked ? "reports S" : "does not say which identity it has")}");
        }
        var handoff = journal.Current.Handoff!;
        IReadOnlyList<VotingRecord> newer = [];
        if (handoff.Phase == HandoffPhase.Promoting)
        {
            try
            {
                newer = NewerThan(handoff.Receipt!);
                // set-identity was only given once the record handed over was durable: where it is missing, no vote can have been lost.
                if (handoff.BootId != bootId && Stored(handoff.Receipt!) && await _trust.WhyNotAfterPowerLossAsync(records.ReadAll(), CancellationToken.None) is { } distrust)
                {
                    return TargetAnswer.CannotTell($"{reason}; {distrust}");
                }
            }
            catch (Exception e) when (e is RecordRefusedException or IOException or UnauthorizedAccessException or RpcFailedException)
            {
                return TargetAnswer.CannotTell($"{reason}; and it cannot be told whether {config.Node} voted: {e.Message}");
            }
        }
        var answer = new TargetAnswer(AnswerKind.Refused, reason, [.. newer.Select(record => new RecordBytes(record.Kind, record.Bytes))]);
        journal.Write(order, (state, old) => state with
        {
            Handoff = old with { Phase = HandoffPhase.Refused, Answer = answer, Ending = HandoffEnding.Unchanged, Text = reason },
        });
        return answer;
    }

    /// <summary>
    /// Records that the validator wrote since the promotion began. The validator renames a record before it sends the vote, so an unchanged record proves
    /// that no vote left.
    /// </summary>
    private List<VotingRecord> NewerThan(Receipt receipt) =>
        [.. records.ReadAll().Where(record => receipt.Records.All(handed => handed.Sha256 != record.Sha256)
            && (record.LastVotedSlot ?? 0) > receipt.LastVotedSlot)];

    private bool Stored(Receipt receipt)
    {
        var own = records.ReadAll();
        return receipt.Records.All(handed => own.Any(record => record.Kind == handed.Kind && (record.LastVotedSlot ?? 0) >= (handed.LastVotedSlot ?? 0)));
    }

    private async Task<HeldIdentity> HoldsAsync()
    {
        try
        {
            if (process.Find() is null)
            {
                // Gone: it holds nothing, and the link says what it comes back with.
                link.PointTo(HeldIdentity.Unstaked);
                return HeldIdentity.Unstaked;
            }
            using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
            return keys.Which(await validator.ReadIdentityAsync(limit.Token));
        }
        catch (Exception e) when (e is ValidatorException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            return HeldIdentity.Unknown;
        }
    }

    /// <summary>Null when the validator does not answer.</summary>
    private async Task<Pubkey?> IdentityAsync(bool fenceFirst, CancellationToken limit)
    {
        try
        {
            var identity = await validator.ReadIdentityAsync(limit);
            if (identity == keys.Staked || !fenceFirst)
            {
                return identity;
            }
            // A set-identity that the agent sent before its crash may still lie unread in the validator's socket. With the voters gone it cannot lead to a vote; the looks
            // give the old connection its turn, and the voters come back only once the voting loop has provably stayed with U.
            journal.Write(state => state with { VotersOwed = true });
            await validator.StopVotersAsync(limit);
            for (var look = 0; look < 3 && identity == keys.Unstaked; look++)
            {
                await Task.Delay(config.Timings.RetryPause, time, limit);
                identity = await validator.ReadIdentityAsync(limit);
            }
            return identity;
        }
        catch (Exception e) when (e is ValidatorException { Failure: not ValidatorFailure.StartingUp } or OperationCanceledException)
        {
            return null;
        }
    }

    private static RecordRequirement Requirement(NodeFacts? facts, IReadOnlyList<VotingRecord> received) => facts?.ConsensusPhase switch
    {
        ConsensusPhase.Alpenglow => RecordRequirement.VoteHistory,
        ConsensusPhase.TowerBft => RecordRequirement.Tower,
        _ => received.Any(record => record.Kind == RecordKind.Tower) ? RecordRequirement.Tower : RecordRequirement.VoteHistory,
    };
}
