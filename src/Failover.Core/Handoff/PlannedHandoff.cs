using Failover.Agents;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>What to do when a handoff does not, or does, go on from where it stands.</summary>
public enum WayOut
{
    Unknown = 0,

    /// <summary>Nothing changed: let both nodes go.</summary>
    Release = 1,

    /// <summary>The target provably does not hold S: the source takes it back.</summary>
    Reclaim = 2,

    /// <summary>The target may hold S: ask it, and nothing else.</summary>
    AskTarget = 3,

    /// <summary>The target holds S.</summary>
    Complete = 4,
}

/// <summary>
/// Phase 2 of the handoff, run by the source's agent: moves S so that no two validators can ever vote with it at once. The lines of <see cref="RunAsync"/> are the
/// protocol, <see cref="WayOutOf"/> is its safety rule, and a crash is no special case: what was written down last decides.
/// </summary>
public sealed class PlannedHandoff(
    HandoffOrder order, LocalSource source, RemoteTarget? link, IPeer target, AgentJournal journal, string bootId, Timeline timeline, TimeProvider time,
    HandoffTimings timings, Func<Task<IDisposable>> enterGate, Action personNeeded, CancellationToken stopping)
{
    private readonly long _startedAt = time.GetTimestamp();
    private TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly VoteHorizon _horizon = source.BeginHorizon();
    private OperatorAssertion? _assertion;
    private VoteHorizon? _horizonOfAssertion;
    private bool _saidNeedsOperator;

    /// <summary>From a prepared state to an ending. The caller has made sure, in one step with <see cref="HandoffPhase.Demoting"/>, that nobody aborted.</summary>
    public async Task<HandoffEnding> RunAsync()
    {
        var answer = Silence;
        long askedAt = 0;
        try
        {
            await timeline.StepAsync(HandoffStep.RelinkToUnstaked, "a restart of the source must come up unstaked", () => Done(source.RelinkToUnstaked()));
            await timeline.StepAsync(HandoffStep.VoterFence, "waiting for the source's next vote", async () => ("", await source.FenceAfterVoteAsync()));
            await timeline.StepAsync(HandoffStep.SetIdentityUnstaked, "the source takes its unstaked identity", async () => ("", await source.SetIdentityUnstakedAsync()));
            var records = await timeline.StepAsync(HandoffStep.Seal, "waiting for the voting record to come to rest", SealAsync);
            // While the target can be heard, nothing has been sent and all can still be taken back without asking.
            link!.RequireReady();
            Enter(HandoffPhase.HandedOver, records.Receipt);
            // Before: this process may stand still for any time with the answer in its hands.
            askedAt = time.GetTimestamp();
            answer = await timeline.StepAsync(HandoffStep.HandOver, $"record, receipt and permit go to {order.Target}", () => HandOverAsync(records));
            source.Sync(records);
        }
        catch (HandoffStepException failure) when (failure is { Step: HandoffStep.HandOver, Effect: Effect.None } && State.Phase == HandoffPhase.HandedOver)
        {
            TakeBackUnsent();
        }
        catch (HandoffStepException failure)
        {
            if (failure.Step == HandoffStep.HandOver && State.Phase == HandoffPhase.Demoting)
            {
                timeline.Add(HandoffStep.HandOver, StepState.Failed, failure.Message);
            }
            // What happens now depends on what is written down, not on which step failed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SayStateCannotBeWritten(e);
        }
        return await LeaveAsync(answer, askedAt);
    }

    /// <summary>Carries on a handoff that a crash of this agent interrupted.</summary>
    public Task<HandoffEnding> RecoverAsync() => LeaveAsync(Silence, askedAt: 0);

    /// <summary>
    /// The source may have S back only while the target provably does not hold it. Before the record may have been sent, and after the target's refusal, only somebody's
    /// hand can have given it S: then it says so, and one that cannot be reached at all does not stop the source. In between, nothing but the target's word counts.
    /// </summary>
    /// <param name="targetSays"><see cref="AnswerKind.Unknown"/>: it was not heard.</param>
    public static WayOut WayOutOf(HandoffPhase writtenDown, AnswerKind targetSays) => (writtenDown, targetSays) switch
    {
        (HandoffPhase.Prepared, _) => WayOut.Release,
        (HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming, AnswerKind.Promoted) => WayOut.Complete,
        (HandoffPhase.Demoting or HandoffPhase.Reclaiming, AnswerKind.Unknown or AnswerKind.Refused) => WayOut.Reclaim,
        (HandoffPhase.Demoting or HandoffPhase.Reclaiming, AnswerKind.CannotTell) => WayOut.AskTarget,
        (HandoffPhase.HandedOver, AnswerKind.Refused) => WayOut.Reclaim,
        (HandoffPhase.HandedOver, AnswerKind.Unknown or AnswerKind.CannotTell) => WayOut.AskTarget,
        _ => throw new ArgumentOutOfRangeException(nameof(writtenDown), (writtenDown, targetSays), "no source's handoff stands like this"),
    };

    /// <summary>Tries again at once instead of after the pause, with the operator's word if one is given.</summary>
    public void Again(OperatorAssertion? assertion)
    {
        if (assertion is not null && _assertion is null)
        {
            _horizonOfAssertion = source.BeginHorizon();
            _assertion = assertion;
        }
        Interlocked.Exchange(ref _again, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private HandoffState State => journal.Current.Handoff!;

    /// <param name="askedAt">When the target was asked for the answer, by the injected clock.</param>
    private async Task<HandoffEnding> LeaveAsync(TargetAnswer answer, long askedAt)
    {
        while (true)
        {
            try
            {
                var tooOld = answer.Kind == AnswerKind.Refused && time.GetElapsedTime(askedAt) > ReclaimGrounds.Life;
                if (State.Phase != HandoffPhase.Prepared && (tooOld || answer.Kind is AnswerKind.Unknown or AnswerKind.CannotTell))
                {
                    askedAt = time.GetTimestamp();
                    answer = await AskAsync();
                }
                switch (WayOutOf(State.Phase, answer.Kind))
                {
                    case WayOut.Release:
                        return End(HandoffEnding.Unchanged, "nothing about voting was changed");
                    case WayOut.Complete:
                        if (State is not { Phase: HandoffPhase.HandedOver, Receipt: not null })
                        {
                            await timeline.StepAsync(HandoffStep.SetIdentityUnstaked, $"{order.Target} holds S: {order.Source} lets go of what it has of it", YieldAsync);
                        }
                        return End(HandoffEnding.Completed, answer.Reason);
                    case WayOut.Reclaim:
                        var grounds = new ReclaimGrounds(answer, _horizonOfAssertion ?? _horizon, askedAt);
                        return End(HandoffEnding.WentBack, await timeline.StepAsync(HandoffStep.Reclaim, $"{order.Source} takes S back", () => ReclaimAsync(grounds)));
                    default:
                        break;
                }
            }
            catch (HandoffStepException)
            {
                // On the timeline already.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                SayStateCannotBeWritten(e);
            }
            // A refusal is only as good as the moment at which it was given: a later try asks for it again. That S has moved on stays true.
            answer = answer.Kind == AnswerKind.Promoted ? answer : Silence;
            SayWhenAPersonIsNeeded();
            await PauseAsync();
        }
    }

    /// <summary>Under the agent's gate, so that nothing else looks at the node's promise or moves its validator meanwhile.</summary>
    private async Task<(string, string)> ReclaimAsync(ReclaimGrounds grounds)
    {
        using var entered = await enterGate();
        RequireOpen();
        await source.PrepareReclaimAsync(State, bootId, grounds);
        if (State.Phase != HandoffPhase.Reclaiming || State.BootId != bootId)
        {
            journal.Write(order, (state, handoff) => state with { Handoff = handoff with { Phase = HandoffPhase.Reclaiming, BootId = bootId } });
        }
        return Both(await source.ReclaimAsync(grounds));
    }

    /// <summary>
    /// The target holds S by somebody's hand. Written down first, as handed over without a receipt: whatever becomes of this process, the source does not go back on it.
    /// </summary>
    private async Task<(string, string)> YieldAsync()
    {
        using var entered = await enterGate();
        RequireOpen();
        journal.Write(order, (state, handoff) => state with { Handoff = handoff with { Phase = HandoffPhase.HandedOver, Receipt = null, BootId = bootId } });
        return Both(await source.YieldAsync());
    }

    private void RequireOpen()
    {
        if (journal.Current.Handoff is not { Phase: HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming } handoff || handoff.Order != order)
        {
            throw new InvalidOperationException($"handoff {order.Id} is over");
        }
    }

    private static TargetAnswer Silence => new(AnswerKind.Unknown, "", []);

    /// <summary>The record did not leave this process: what was written down for the case that it might have can be taken back.</summary>
    private void TakeBackUnsent()
    {
        try
        {
            Enter(HandoffPhase.Demoting, State.Receipt!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SayStateCannotBeWritten(e); // Then the target is asked, as after any other failure.
        }
    }

    private void SayStateCannotBeWritten(Exception e) =>
        timeline.Add(HandoffStep.End, StepState.Alarm, $"the agent's state on {order.Source} cannot be written: {e.Message}");

    /// <summary>
    /// What the target says; <see cref="AnswerKind.Unknown"/> when it is not heard. Its own word outranks the operator's, which counts where it says nothing.
    /// </summary>
    private async Task<TargetAnswer> AskAsync()
    {
        TargetAnswer answer;
        try
        {
            answer = await timeline.StepAsync(HandoffStep.AskTarget, $"asking {order.Target} what became of the order", async () =>
            {
                // Once handed over, a promotion may be under way there, and is worth waiting for; else only a sign of life is.
                using var limit = new CancellationTokenSource(State.Phase == HandoffPhase.HandedOver ? (3 * timings.PromotionLimit) + timings.PermitLife : timings.AskLimit, time);
                var said = await target.WithdrawAsync(order, limit.Token);
                return (said, $"{order.Target} says {said.Kind}: {said.Reason}");
            });
        }
        catch (HandoffStepException)
        {
            answer = Silence;
        }
        return answer.Kind is AnswerKind.Unknown or AnswerKind.CannotTell && _assertion is { TargetIsFenced: true } assertion
            ? await TakeOperatorsWordAsync(assertion, answer)
            : answer;
    }

    /// <summary>The operator can vouch that the target stands still, not that it never voted: only time makes votes that nobody here has seen harmless.</summary>
    private async Task<TargetAnswer> TakeOperatorsWordAsync(OperatorAssertion assertion, TargetAnswer otherwise)
    {
        try
        {
            return await timeline.StepAsync(HandoffStep.AskTarget, $"the operator vouches that {order.Target} is fenced: {assertion.Reason}", async () =>
                await _horizonOfAssertion!.WhyNotPastAsync(CancellationToken.None) is { } against
                    ? throw new HandoffStepException(HandoffStep.AskTarget, Effect.None, against)
                    : (TargetAnswer.Refused($"the operator vouches for it: {assertion.Reason}"), "no vote that could have been sent can matter any more"));
        }
        catch (HandoffStepException)
        {
            return otherwise;
        }
    }

    private async Task<(TargetAnswer, string)> HandOverAsync(SealedRecords records)
    {
        var answer = await link!.HandOverAsync(records);
        return (answer, $"{order.Target} says {answer.Kind}: {answer.Reason}");
    }

    private async Task<(SealedRecords, string)> SealAsync()
    {
        var sealedRecords = await source.SealAsync(order);
        var receipt = sealedRecords.Receipt;
        return (sealedRecords, $"last vote of S at slot {receipt.LastVotedSlot}; {string.Join(", ", receipt.Records.Select(
            record => $"{record.Kind} of {record.Size} bytes, SHA-256 {record.Sha256[..12]}"))}");
    }

    private void Enter(HandoffPhase phase, Receipt receipt) =>
        journal.Write(order, (state, handoff) => state with { Handoff = handoff with { Phase = phase, Receipt = receipt, BootId = bootId } });

    private HandoffEnding End(HandoffEnding ending, string text)
    {
        journal.Write(order, (state, handoff) => state with
        {
            Promised = ending switch
            {
                HandoffEnding.Completed => PromisedRole.Standby,
                HandoffEnding.WentBack => PromisedRole.Active,
                _ => state.Promised,
            },
            // Only a completed demotion leaves voters to give back: reclaim gives them back itself.
            VotersOwed = ending switch
            {
                HandoffEnding.Completed => true,
                HandoffEnding.WentBack => false,
                _ => state.VotersOwed,
            },
            Handoff = handoff with { Phase = HandoffPhase.Ended, Ending = ending, Text = text },
        });
        return ending;
    }

    private void SayWhenAPersonIsNeeded()
    {
        if (_saidNeedsOperator || time.GetElapsedTime(_startedAt) < timings.NeedsOperatorAfter)
        {
            return;
        }
        _saidNeedsOperator = true;
        var (text, next) = State.Phase == HandoffPhase.HandedOver
            ? ($"{order.Source} has let S go and {order.Target} does not say whether it took it. Nobody may take S on a guess. {order.Source} goes on asking.",
               $"bring {order.Target}'s agent back, then: failover resume; or, once {order.Target}'s validator is certain not to run and not to come back with S: failover resume --target-is-fenced --reason \"…\" (takes S back after 512 slots)")
            : ($"{order.Target} was never ordered to take S, or has refused it for good, and {order.Source} cannot take S back yet. It goes on trying.",
               $"see what {order.Source}'s validator says (failover status), then: failover resume; or, if {order.Target} cannot be asked and its validator is certain not to run and not to come back with S: failover resume --target-is-fenced --reason \"…\"");
        NeedsOperator = (text, next);
        timeline.Add(HandoffStep.End, StepState.Note, $"a person is needed: {text} Next: {next}", new HandoffOutcome(order, State.Phase, HandoffEnding.NeedsOperator, text, next) { Receipt = State.Receipt });
        personNeeded();
    }

    /// <summary>What the operator is told while nothing can be proven; null otherwise.</summary>
    public (string Text, string NextCommand)? NeedsOperator { get; private set; }

    /// <summary>What is written down is carried on at the agent's next start.</summary>
    private async Task PauseAsync()
    {
        await Task.WhenAny(Volatile.Read(ref _again).Task, Task.Delay(timings.RetryPause, time, stopping));
        stopping.ThrowIfCancellationRequested();
    }

    private static Task<(string, string)> Done(string text) => Task.FromResult(Both(text));

    private static (string, string) Both(string text) => (text, text);
}
