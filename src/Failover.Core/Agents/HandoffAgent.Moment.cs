using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Agents;

/// <summary>From the order to commit to the moment at which the source begins to let go: nothing has changed yet, and everything here can still be given up.</summary>
public sealed partial class HandoffAgent
{
    /// <summary>Returns at a moment that suits, with the hooks before the commit behind it and every check passed just now.</summary>
    private async Task ComeToTheMomentAsync(SourceSession session, CommitOptions options, Timeline timeline)
    {
        if (options.OverrideReason.Length > 0)
        {
            Remember("override", $"handoff {session.Order.Id}: no restart window is waited for: {options.OverrideReason}");
        }
        // A source that does not run has no leader slot to lose and cannot tell.
        var window = options.MinIdleTime > TimeSpan.Zero && session.Report!.Facts.ProcessRunning != false
            ? new RestartWindow(rpc, session.Order.StakedIdentity, options, time, config.Timings)
            : null;
        await WaitForWindowAsync(session, window, options, timeline);
        if (await RunHooksBeforeCommitAsync(session, timeline))
        {
            // They took their time, and the window may be over.
            await WaitForWindowAsync(session, window, options, timeline);
        }
        // The preflight may be minutes old by now: decide on what is true at this moment.
        var facts = await Observer.ObserveAsync(null, session.Aborted.Token);
        await session.Link!.RefreshAsync(facts, session.Aborted.Token);
        session.Report = Check(session, facts);
        if (!session.Report.Passes)
        {
            throw new OrderRefusedException(
                RefusalReason.PreflightFailed, string.Join("; ", session.Report.Checks.Where(check => check.Outcome == CheckOutcome.Fails).Select(check => $"{check.Name}: {check.Seen}")));
        }
        SayWhatIsSkipped(facts, session.Order, timeline);
    }

    private async Task WaitForWindowAsync(SourceSession session, RestartWindow? window, CommitOptions options, Timeline timeline)
    {
        if (window is not null)
        {
            await timeline.StepAsync(HandoffStep.WaitForWindow, $"a restart window of {RestartWindow.IdleSlots(options.MinIdleTime)} slots is wanted", async () =>
            {
                var open = "";
                await KeepPreparedAsync(session, async ct => open = await window.WaitAsync(
                    (said, rest) => timeline.Add(HandoffStep.WaitForWindow, StepState.Note, said, rest: rest), ct), "waiting for the window");
                return (0, open);
            });
        }
    }

    /// <summary>Keeps the target prepared for as long as the source really waits. What is waited for is given up when the link breaks, or when the handoff is aborted.</summary>
    private async Task KeepPreparedAsync(SourceSession session, Func<CancellationToken, Task> wait, string doing)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(session.Aborted.Token);
        var waited = wait(waiting.Token);
        try
        {
            while (await Task.WhenAny(waited, session.Link!.Broken, Task.Delay(config.Timings.PrepareLife / 3, time, waiting.Token)) != waited)
            {
                if (session.Link.Broken.IsCompleted)
                {
                    throw new AgentUnreachableException(session.Order.Target, $"the link to {session.Order.Target} broke while {doing}");
                }
                await session.Link.RefreshAsync(session.Report!.Facts, waiting.Token);
            }
        }
        catch
        {
            await waiting.CancelAsync();
            // Nothing of it goes on behind the back of what follows; why it ended is known already.
            await Task.WhenAny(waited);
            throw;
        }
        await waited;
    }

    private static void SayWhatIsSkipped(NodeFacts source, HandoffOrder order, Timeline timeline)
    {
        if (source.ProcessedSlot is { } now && source.NextLeaderSlots.Where(slot => slot > now && slot - now <= RestartWindow.UntilRooted).ToList() is { Count: > 0 } skipped)
        {
            timeline.Add(HandoffStep.WaitForWindow, StepState.Note,
                $"{skipped.Count} leader {(skipped.Count == 1 ? "slot" : "slots")} ({string.Join(", ", skipped)}) will be skipped: {order.Target} does not lead until its first votes are rooted, {RestartWindow.UntilRooted} slots from now");
        }
    }

    private async Task LeaveUnchangedAsync(SourceSession session, Timeline timeline, Exception failure)
    {
        var why = failure switch
        {
            OperationCanceledException => "given up before anything was changed",
            HookFailedException hook => $"{hook.Message}. Next: {hook.Remedy}",
            _ => failure.Message,
        };
        if (failure is not (HandoffStepException or HookFailedException))
        {
            timeline.Add(HandoffStep.WaitForWindow, StepState.Failed, why);
        }
        while (!await TryEndUnchangedAsync(session.Order, why))
        {
            await Task.Delay(config.Timings.RetryPause, time, _stopping.Token);
        }
        await session.DisposeAsync();
    }

    /// <summary>False while the state cannot be written: the failed write may have been the very one that announced the demotion.</summary>
    private async Task<bool> TryEndUnchangedAsync(HandoffOrder order, string why)
    {
        using var entered = await EnterAsync(CancellationToken.None);
        try
        {
            if (Handoff is { Phase: HandoffPhase.Prepared } state && state.Order == order)
            {
                EndUnchanged(order, why);
            }
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
