using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Agents;

public sealed partial class HandoffAgent
{
    /// <summary>
    /// Compares state file, link, process and validator, and goes to the safe side; carries on a handoff that was interrupted. Call once, before any order is
    /// taken. Returns when the node is safe; what is still to be asked of a peer goes on in the background until the agent stops.
    /// </summary>
    /// <exception cref="OrderRefusedException">The state file cannot be relied on: the agent must not start.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        _journal = AgentJournal.Open(disk, config.StateFolder);
        _observer = new NodeObserver(config, disk, validator, process, rpc, _link, _journal, time, programs);
        var state = _journal.Current;
        if (LetGo(state))
        {
            // Before anything that can fail or wait: a validator that starts in this moment must come up unstaked.
            PointLinkToUnstaked();
        }
        if (state.HighestToken.Value > 0)
        {
            // The life before this one may have refused some order a moment before it ended.
            _refusedAt = time.GetTimestamp();
        }
        Remember("start", $"agent {config.AgentVersion} started; its last word is {state.Promised}, its last handoff {state.Handoff?.Order.Id.ToString() ?? "none"} is {state.Handoff?.Phase.ToString() ?? "unknown"}");
        if (!await LearnAsync(ct))
        {
            KeepInBackground("looking for the validator", KeepLearningAsync());
        }
        switch (state.Handoff)
        {
            case { Role: HandoffRole.Source, Phase: HandoffPhase.Prepared } prepared:
                EndUnchanged(prepared.Order, "the agent was restarted before anything was changed");
                break;
            case { Role: HandoffRole.Source, Phase: HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming } interrupted:
                if (interrupted.Phase == HandoffPhase.HandedOver)
                {
                    await StandDownAsync(ct);
                }
                CarryOn(interrupted.Order);
                break;
            case { Role: HandoffRole.Target, Phase: HandoffPhase.Prepared } prepared:
                // Its permits are gone with the old process, so it can never be carried out: said now, so that nobody waits for it.
                Journal.Write(prepared.Order, (before, handoff) => before with
                {
                    Handoff = handoff with { Phase = HandoffPhase.Refused, Ending = HandoffEnding.Unchanged, Text = "the agent was restarted before the promotion began" },
                });
                EndTarget(prepared.Order);
                break;
            case { Role: HandoffRole.Target, Phase: HandoffPhase.Promoting } promoting:
                await Target(RequireKeys()).SettleAsync(promoting.Order);
                EndTarget(promoting.Order);
                break;
            case { Unfinished: false } ended:
                FinishHooks(ended);
                break;
        }
        if (Journal.Current is { Promised: PromisedRole.Standby, Handoff: not { Unfinished: true } or { Phase: HandoffPhase.Prepared } })
        {
            await StandDownAsync(ct);
        }
        else if (Journal.Current is { VotersOwed: true, Handoff: not { Unfinished: true } })
        {
            KeepInBackground("giving the voters back", ReturnVotersAsync(Source(RequireKeys()), null));
        }
    }

    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(2);

    /// <summary>Whether this node's last word is that it let S go, or is about to.</summary>
    internal static bool LetGo(AgentState state) => state.Handoff switch
    {
        { Role: HandoffRole.Source, Phase: HandoffPhase.Demoting or HandoffPhase.HandedOver } => true,
        { Role: HandoffRole.Target, Phase: HandoffPhase.Promoting } => true,
        _ => state.Promised == PromisedRole.Standby,
    };

    private void PointLinkToUnstaked()
    {
        try
        {
            if (_link.PointsTo() == HeldIdentity.Staked)
            {
                _link.PointTo(HeldIdentity.Unstaked);
                Note($"the identity link pointed to the staked identity although {Node} let it go; it points to the unstaked one now");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note($"the identity link could not be repointed to the unstaked identity: {e.Message}");
        }
    }

    /// <summary>
    /// A validator that runs with S although this node let it go is demoted at once; one that cannot be asked is looked at again until it can. Then the voters that
    /// are owed go back.
    /// </summary>
    private async Task StandDownAsync(CancellationToken ct)
    {
        if (!await StoodDownAsync(ct))
        {
            KeepInBackground("standing down", KeepStandingDownAsync());
        }
        else if (Journal.Current.VotersOwed)
        {
            KeepInBackground("giving the voters back", ReturnVotersAsync(Source(RequireKeys()), null));
        }
    }

    private async Task KeepStandingDownAsync()
    {
        do
        {
            await Task.Delay(config.Timings.RetryPause, time, _stopping.Token);
        }
        while (!await StoodDownAsync(_stopping.Token));
        if (Journal.Current.VotersOwed)
        {
            await ReturnVotersAsync(Source(RequireKeys()), null);
        }
    }

    /// <summary>True when there is nothing (any more) to stand down from. Under the gate, since a reclaim or a promotion may have made S right again meanwhile.</summary>
    private async Task<bool> StoodDownAsync(CancellationToken ct)
    {
        using var entered = await EnterAsync(ct);
        if (!LetGo(Journal.Current))
        {
            return true;
        }
        PointLinkToUnstaked();
        return await TryStandDownAsync(ct);
    }

    /// <summary>True when the validator provably does not hold S.</summary>
    private async Task<bool> TryStandDownAsync(CancellationToken ct)
    {
        try
        {
            if (process.Find() is null)
            {
                return true;
            }
            var keys = RequireKeys();
            if (await validator.ReadIdentityAsync(ct) != keys.Staked)
            {
                return true;
            }
            Note($"{Node}'s validator runs with S although the node let it go: it is demoted now");
            Journal.Write(state => state with { VotersOwed = true });
            await validator.StopVotersAsync(ct);
            await validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, ct);
            return await validator.ReadIdentityAsync(ct) == keys.Unstaked;
        }
        catch (ValidatorException e) when (e.Failure == ValidatorFailure.StartingUp)
        {
            return false; // Asked again once it has started; it came up by the link, which points to U.
        }
        catch (Exception e) when (e is ValidatorException or OrderRefusedException or IOException or UnauthorizedAccessException)
        {
            LogSafeStart($"{Node}'s validator cannot be asked for its identity yet: {e.Message}");
            return false;
        }
    }

    private async Task KeepLearningAsync()
    {
        do
        {
            await Task.Delay(LookPause, time, _stopping.Token);
        }
        while (!await LearnAsync(_stopping.Token));
    }

    /// <summary>
    /// Sees that the validator runs, and, on a node that has no last word yet, takes down that it is the active one when its validator and its link both say so: should the
    /// validator die, its identity can then be handed over from its disk. False while there is still something to learn.
    /// </summary>
    private async Task<bool> LearnAsync(CancellationToken ct)
    {
        if (!Observer.SeeProcess())
        {
            return false;
        }
        if (Journal.Current is not { Promised: PromisedRole.Unknown, Handoff: null })
        {
            return true;
        }
        try
        {
            if (RequireKeys().Which(await validator.ReadIdentityAsync(ct)) == HeldIdentity.Staked && _link.PointsTo() == HeldIdentity.Staked)
            {
                Journal.Write(state => state is { Promised: PromisedRole.Unknown, Handoff: null } ? state with { Promised = PromisedRole.Active } : state);
                Remember("start", $"{Node}'s validator holds S: the node is the active one");
            }
            return true;
        }
        catch (Exception e) when (e is ValidatorException or OrderRefusedException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void CarryOn(HandoffOrder order)
    {
        var timeline = TimelineOf(order);
        timeline.Add(HandoffStep.Prepare, StepState.Note, $"the agent was restarted in the middle of the handoff, which is {Handoff!.Phase}: it is carried to its ending");
        var session = new SourceSession(order, Source(RequireKeys()), null, null, HookUse.Run, time.GetTimestamp());
        session.Planned = Planned(session, timeline);
        _source = session;
        session.Running = FinishSourceAsync(session, timeline, session.Planned.RecoverAsync());
        KeepInBackground($"handoff {order.Id}", session.Running);
    }

    private void Note(string text)
    {
        LogSafeStart(text);
        Remember("start", text);
    }
}
