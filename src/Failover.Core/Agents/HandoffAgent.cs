using System.Collections.Concurrent;
using Failover.Cluster;
using Failover.Disks;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Validators;
using Microsoft.Extensions.Logging;

namespace Failover.Agents;

/// <summary>
/// The agent without its network: what a coordinator may ask (<see cref="IAgent"/>) and what a peer may. Decisions about S are taken one at a time, under a
/// gate; the state file, not memory, decides what may be done.
/// </summary>
public sealed partial class HandoffAgent(
    NodeConfig config, IDisk disk, IValidator validator, ISolanaRpc rpc, IValidatorProcess process, IPeers peers, IHookPrograms programs, TimeProvider time,
    string bootId, ILoggerFactory loggers) : IAgent, IAsyncDisposable
{
    // A token counts handoffs: one that is this far ahead is a mistake, and taking it would leave no room above it.
    private const ulong MaxTokenJump = 1_000_000;

    private static readonly TimeSpan ResumeWait = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger<HandoffAgent>();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly IdentityLink _link = new(disk, config);
    private readonly AgentHistory _history = new(disk, config.StateFolder);
    private readonly Adoption _adoption = new(validator, rpc, time, config.Timings);
    private readonly RecordTrust _trust = new(rpc, config.VoteAccount);
    private readonly VoteHorizon _horizonByHand = new(rpc, config.VoteAccount);
    private readonly ConcurrentDictionary<HandoffId, Timeline> _timelines = new();
    private readonly ConcurrentDictionary<Task, byte> _background = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HookSequence _hooks = new(config, programs, time);

    private AgentJournal? _journal;
    private NodeObserver? _observer;
    private SourceSession? _source;

    public string Node => config.Node;

    private AgentJournal Journal => _journal ?? throw new InvalidOperationException("the agent has not started");

    private NodeObserver Observer => _observer ?? throw new InvalidOperationException("the agent has not started");

    private HandoffState? Handoff => Journal.Current.Handoff;

    public Task<NodeFacts> GetStatusAsync(CancellationToken ct) => Observer.ObserveAsync(Handoff is { } handoff ? OutcomeOf(handoff) : null, ct);

    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct) => Task.FromResult(_history.Read(most));

    public Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct) => WithStateAsync(async () =>
    {
        using var entered = await EnterAsync(ct);
        var state = RequireHandoff(handoff);
        switch (state.Phase)
        {
            case HandoffPhase.Prepared:
                await GiveUpAsync(state, "aborted before anything was changed");
                break;
            case HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming or HandoffPhase.Promoting:
                throw new OrderRefusedException(
                    RefusalReason.WrongPhase, $"handoff {handoff} is {state.Phase} on {Node}: it can only be carried to its ending now", "failover resume");
        }
        return OutcomeOf(RequireHandoff(handoff));
    });

    public Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct) => WithStateAsync(async () =>
    {
        if (assertion is not null && (!assertion.TargetIsFenced || string.IsNullOrWhiteSpace(assertion.Reason)))
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, "an operator's word says what it vouches for, and has a reason", "failover resume --target-is-fenced --reason \"…\"");
        }
        var state = RequireHandoff(handoff);
        if (assertion is not null)
        {
            Remember("override", $"handoff {handoff}: the operator vouches that {state.Order.Target} is fenced: {assertion.Reason}");
        }
        if (state.Role == HandoffRole.Target && state.Phase == HandoffPhase.Promoting)
        {
            using var entered = await EnterAsync(ct);
            await Target(RequireKeys()).SettleAsync(state.Order); // Looks again, behind the gate, whether there is something to settle.
            EndTarget(state.Order);
        }
        else if (_source is { Running: { } running } session && session.Order.Id == handoff)
        {
            if (running.IsFaulted)
            {
                using var entered = await EnterAsync(ct);
                if (_source is { Running.IsFaulted: true } && Handoff is { Role: HandoffRole.Source, Unfinished: true } open && open.Order == session.Order)
                {
                    CarryOn(open.Order);
                }
                (session, running) = (_source, _source.Running!);
            }
            session.Planned?.Again(assertion);
            await Task.WhenAny(running, Task.Delay(ResumeWait, time, ct));
        }
        return OutcomeOf(RequireHandoff(handoff));
    });

    public async IAsyncEnumerable<HandoffEvent> FollowAsync(
        HandoffId handoff, long fromSequence, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (_timelines.TryGetValue(handoff, out var timeline))
        {
            await foreach (var happened in timeline.FollowAsync(fromSequence, ct))
            {
                yield return happened;
            }
            yield break;
        }
        var past = _history.Read(1000).FirstOrDefault(entry => entry.Outcome?.Order.Id == handoff)
            ?? throw new OrderRefusedException(RefusalReason.NotFound, $"{Node} does not know handoff {handoff}", "failover history");
        foreach (var happened in past.Events.Where(happened => happened.Sequence >= fromSequence))
        {
            yield return happened;
        }
    }

    /// <summary>Waits until no handoff is in its commit phase, so that a stop of the service does not cut through one.</summary>
    public async Task StopAsync(CancellationToken limit)
    {
        try
        {
            using (await EnterAsync(limit))
            {
                if (_source is { } prepared)
                {
                    await ReleaseSourceAsync(prepared.Order, "the agent stops");
                }
            }
            if (_source is { Running: { } running, Planned: not null })
            {
                await Task.WhenAny(running, Task.Delay(Timeout.InfiniteTimeSpan, time, limit));
            }
            await Task.WhenAny(_afterHooks, Task.Delay(Timeout.InfiniteTimeSpan, time, limit));
        }
        finally
        {
            await _stopping.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_source is { } session)
        {
            await session.DisposeAsync();
        }
        _stopping.Dispose();
        _hooks.Dispose();
        _gate.Dispose();
    }

    private HandoffOutcome OutcomeOf(HandoffState state)
    {
        var needs = _source is { } session && session.Order == state.Order && state.Phase != HandoffPhase.Ended ? session.Planned?.NeedsOperator : null;
        return new HandoffOutcome(state.Order, state.Phase, needs is null ? state.Ending : HandoffEnding.NeedsOperator, needs?.Text ?? TextOf(state), needs?.NextCommand ?? "")
        {
            Receipt = state.Receipt,
            FirstVotedSlot = state.FirstVotedSlot,
            VoteGap = state.VoteGap,
        };
    }

    private static string TextOf(HandoffState state) => (state.Role, state.Ending) switch
    {
        (_, HandoffEnding.Completed) => $"{state.Order.Target} holds the staked identity, {state.Order.Source} is a standby. {state.Text}",
        (_, HandoffEnding.WentBack) => $"{state.Order.Source} has the staked identity back, {state.Order.Target} does not hold it. {state.Text}",
        (HandoffRole.Target, HandoffEnding.Unchanged) => $"{state.Order.Target} refused and is a standby; {state.Order.Source} says how it ended. {state.Text}",
        (_, HandoffEnding.Unchanged) => $"{state.Order.Source} is active as before, {state.Order.Target} is a standby. {state.Text}",
        _ => state.Text,
    };

    private NodeKeys RequireKeys()
    {
        try
        {
            return NodeKeys.Read(disk, config);
        }
        catch (KeypairFileException e)
        {
            throw new OrderRefusedException(RefusalReason.PreflightFailed, e.Message);
        }
    }

    private void RequireOwnOrder(HandoffOrder order, HandoffRole role, NodeKeys keys)
    {
        var self = role == HandoffRole.Source ? order.Source : order.Target;
        var other = role == HandoffRole.Source ? order.Target : order.Source;
        if (order.StakedIdentity != keys.Staked || order.VoteAccount != config.VoteAccount)
        {
            throw new OrderRefusedException(
                RefusalReason.WrongCluster, $"the order is about {order.StakedIdentity} and vote account {order.VoteAccount}; {Node} has {keys.Staked} and {config.VoteAccount}");
        }
        if (role == HandoffRole.Unknown || self != Node || other == Node || order.Token.Value == 0)
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, $"the order (from {order.Source} to {order.Target}, token {order.Token}) gives {Node} no role as {role}");
        }
        peers.Get(other);
    }

    private void RequireSmallJump(HandoffOrder order)
    {
        if (order.Token.Value - Math.Min(order.Token.Value, Journal.Current.HighestToken.Value) > MaxTokenJump)
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, $"the fencing token {order.Token} is too far above {Journal.Current.HighestToken}");
        }
    }

    private HandoffState RequireHandoff(HandoffId handoff) =>
        Handoff is { } state && state.Order.Id == handoff
            ? state
            : throw new OrderRefusedException(
                RefusalReason.NotFound, $"the last handoff that {Node} knows is {Handoff?.Order.Id.ToString() ?? "none"}, not {handoff}", "failover history");

    /// <summary>A state file that cannot be written is an answer for the operator, not a bug.</summary>
    private async Task<T> WithStateAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OrderRefusedException(
                RefusalReason.StateDamaged, $"{Node}'s agent cannot write its state: {e.Message}", $"make room or correct the permissions of {config.StateFolder} on {Node}");
        }
    }

    private Timeline TimelineOf(HandoffOrder order)
    {
        foreach (var old in _timelines.Keys.Where(id => id != order.Id && id != Handoff?.Order.Id).ToList())
        {
            if (_timelines.Count > 16)
            {
                _timelines.TryRemove(old, out _);
            }
        }
        return _timelines.GetOrAdd(order.Id, id => new Timeline(id, Node, time, loggers.CreateLogger<Timeline>()));
    }

    /// <summary>Ends the timeline with the outcome and writes it into the history, once.</summary>
    private void EndTimeline(HandoffOrder order)
    {
        var timeline = TimelineOf(order);
        if (timeline.Events is [.., { Step: HandoffStep.End, State: StepState.Done or StepState.Failed }])
        {
            return;
        }
        var outcome = OutcomeOf(Handoff!.Order == order ? Handoff : throw new InvalidOperationException($"{order.Id} was replaced by {Handoff.Order.Id} before it ended"));
        timeline.Add(HandoffStep.End, outcome.Ending is HandoffEnding.Completed or HandoffEnding.Unchanged ? StepState.Done : StepState.Failed, outcome.Text, outcome);
        Remember("handoff", outcome.Text, outcome, timeline.Events);
    }

    private void Remember(string kind, string text, HandoffOutcome? outcome = null, IReadOnlyList<HandoffEvent>? events = null)
    {
        try
        {
            _history.Add(new HistoryEntry(time.GetUtcNow(), kind, text, outcome, events ?? []));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogHistoryNotWritten(e, kind, text);
        }
    }

    /// <summary>Keeps a task that nobody awaits; a failure that it did not handle itself is a bug and is said so.</summary>
    private void KeepInBackground(string what, Task task)
    {
        _background.TryAdd(task, 0);
        _ = WatchAsync();

        async Task WatchAsync()
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The agent stops; what is written down is carried on at its next start.
            }
            catch (Exception e)
            {
                LogBackgroundFailed(e, what);
            }
            finally
            {
                _background.TryRemove(task, out _);
            }
        }
    }

    /// <summary>Null when the gate does not open in time.</summary>
    private async Task<Entered?> TryEnterAsync(TimeSpan longest, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            return await EnterAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Entered> EnterAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        return new Entered(_gate);
    }

    private sealed class Entered(SemaphoreSlim gate) : IDisposable
    {
        private bool _held = true;

        /// <summary>Lets others in while something goes on that takes long. Whatever was known before has to be looked at again.</summary>
        public async Task OutsideAsync(Func<Task> act)
        {
            Dispose();
            try
            {
                await act();
            }
            finally
            {
                await gate.WaitAsync(CancellationToken.None);
                _held = true;
            }
        }

        public void Dispose()
        {
            if (_held)
            {
                _held = false;
                gate.Release();
            }
        }
    }

    [LoggerMessage(2001, LogLevel.Error, "The history entry {Kind} ({Text}) could not be written")]
    private partial void LogHistoryNotWritten(Exception e, string kind, string text);

    [LoggerMessage(2002, LogLevel.Critical, "{What} failed in a way that nobody foresaw; restart the agent to carry on from its state file")]
    private partial void LogBackgroundFailed(Exception e, string what);

    [LoggerMessage(2003, LogLevel.Warning, "{Text}")]
    private partial void LogSafeStart(string text);
}
