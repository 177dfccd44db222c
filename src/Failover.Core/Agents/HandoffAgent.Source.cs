using Failover.Handoff;
using Failover.Hooks;
using Failover.Validators;

namespace Failover.Agents;

public sealed partial class HandoffAgent
{
    private static readonly TimeSpan FirstVoteWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan VotersWait = TimeSpan.FromSeconds(15);

    /// <summary>One handoff in which this node is the source, from prepare to its end.</summary>
    private sealed class SourceSession(HandoffOrder order, LocalSource source, RemoteTarget? link, PrepareReport? report, HookUse hooks, long preparedAt) : IAsyncDisposable
    {
        public HandoffOrder Order => order;

        public HookUse Hooks => hooks;

        public LocalSource Source => source;

        public RemoteTarget? Link => link;

        public PrepareReport? Report { get; set; } = report;

        public long PreparedAt => preparedAt;

        public CancellationTokenSource Aborted { get; } = new();

        /// <summary>Set by commit.</summary>
        public Task? Running { get; set; }

        /// <summary>Set when the commit phase begins.</summary>
        public PlannedHandoff? Planned { get; set; }

        public async ValueTask DisposeAsync()
        {
            if (link is not null)
            {
                await link.DisposeAsync();
            }
            source.Dispose();
        }
    }

    public async Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct)
    {
        using var entered = await EnterAsync(ct);
        var state = RequireHandoff(order.Id);
        if (state.Order != order || state.Role != HandoffRole.Source)
        {
            throw new OrderRefusedException(RefusalReason.OrderDiffers, $"{Node} knows handoff {order.Id} with other content", "start a new handoff");
        }
        if (_source is not { } session || session.Order != order || (session.Running is null && (state.Phase != HandoffPhase.Prepared || !PreparedInMemory(order))))
        {
            throw new OrderRefusedException(RefusalReason.WrongPhase, $"handoff {order.Id} is {state.Phase} on {Node} and not ready to be committed", "start a new handoff");
        }
        if (session.Running is not null)
        {
            return;
        }
        if (session.Hooks != HookUse.Run || _preparing is not null)
        {
            throw new OrderRefusedException(
                RefusalReason.WrongPhase, $"handoff {order.Id} {(session.Hooks != HookUse.Run ? "was prepared as a dry run" : "is still being prepared")} on {Node} and cannot be committed", "start a new handoff");
        }
        if (state.Phase != HandoffPhase.Prepared)
        {
            throw new OrderRefusedException(RefusalReason.WrongPhase, $"handoff {order.Id} is {state.Phase} on {Node}", "start a new handoff");
        }
        if (session.Report is not { Passes: true })
        {
            throw new OrderRefusedException(RefusalReason.PreflightFailed, $"handoff {order.Id} failed its preflight", "cure what fails, then start a new handoff");
        }
        session.Running = RunSourceAsync(session, options);
        KeepInBackground($"handoff {order.Id}", session.Running);
    }

    private async Task<PrepareReport> PrepareSourceAsync(HandoffOrder order, HookUse hooks, NodeKeys keys, CancellationToken ct)
    {
        if (_source is { Report: { } report } already && already.Order == order)
        {
            return report;
        }
        var timeline = TimelineOf(order);
        timeline.Add(HandoffStep.Prepare, StepState.Started, $"{Node} is locked for the handoff to {order.Target}");
        try
        {
            var facts = await Observer.ObserveAsync(null, ct);
            var link = await RemoteTarget.OpenAsync(peers.Get(order.Target), order, facts, time, config.Timings, ct);
            _source = new SourceSession(order, Source(keys), link, null, hooks, time.GetTimestamp());
            var checkedNow = Check(_source, facts);
            _source.Report = checkedNow;
            timeline.Add(HandoffStep.Prepare, checkedNow.Passes ? StepState.Done : StepState.Failed, checkedNow.Passes
                ? $"{checkedNow.Checks.Count} checks passed, round trip {link.RoundTrip.TotalMilliseconds:0.0} ms"
                : $"failing checks: {string.Join(", ", checkedNow.Checks.Where(check => check.Outcome == CheckOutcome.Fails).Select(check => check.Name))}");
            return checkedNow;
        }
        catch (Exception e) when (e is AgentUnreachableException or OrderRefusedException or OperationCanceledException)
        {
            EndUnchanged(order, e is OperationCanceledException ? "prepare was given up, or took too long" : $"{order.Target} could not be reached: {e.Message}");
            throw new OrderRefusedException(RefusalReason.PeerFailed, $"{Node} cannot open the link to {order.Target}: {e.Message}", $"see that {order.Target}'s agent runs and can be reached from {Node}");
        }
    }

    private PrepareReport Check(SourceSession session, NodeFacts facts)
    {
        var link = session.Link!;
        var checks = Preflight.Run(session.Order, facts, link.Facts, config.Timings, link.RoundTrip, link.ClockOffset);
        return new PrepareReport(facts, link.Facts, [.. checks, session.Source.CheckWatch()], link.RoundTrip, link.ClockOffset);
    }

    private async Task RunSourceAsync(SourceSession session, CommitOptions options)
    {
        var order = session.Order;
        var timeline = TimelineOf(order);
        try
        {
            await ComeToTheMomentAsync(session, options, timeline);
            using var entered = await EnterAsync(CancellationToken.None);
            session.Aborted.Token.ThrowIfCancellationRequested();
            if (!session.Link!.Ready)
            {
                throw new AgentUnreachableException(order.Target, $"the link to {order.Target} is down");
            }
            // One step with the look at the phase, so that an abort comes before this or is refused.
            Journal.Write(order, (state, handoff) => handoff.Phase == HandoffPhase.Prepared
                ? state with { Handoff = handoff with { Phase = HandoffPhase.Demoting, BootId = bootId } }
                : throw new OperationCanceledException($"handoff {order.Id} is {handoff.Phase}"));
            session.Planned = Planned(session, timeline);
        }
        catch (Exception e)
        {
            await LeaveUnchangedAsync(session, timeline, e);
            return;
        }
        await FinishSourceAsync(session, timeline, session.Planned.RunAsync());
    }

    /// <summary>From the commit phase to the very end: the ending, the target's first vote, the voters.</summary>
    private async Task FinishSourceAsync(SourceSession session, Timeline timeline, Task<HandoffEnding> running)
    {
        try
        {
            var ending = await running;
            Observer.Switched();
            try
            {
                if (ending == HandoffEnding.Completed)
                {
                    await SeeThroughAsync(session, timeline, Handoff!.Receipt);
                }
            }
            finally
            {
                Conclude(session.Order);
            }
        }
        finally
        {
            await session.DisposeAsync();
        }
    }

    /// <param name="receipt">Null when nothing was handed over, since the target holds S by somebody's hand: then nobody waits for its first vote.</param>
    private async Task SeeThroughAsync(SourceSession session, Timeline timeline, Receipt? receipt)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var sealedWatch = receipt is null ? Task.CompletedTask : WatchSealedAsync(session, receipt, timeline, watching.Token);
        if (receipt is not null)
        {
            await SeeFirstVoteAsync(session, timeline);
        }
        // Bounded: a source that stands still, which may be why S was moved, must not keep the operator waiting.
        var returning = ReturnVotersAsync(session.Source, timeline);
        await Task.WhenAny(returning, Task.Delay(VotersWait, time, _stopping.Token));
        if (!returning.IsCompleted)
        {
            timeline.Add(HandoffStep.GiveVotersBack, StepState.Note, $"{Node}'s voting loop has not shown yet that it adopted U; its voters stay away until it has");
            KeepInBackground("giving the voters back", returning);
        }
        else
        {
            await returning;
        }
        await watching.CancelAsync();
        await sealedWatch;
    }

    private async Task SeeFirstVoteAsync(SourceSession session, Timeline timeline)
    {
        if (session.Link is not { } link)
        {
            return;
        }
        timeline.Add(HandoffStep.FirstVote, StepState.Started, $"waiting for {session.Order.Target}'s first vote");
        try
        {
            var slot = await link.FirstVote.WaitAsync(FirstVoteWait, time, _stopping.Token);
            TimeSpan? gap = session.Source.LastVoteAt is { } last ? time.GetElapsedTime(last) - (link.RoundTrip / 2) : null;
            Journal.Write(session.Order, (state, handoff) => state with { Handoff = handoff with { FirstVotedSlot = slot, VoteGap = gap } });
            var outcome = OutcomeOf(Handoff!);
            timeline.Add(HandoffStep.FirstVote, StepState.Done,
                $"{session.Order.Target} voted for slot {slot}: {outcome.VoteGapSlots} slots without a vote{(gap is { } span ? $", {span.TotalMilliseconds:0} ms" : "")}");
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            timeline.Add(HandoffStep.FirstVote, StepState.Failed,
                $"{session.Order.Target}'s first vote was not seen ({(e is TimeoutException ? $"within {FirstVoteWait.TotalSeconds:0} s" : e.Message)}); see failover status");
        }
    }

    /// <summary>After sealing nothing may change the record any more: if something does, a vote may have left that the target does not know.</summary>
    private static async Task WatchSealedAsync(SourceSession session, Receipt receipt, Timeline timeline, CancellationToken ct)
    {
        try
        {
            while (session.Source.StillSealed(receipt))
            {
                await session.Source.NextRecordChangeAsync(ct);
            }
            timeline.Add(HandoffStep.Seal, StepState.Alarm,
                $"{session.Order.Source}'s voting record changed after it was sealed at slot {receipt.LastVotedSlot}: a vote may have left that {session.Order.Target} does not know");
        }
        catch (OperationCanceledException)
        {
            // The watch ends with the handoff.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RecordRefusedException or ObjectDisposedException)
        {
            timeline.Add(HandoffStep.Seal, StepState.Note, $"the sealed record is no longer watched: {e.Message}");
        }
    }

    private async Task ReturnVotersAsync(LocalSource source, Timeline? timeline)
    {
        timeline?.Add(HandoffStep.GiveVotersBack, StepState.Started, "waiting until the voting loop has adopted U");
        var complained = false;
        while (Journal.Current is { VotersOwed: true } state)
        {
            try
            {
                // A node that is to vote needs them now; one that is not, only once they are harmless.
                var letGo = LetGo(state);
                if (letGo || state.Promised != PromisedRole.Active)
                {
                    await source.ProveAdoptedAsync(_stopping.Token);
                }
                if (await TryGiveVotersAsync(source, state, letGo) is { } done)
                {
                    timeline?.Add(HandoffStep.GiveVotersBack, StepState.Done, done);
                    return;
                }
                await Task.Delay(config.Timings.RetryPause, time, _stopping.Token);
            }
            catch (Exception e) when (e is ValidatorException or IOException or UnauthorizedAccessException)
            {
                if (!complained)
                {
                    complained = true;
                    timeline?.Add(HandoffStep.GiveVotersBack, StepState.Note, $"not yet: {e.Message}");
                }
                await Task.Delay(config.Timings.RetryPause, time, _stopping.Token);
            }
        }
    }

    /// <summary>
    /// Under the gate, and only if the node's word is still the same: a demotion that began meanwhile has taken the voters for its own reasons. Null when it is not.
    /// </summary>
    private async Task<string?> TryGiveVotersAsync(LocalSource source, AgentState decidedOn, bool letGo)
    {
        using var entered = await EnterAsync(_stopping.Token);
        var now = Journal.Current;
        if (LetGo(now) != letGo || now.Promised != decidedOn.Promised || now.Handoff is { Role: HandoffRole.Source, Unfinished: true, Phase: not HandoffPhase.Prepared })
        {
            return null;
        }
        var done = await source.GiveVotersAsync(keepAway: letGo || now.Promised != PromisedRole.Active, _stopping.Token);
        Journal.Write(before => before with { VotersOwed = false });
        return done;
    }

    private LocalSource Source(NodeKeys keys) => new(config, keys, validator, process, rpc, Records(keys), _link, _adoption, _trust, time);

    private NodeRecords Records(NodeKeys keys) => new(disk, config, keys.Staked);

    private PlannedHandoff Planned(SourceSession session, Timeline timeline) => new(
        session.Order, session.Source, session.Link, peers.Get(session.Order.Target), Journal, bootId, timeline, time, config.Timings, async () => await EnterAsync(CancellationToken.None),
        () => CallAPerson(session.Order), _stopping.Token);

    private async Task ReleaseSourceAsync(HandoffOrder order, string why)
    {
        if (_source is { Planned: null } session && session.Order == order)
        {
            TimelineOf(session.Order).Add(HandoffStep.Abort, StepState.Note, why);
            await session.Aborted.CancelAsync();
            if (session.Running is null)
            {
                await session.DisposeAsync();
            }
        }
    }

    private void EndUnchanged(HandoffOrder order, string why)
    {
        Journal.Write(order, (state, handoff) => state with { Handoff = handoff with { Phase = HandoffPhase.Ended, Ending = HandoffEnding.Unchanged, Text = why } });
        Conclude(order);
    }
}
