using Failover.Handoff;
using Failover.Hooks;
using Microsoft.Extensions.Logging;

namespace Failover.Agents;

/// <summary>
/// When the operator's programs run. Never in the gap: those before the commit are over before anything of either node is touched, those after it begin when this node's part
/// of the switch is behind it. They run outside of the gate, so that whatever they do, the node can still be asked, and a handoff that must be ended is.
/// </summary>
public sealed partial class HandoffAgent
{
    private static readonly TimeSpan FirstVoteLook = TimeSpan.FromMilliseconds(500);

    // Set, with what ends it, while a prepare and its hooks go on outside of the gate; changed under the gate only.
    private CancellationTokenSource? _preparing;

    // The hooks that follow the last handoff's ending. The next one is not begun before.
    private Task _afterHooks = Task.CompletedTask;
    private HandoffOrder? _concluded;

    /// <summary>The node is locked already, so whoever else wants it hears so, and these hooks run once for each handoff.</summary>
    private async Task<PrepareReport> PrepareWithHooksAsync(Entered entered, HandoffOrder order, HandoffRole role, HookUse hooks, NodeKeys keys, CancellationToken ct)
    {
        using var preparing = CancellationTokenSource.CreateLinkedTokenSource(ct, _stopping.Token);
        var timeline = TimelineOf(order);
        _preparing = preparing;
        try
        {
            await entered.OutsideAsync(() => _hooks.RunAsync(new HookMoment(order, role, HookPoint.BeforePrepare, hooks), timeline, preparing.Token));
            RequireStillPreparing(order);
            var report = await PrepareEnteredAsync(order, role, hooks, keys, preparing.Token);
            if (role == HandoffRole.Target || report.Passes)
            {
                await entered.OutsideAsync(() => _hooks.RunAsync(new HookMoment(order, role, HookPoint.AfterPrepare, hooks), timeline, preparing.Token));
                RequireStillPreparing(order);
            }
            return role == HandoffRole.Source && hooks == HookUse.DryRun && report.Passes ? await RehearseAsync(entered, order, report, timeline, preparing.Token) : report;
        }
        catch (Exception e) when (e is HookFailedException or OperationCanceledException)
        {
            var why = e is HookFailedException ? e.Message : "prepare was given up, or took too long";
            if (Handoff is { Phase: HandoffPhase.Prepared } open && open.Order == order)
            {
                await GiveUpAsync(open, why);
            }
            throw new OrderRefusedException(RefusalReason.PreflightFailed, why, (e as HookFailedException)?.Remedy ?? "start a new handoff");
        }
        finally
        {
            _preparing = null;
        }
    }

    /// <summary>What would stop the handoff at its last moment shows in a dry run as a check that fails.</summary>
    private async Task<PrepareReport> RehearseAsync(Entered entered, HandoffOrder order, PrepareReport report, Timeline timeline, CancellationToken ct)
    {
        var session = _source!;
        using var giveUp = ct.UnsafeRegister(static state => ((SourceSession)state!).Aborted.Cancel(), session);
        PreflightCheck rehearsed = new("hooks-succeed", CheckOutcome.Ok, "the hooks before the commit succeed in a dry run", "");
        await entered.OutsideAsync(async () =>
        {
            try
            {
                await RunHooksBeforeCommitAsync(session, timeline);
            }
            catch (Exception e) when (e is HookFailedException or AgentUnreachableException)
            {
                rehearsed = rehearsed with { Outcome = CheckOutcome.Fails, Seen = e.Message, Remedy = (e as HookFailedException)?.Remedy ?? "start a new handoff" };
            }
        });
        RequireStillPreparing(order);
        return session.Report = report with { Checks = [.. report.Checks, rehearsed] };
    }

    private void RequireStillPreparing(HandoffOrder order)
    {
        if (Handoff is not { Phase: HandoffPhase.Prepared } handoff || handoff.Order != order)
        {
            throw new OrderRefusedException(RefusalReason.WrongPhase, $"handoff {order.Id} was ended while {Node} was being prepared for it", "start a new handoff");
        }
    }

    /// <summary>
    /// The target's hooks before the commit, then this node's own; when it returns none runs on either. True when there were any.
    /// </summary>
    /// <exception cref="HookFailedException">One that must succeed did not.</exception>
    private async Task<bool> RunHooksBeforeCommitAsync(SourceSession session, Timeline timeline)
    {
        var there = session.Link!.HooksBeforeCommit;
        var moment = new HookMoment(session.Order, HandoffRole.Source, HookPoint.BeforeCommit, session.Hooks);
        var here = _hooks.At(moment.At, moment.Role);
        if (there.Count > 0)
        {
            timeline.Add(HandoffStep.Hook, StepState.Started, $"{session.Order.Target} runs {string.Join(", ", there.Select(hook => hook.Name))} ({moment.At.Word})");
            try
            {
                await KeepPreparedAsync(session, session.Link.RunHooksAsync, $"hooks ran on {session.Order.Target}");
            }
            catch (Exception e)
            {
                timeline.Add(HandoffStep.Hook, StepState.Failed, e is OperationCanceledException ? "given up" : e.Message);
                throw;
            }
            timeline.Add(HandoffStep.Hook, StepState.Done, $"{session.Order.Target} is through with its hooks ({moment.At.Word})");
        }
        if (here.Count > 0)
        {
            await KeepPreparedAsync(session, ct => _hooks.RunAsync(moment, timeline, ct), "hooks ran");
        }
        await _hooks.IdleAsync(session.Aborted.Token);
        return there.Count > 0 || here.Count > 0;
    }

    /// <summary>The target's part of <see cref="RunHooksBeforeCommitAsync"/>.</summary>
    private async Task RunTargetHooksAsync(HandoffOrder order, Func<HooksDoneMessage, Task> send, CancellationToken ct)
    {
        var done = new HooksDoneMessage("", "");
        try
        {
            await _hooks.RunAsync(new HookMoment(order, HandoffRole.Target, HookPoint.BeforeCommit, _preparedTarget!.Hooks), TimelineOf(order), ct);
            _hooksRan = order;
        }
        catch (HookFailedException e)
        {
            done = new HooksDoneMessage(e.Message, e.Remedy);
        }
        catch (OperationCanceledException)
        {
            return; // The link has ended, and with it whoever asked.
        }
        try
        {
            await send(done);
        }
        catch (Exception e) when (e is AgentUnreachableException or OperationCanceledException)
        {
            // Not heard: nobody goes on with it.
        }
    }

    /// <summary>Whether the record may come: not in a dry run, and not before the hooks that this node has to run first have let the handoff go on.</summary>
    private bool HooksAllow(HandoffOrder order) =>
        // That it is not prepared is found, and answered, where the order is.
        _preparedTarget is not { } prepared || prepared.Order != order
        || (prepared.Hooks == HookUse.Run && (_hooksRan == order || _hooks.At(HookPoint.BeforeCommit, HandoffRole.Target).Count == 0));

    /// <summary>
    /// A record comes on the link that prepare opened or not at all: when that has ended, so has the handoff on this node, and the hooks that follow must not wait until somebody
    /// finds its lock in the way.
    /// </summary>
    private async Task EndWithLinkAsync(HandoffOrder order)
    {
        if (!_hooks.Any)
        {
            return;
        }
        try
        {
            using var entered = await EnterAsync(_stopping.Token);
            if (Handoff is { Role: HandoffRole.Target, Phase: HandoffPhase.Prepared } left && left.Order == order)
            {
                await GiveUpAsync(left, "the link from the source has ended");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OrderRefusedException or OperationCanceledException)
        {
            TimelineOf(order).Add(HandoffStep.Abort, StepState.Note, $"{Node} stays locked until somebody else wants it, or the agent is restarted: {e.Message}");
        }
    }

    /// <summary>Ends the timeline of a handoff that is over on this node, after the hooks that follow.</summary>
    private void Conclude(HandoffOrder order)
    {
        if (_concluded == order && !_afterHooks.IsCompleted)
        {
            return; // The timeline ends with the last hook.
        }
        if (Handoff is not { } ended || ended.Order != order || Owed(ended).Count == 0)
        {
            EndTimeline(order);
        }
        else if (_concluded != order)
        {
            _concluded = order;
            _afterHooks = ConcludeAsync(ended);
            KeepInBackground($"the hooks after handoff {order.Id}", _afterHooks);
        }
    }

    private async Task ConcludeAsync(HandoffState ended)
    {
        try
        {
            await RunAfterHooksAsync(ended, TimelineOf(ended.Order));
        }
        finally
        {
            EndTimeline(ended.Order);
        }
    }

    /// <summary>An earlier life of the agent ended the handoff, and not all the hooks that follow it were begun.</summary>
    private void FinishHooks(HandoffState ended)
    {
        if (Owed(ended).Count > 0)
        {
            // The timeline of that life is in the history as far as it went; this adds to the history, not to it.
            var timeline = new Timeline(ended.Order.Id, Node, time, loggers.CreateLogger<Timeline>());
            _concluded = ended.Order;
            _afterHooks = FinishHooksAsync(ended, timeline);
            KeepInBackground($"the hooks after handoff {ended.Order.Id}", _afterHooks);
        }
    }

    private async Task FinishHooksAsync(HandoffState ended, Timeline timeline)
    {
        await RunAfterHooksAsync(ended, timeline);
        foreach (var happened in timeline.Events.Where(happened => happened.State is StepState.Done or StepState.Failed))
        {
            Remember("hook", $"handoff {ended.Order.Id}: {happened.Text}");
        }
    }

    /// <summary>The hooks that are still to be begun after this ending.</summary>
    private IReadOnlyList<Hook> Owed(HandoffState ended) => ended.Hooks is HookUse.Run or HookUse.DryRun
        ? [.. AfterHooks(ended).Skip(ended.HooksBegun)]
        : [];

    private IEnumerable<Hook> AfterHooks(HandoffState ended) =>
        (ended.Ending == HandoffEnding.Completed ? _hooks.At(HookPoint.AfterCommit, ended.Role) : []).Concat(_hooks.At(HookPoint.AfterEnding, ended.Role));

    private async Task RunAfterHooksAsync(HandoffState ended, Timeline timeline)
    {
        var order = ended.Order;
        await UntilVotedAsync(ended);
        var owed = Owed(ended);
        foreach (var (hook, isLast) in owed.Select((hook, i) => (hook, i == owed.Count - 1)))
        {
            try
            {
                // After the last none is owed, whatever the configuration says by then: a hook that is added later is not for a handoff that is long over.
                Journal.Write(order, (state, handoff) => state with
                {
                    Handoff = handoff with { HooksBegun = handoff.HooksBegun + 1, Hooks = isLast ? HookUse.Unknown : handoff.Hooks },
                });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Begun without that, it might be run again and again.
                timeline.Add(HandoffStep.Hook, StepState.Failed, $"{hook.Name} ({hook.At.Word}) was not run: the agent's state on {Node} cannot be written: {e.Message}");
                continue;
            }
            await _hooks.RunAsync(hook, new HookMoment(order, ended.Role, hook.At, ended.Hooks, ended.Ending), timeline, _stopping.Token);
        }
    }

    /// <summary>Once S has moved, nothing is begun before the target votes with it; bounded, since it may be that which somebody has to be told.</summary>
    private async Task UntilVotedAsync(HandoffState ended)
    {
        if (ended is not { Ending: HandoffEnding.Completed, FirstVotedSlot: null })
        {
            return;
        }
        var since = time.GetTimestamp();
        while (!Voted() && time.GetElapsedTime(since) < FirstVoteWait)
        {
            await Task.Delay(FirstVoteLook, time, _stopping.Token);
        }

        // The source sees it on the link only, which has ended: then it waits for as long as it would have.
        bool Voted()
        {
            try
            {
                return ended is { Role: HandoffRole.Target, Receipt: { } receipt } && Target(RequireKeys()).FirstVoteAfter(receipt) is not null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or RecordRefusedException or OrderRefusedException)
            {
                return false;
            }
        }
    }

    /// <summary>The one time when a hook runs before S is settled: after half a minute without an ending, a person is what is missing. The tries go on beside it.</summary>
    private void CallAPerson(HandoffOrder order)
    {
        if (Handoff is { Hooks: HookUse.Run } handoff && _hooks.At(HookPoint.AfterEnding, handoff.Role).Count > 0)
        {
            KeepInBackground($"the hooks of handoff {order.Id}", _hooks.RunAsync(
                new HookMoment(order, handoff.Role, HookPoint.AfterEnding, HookUse.Run, HandoffEnding.NeedsOperator), TimelineOf(order), _stopping.Token));
        }
    }
}
