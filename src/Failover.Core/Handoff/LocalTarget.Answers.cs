using Failover.Agents;
using Failover.Cluster;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>What the target says to a source that asks, and what it must know, or do, before it may say it.</summary>
public sealed partial class LocalTarget
{
    /// <summary>
    /// Makes the target refuse the order for good, unless it was promoted by it. The refusal counts only with a validator that does not hold S:
    /// otherwise the answer is that it cannot be told.
    /// </summary>
    public async Task<TargetAnswer> WithdrawAsync(HandoffOrder order)
    {
        var state = journal.Current;
        if (state.Handoff is { Role: HandoffRole.Target } handoff && handoff.Order == order)
        {
            return handoff switch
            {
                { Answer: { } answer } => await RepeatAsync(order, answer),
                { Phase: HandoffPhase.Promoting } => await SettleAsync(order),
                { Phase: HandoffPhase.Refused } => await RefuseAsync(order, handoff.Text),
                _ => await RefuseAsync(order, "withdrawn by the source before the promotion began"),
            };
        }
        if (order.Token > state.HighestToken)
        {
            // An order that this node does not know can only be carried out after a prepare, and a prepare needs a token above the highest seen.
            journal.Write(before => before with { HighestToken = order.Token });
        }
        var past = state.PastAnswers.LastOrDefault(answered => answered.Order == order);
        return await RepeatAsync(order, past?.Answer ?? TargetAnswer.Refused($"{config.Node} never carried this order out and never will"));
    }

    /// <summary>
    /// Finds out what became of a promotion that was interrupted or whose set-identity failed: by the identity that the validator reports, by the record on
    /// disk, and, as the last resort, by ending a validator that does not answer.
    /// </summary>
    /// <param name="failure">What set-identity said, when it was given by this very process; null after a restart of the agent.</param>
    public async Task<TargetAnswer> SettleAsync(HandoffOrder order, string? failure = null)
    {
        if (journal.Current.Handoff is not { Phase: HandoffPhase.Promoting } handoff || handoff.Order != order)
        {
            return await WithdrawAsync(order);
        }
        var why = failure ?? "the promotion was interrupted";
        try
        {
            var running = process.Find();
            var identity = running is null ? (Pubkey?)null : await IdentityAsync(interrupted: failure is null);
            if (identity == keys.Staked)
            {
                return await FinishPromotionAsync(order);
            }
            // Without a voter fence, a command that an earlier life of this agent began may still switch the validator at any time.
            var mayStillSwitch = failure is null && validator.Proof != VotingStopProof.VoterFence;
            var suspicion = identity is null ? $"did not answer within {config.Timings.PromotionLimit.TotalSeconds:0.#} s"
                : mayStillSwitch ? "might still have been switched"
                : running is not null && !handoff.ValidatorEnded && await StaysHalfWrittenAsync() ? "left its record of S half-written, as one does that is killed while it votes, or whose disk stands still,"
                : null;
            if (running is not null && !handoff.ValidatorEnded && suspicion is not null)
            {
                why = $"{why}; the validator {suspicion} and was ended (process {running.Pid})";
                link.PointTo(HeldIdentity.Unstaked);
                using var killing = new CancellationTokenSource(config.Timings.PromotionLimit, time);
                await process.KillAsync(running, killing.Token);
                // Once is enough: whoever starts from now on comes up with U, and was never asked for anything else.
                journal.Write(order, (state, old) => state with { Handoff = old with { ValidatorEnded = true } });
            }
        }
        catch (Exception e) when (e is ValidatorException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            return TargetAnswer.CannotTell($"{why}; and it cannot be told what {config.Node}'s validator holds: {e.Message}");
        }
        return await RefuseAsync(order, why);
    }

    /// <summary>
    /// Writes the refusal down first, then looks whether it can be vouched for: the answer is only given, and recorded, with a validator that does not hold S and with
    /// every vote that it may have cast in the records that go along.
    /// </summary>
    private async Task<TargetAnswer> RefuseAsync(HandoffOrder order, string reason)
    {
        var handoff = journal.Current.Handoff!;
        if (handoff.Phase == HandoffPhase.Prepared)
        {
            journal.Write(order, (state, old) => state with { Handoff = old with { Phase = HandoffPhase.Refused, Ending = HandoffEnding.Unchanged, Text = reason } });
        }
        else if (handoff.Phase == HandoffPhase.Promoting)
        {
            try
            {
                // Before the process is looked for: one that starts from now on comes up with U.
                link.PointTo(HeldIdentity.Unstaked);
                // The refusal is about to be written down, and with it that these records hold all there is: a loss of power must not take votes from them afterwards.
                records.Sync(records.ReadAll());
                if (WhyRecordsDisagree(handoff.Receipt!) is { } disagree)
                {
                    return TargetAnswer.CannotTell($"{reason}; {disagree}");
                }
                // set-identity was only given once the record handed over was durable: where it is missing, no vote can have been lost.
                if (handoff.BootId != bootId && Stored(handoff.Receipt!) && await trust.WhyNotAfterPowerLossAsync(records.ReadAll(), CancellationToken.None) is { } distrust)
                {
                    return TargetAnswer.CannotTell($"{reason}; {distrust}");
                }
            }
            catch (Exception e) when (e is RecordRefusedException or IOException or UnauthorizedAccessException or RpcFailedException)
            {
                return TargetAnswer.CannotTell($"{reason}; and it cannot be told whether {config.Node} voted: {e.Message}");
            }
        }
        var answer = await RepeatAsync(order, TargetAnswer.Refused(reason));
        if (answer.Kind == AnswerKind.Promoted && handoff.Phase == HandoffPhase.Promoting)
        {
            return await FinishPromotionAsync(order); // It took S after all, late.
        }
        if (answer.Kind == AnswerKind.Refused)
        {
            journal.Write(order, (state, old) => state with
            {
                // Whoever was to be promoted was a standby, and stays one.
                Promised = old.Phase == HandoffPhase.Promoting ? PromisedRole.Standby : state.Promised,
                Handoff = old with { Phase = HandoffPhase.Refused, Answer = answer with { Newer = [] }, Ending = HandoffEnding.Unchanged, Text = reason },
            });
        }
        return answer;
    }

    /// <summary>
    /// Gives an answer as it is true now. A promotion stays one, also when S has moved on since: the source is free of it either way. A refusal is only repeated
    /// while this node does not hold S, and takes along what records of S lie here: the source stores those that are newer than its own.
    /// </summary>
    private async Task<TargetAnswer> RepeatAsync(HandoffOrder order, TargetAnswer answer)
    {
        var state = journal.Current;
        if (answer.Kind == AnswerKind.Promoted)
        {
            return answer;
        }
        if (WhyMovedOn(state, order, config.Node) is { } movedOn)
        {
            return TargetAnswer.Promoted(movedOn);
        }
        var holds = await HoldsAsync();
        if (InsteadOfRefusal(holds, state.Promised, answer, config.Node) is { } other)
        {
            return other;
        }
        try
        {
            var found = records.ReadAll();
            if (state is { VotersOwed: true, Handoff: not { ValidatorEnded: true } } && process.Find() is not null)
            {
                // S was let go of here moments ago, by hand or at the agent's start: a last vote may still be on its way to the disk.
                if (validator.Proof != VotingStopProof.VoterFence)
                {
                    return TargetAnswer.CannotTell($"{answer.Reason}; but {config.Node}'s voting loop is not yet known to have left S");
                }
                var written = records.BeingWritten();
                await Task.Delay(config.Timings.Drain, time, CancellationToken.None);
                if (written || records.BeingWritten() || !found.Select(record => record.Sha256).SequenceEqual(records.ReadAll().Select(record => record.Sha256), StringComparer.Ordinal))
                {
                    return TargetAnswer.CannotTell($"{answer.Reason}; but {config.Node}'s record of S still changes");
                }
            }
            return answer with { Newer = [.. found.Select(record => new RecordBytes(record.Kind, record.Bytes))] };
        }
        catch (Exception e) when (e is RecordRefusedException or ValidatorException or IOException or UnauthorizedAccessException)
        {
            return TargetAnswer.CannotTell($"{answer.Reason}; but {config.Node}'s own record of S cannot be read: {e.Message}");
        }
    }

    /// <summary>Why the source of this order is free of S whatever became of the order: this node has held S since. Null where that is not written down.</summary>
    internal static string? WhyMovedOn(AgentState state, HandoffOrder order, string node)
    {
        if (state.LastPromotion is { } last && last.Token >= order.Token)
        {
            return last == order
                ? $"{node} was promoted by this order, and has taken part in another handoff since"
                : $"{node} was promoted by the later order {last.Id}: S has moved on";
        }
        if (state.HeldByHandAt is { } byHand && byHand >= order.Token)
        {
            return $"{node} was given S by hand since this order: S has moved on";
        }
        return null;
    }

    /// <summary>What is said instead of a refusal, by what this node holds; null where the refusal is true.</summary>
    internal static TargetAnswer? InsteadOfRefusal(HeldIdentity holds, PromisedRole promised, TargetAnswer refusal, string node) => (holds, promised) switch
    {
        (HeldIdentity.Staked, _) => TargetAnswer.Promoted($"{node}'s validator holds S, although not by this order"),
        (HeldIdentity.Unstaked, PromisedRole.Active) => TargetAnswer.CannotTell(
            $"{node}'s last word is that it is the active node, although not by this order, and its validator runs unstaked"),
        (HeldIdentity.Unstaked, _) => null,
        _ => TargetAnswer.CannotTell($"{refusal.Reason}; but {node}'s validator does not say which identity it has"),
    };

    /// <summary>
    /// The validator renames a record before it sends the vote, so a record that is still the one handed over proves that no vote left, and one with a later slot
    /// shows the vote. One that differs at the same slot (a vote history can) shows neither: null when there is none such.
    /// </summary>
    private string? WhyRecordsDisagree(Receipt receipt)
    {
        var odd = records.ReadAll().FirstOrDefault(record => receipt.Records.Any(handed =>
            handed.Kind == record.Kind && handed.Sha256 != record.Sha256 && handed.LastVotedSlot == record.LastVotedSlot));
        return odd is null
            ? null
            : $"{config.Node}'s {odd.Kind} differs from the one handed over and ends with the same slot {odd.LastVotedSlot}: a person must compare the two (failover record inspect)";
    }

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
                // Gone: it holds nothing now, and the link says what it comes back with.
                return link.PointsTo() == HeldIdentity.Unstaked ? HeldIdentity.Unstaked : HeldIdentity.Unknown;
            }
            using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
            return keys.Which(await validator.ReadIdentityAsync(limit.Token));
        }
        catch (Exception e) when (e is ValidatorException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            return OnlyEverHadUnstaked() ? HeldIdentity.Unstaked : HeldIdentity.Unknown;
        }
    }

    /// <summary>It hangs. As long as this very process was seen with U, and nothing but U was ordered since, it cannot hold S.</summary>
    private bool OnlyEverHadUnstaked()
    {
        try
        {
            return journal.Current is { Promised: not PromisedRole.Active, Handoff: not { Phase: HandoffPhase.Promoting } }
                && link.PointsTo() == HeldIdentity.Unstaked && process.Find() is { } running && observer.SawWith(keys.Unstaked, running);
        }
        catch (Exception e) when (e is ValidatorException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a record that is being written stays so for the limit of a promotion. It may be what a killed validator left behind, or a vote that waits for its disk: only
    /// once no process is there to finish it can it be told that no further vote comes.
    /// </summary>
    private async Task<bool> StaysHalfWrittenAsync()
    {
        using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
        while (records.BeingWritten())
        {
            if (await IsOverAsync(limit.Token))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Null when the validator does not answer within the limit of a promotion.</summary>
    /// <param name="interrupted">An earlier life of this agent may have given a set-identity that still lies unread in the validator's socket.</param>
    private async Task<Pubkey?> IdentityAsync(bool interrupted)
    {
        using var limit = new CancellationTokenSource(config.Timings.PromotionLimit, time);
        while (true)
        {
            try
            {
                var identity = await validator.ReadIdentityAsync(limit.Token);
                if (identity == keys.Staked || !interrupted)
                {
                    return identity;
                }
                // With the voters gone a late switch cannot lead to a vote; the looks give the old connection its turn, and the voters come back only once the voting loop
                // has provably stayed with U.
                journal.Write(state => state with { VotersOwed = true });
                await validator.StopVotersAsync(limit.Token);
                for (var look = 0; look < 3 && identity == keys.Unstaked; look++)
                {
                    await Task.Delay(config.Timings.RetryPause, time, limit.Token);
                    identity = await validator.ReadIdentityAsync(limit.Token);
                }
                return identity;
            }
            catch (ValidatorException e) when (e.Failure != ValidatorFailure.StartingUp)
            {
                if (await IsOverAsync(limit.Token))
                {
                    return null;
                }
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async Task<bool> IsOverAsync(CancellationToken limit)
    {
        try
        {
            await Task.Delay(config.Timings.RetryPause, time, limit);
            return limit.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
