using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Agents;

/// <summary>Locks the node for a handoff, and lets it go again.</summary>
public sealed partial class HandoffAgent
{
    public Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, HookUse hooks, CancellationToken ct) => WithStateAsync(async () =>
    {
        using var entered = await EnterAsync(ct);
        var keys = RequireKeys();
        RequireOwnOrder(order, role, keys);
        if (hooks == HookUse.Unknown)
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, "a prepare says whether it is a handoff or a dry run");
        }
        if (Handoff is { } known && known.Order.Id == order.Id && known.Order != order)
        {
            throw new OrderRefusedException(RefusalReason.OrderDiffers, $"{Node} knows handoff {order.Id} with other content", "start a new handoff");
        }
        if (Handoff is { } same && same.Order == order)
        {
            if (same.Phase != HandoffPhase.Prepared || same.Role != role || _preparing is not null || !PreparedInMemory(order))
            {
                throw new OrderRefusedException(RefusalReason.WrongPhase, $"handoff {order.Id} is {same.Phase} on {Node} and cannot be prepared again", "start a new handoff");
            }
            return await PrepareEnteredAsync(order, role, hooks, keys, ct);
        }
        RequireNew(order);
        await LapseAsync();
        while (!_afterHooks.IsCompleted)
        {
            // What follows the last handoff comes before anything of the next one.
            await entered.OutsideAsync(() => Task.WhenAny(_afterHooks).WaitAsync(ct));
            RequireNew(order);
        }
        Journal.Write(state => (state with { HighestToken = order.Token }).WithHandoff(
            new HandoffState(order, role, HandoffPhase.Prepared, bootId) { Hooks = _hooks.Any ? hooks : HookUse.Unknown }));
        return _hooks.Any && hooks != HookUse.Skip
            ? await PrepareWithHooksAsync(entered, order, role, hooks, keys, ct)
            : await PrepareEnteredAsync(order, role, hooks, keys, ct);
    });

    private Task<PrepareReport> PrepareEnteredAsync(HandoffOrder order, HandoffRole role, HookUse hooks, NodeKeys keys, CancellationToken ct) =>
        role == HandoffRole.Source ? PrepareSourceAsync(order, hooks, keys, ct) : PrepareTargetAsync(order, hooks, ct);

    private void RequireNew(HandoffOrder order)
    {
        RequireUnlocked();
        RequireSmallJump(order);
        if (order.Token <= Journal.Current.HighestToken)
        {
            throw new OrderRefusedException(
                RefusalReason.StaleToken, $"{Node} has seen the fencing token {Journal.Current.HighestToken}; {order.Token} is not above it", "start a new handoff");
        }
    }

    private void RequireUnlocked()
    {
        if (_source is { Running.IsCompleted: false, Planned: not null } finishing && !Handoff!.Unfinished)
        {
            throw new OrderRefusedException(
                RefusalReason.Locked, $"{Node} is finishing handoff {finishing.Order.Id}: it waits for {finishing.Order.Target}'s first vote and gives its own voters back", "wait a moment and try again");
        }
        if (Handoff is not { Unfinished: true } other || (other.Phase == HandoffPhase.Prepared && !PreparedInMemory(other.Order)))
        {
            return;
        }
        throw new OrderRefusedException(
            RefusalReason.Locked, $"{Node} is locked by handoff {other.Order.Id} from {other.Order.Source} to {other.Order.Target}, which is {other.Phase}",
            other.Phase == HandoffPhase.Prepared ? "wait for it, or: failover abort" : "failover resume");
    }

    /// <summary>A prepare holds only as long as this process lives and somebody goes on in time: nothing has changed, so nothing is lost when it lapses.</summary>
    private bool PreparedInMemory(HandoffOrder order) =>
        (_preparing is not null && Handoff?.Order == order)
        || (_source is { } session && session.Order == order && (session.Running is { IsCompleted: false } || time.GetElapsedTime(session.PreparedAt) < config.Timings.PrepareLife))
        || (_preparedTarget is { } prepared && prepared.Order == order && time.GetElapsedTime(prepared.At) < config.Timings.PrepareLife);

    /// <summary>Ends a prepare that nobody went on with, so that whoever follows it hears so.</summary>
    private async Task LapseAsync()
    {
        if (Handoff is not { Phase: HandoffPhase.Prepared } lapsed)
        {
            return;
        }
        await GiveUpAsync(lapsed, "nobody went on with it in time");
    }

    /// <summary>Ends a prepare that has changed nothing, with whatever of it still goes on.</summary>
    private async Task GiveUpAsync(HandoffState prepared, string why)
    {
        if (_preparing is { } preparing)
        {
            await preparing.CancelAsync();
        }
        await ReleaseSourceAsync(prepared.Order, why);
        if (prepared.Role == HandoffRole.Source)
        {
            EndUnchanged(prepared.Order, why);
        }
        else
        {
            _preparedTarget = null;
            await Target(RequireKeys()).WithdrawAsync(prepared.Order);
            EndTarget(prepared.Order);
        }
    }
}
