using Failover.Agents;
using Failover.Hooks;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>
/// The target as the source's agent sees it: the link that prepare opened and keeps warm, and the question that settles what became of an order.
/// </summary>
public sealed class RemoteTarget : IAsyncDisposable
{
    private readonly IPeer _peer;
    private readonly IPeerLink _link;
    private readonly HandoffOrder _order;
    private readonly TimeProvider _time;
    private readonly HandoffTimings _timings;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource<TargetAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ulong> _firstVote = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HooksDoneMessage> _hooksDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _measured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TaskCompletionSource<ReadyMessage> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Ping? _ping;
    private volatile ReceivedPermit? _permit;
    private int _pongs;

    // The first round trips warm the path; these many make a measurement.
    private const int PongsToMeasure = 5;

    private sealed record Ping(long Number, long SentAt)
    {
        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private RemoteTarget(IPeer peer, IPeerLink link, HandoffOrder order, TimeProvider time, HandoffTimings timings)
    {
        _peer = peer;
        _link = link;
        _order = order;
        _time = time;
        _timings = timings;
    }

    public NodeFacts Facts { get; private set; } = null!;

    /// <summary>The fastest round trip seen.</summary>
    public TimeSpan RoundTrip { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Target's wall clock minus the source's, from the fastest round trip.</summary>
    public TimeSpan ClockOffset { get; private set; }

    /// <summary>Whether the link stands and a permit that can still be counted on is at hand.</summary>
    public bool Ready => !_broken.Task.IsCompleted && _permit is { Good: true };

    /// <summary>Throws, with nothing sent, unless <see cref="Ready"/>.</summary>
    public void RequireReady()
    {
        if (!Ready)
        {
            throw new HandoffStepException(HandoffStep.HandOver, Effect.None, $"the link to {_peer.Node} is down, or its permit has run out: nothing was sent");
        }
    }

    /// <summary>Completes when the link has ended, for whatever reason; never fails.</summary>
    public Task Broken => _broken.Task;

    /// <summary>The slot of the target's first vote; cancelled when the link ends before.</summary>
    public Task<ulong> FirstVote => _firstVote.Task;

    /// <summary>Opens the link, tells the target the order, and measures; bounded, also when the other side falls silent.</summary>
    public static async Task<RemoteTarget> OpenAsync(
        IPeer peer, HandoffOrder order, NodeFacts facts, TimeProvider time, HandoffTimings timings, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(timings.LinkLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var target = new RemoteTarget(peer, await peer.OpenAsync(either.Token), order, time, timings);
        try
        {
            var reading = target.ReadAsync();
            await target.RefreshAsync(facts, ct);
            var pinging = target.PingAsync();
            await Task.WhenAny(target._measured.Task, target.Broken).WaitAsync(either.Token);
            return target.Ready
                ? target
                : throw new AgentUnreachableException(peer.Node, $"the link to {peer.Node} broke while it was measured");
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>Exchanges facts again, so that a decision rests on fresh ones.</summary>
    public async Task RefreshAsync(NodeFacts facts, CancellationToken ct)
    {
        _ready = new TaskCompletionSource<ReadyMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var limit = new CancellationTokenSource(_timings.LinkLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        await SendAsync(new OpenMessage(_order, facts), either.Token);
        await Task.WhenAny(_ready.Task, Broken).WaitAsync(either.Token);
        Facts = _ready.Task.IsCompletedSuccessfully
            ? (await _ready.Task).Facts
            : throw new AgentUnreachableException(_peer.Node, $"{_peer.Node} closed the link instead of answering");
    }

    /// <summary>The hooks that the target has to run before the commit.</summary>
    public IReadOnlyList<HookFacts> HooksBeforeCommit => [.. Facts.Hooks.Where(hook => hook.At == HookPoint.BeforeCommit && hook.RunsAs(HandoffRole.Target))];

    /// <summary>Has the target run its hooks before the commit; bounded by their time limits.</summary>
    /// <exception cref="HookFailedException">One that must succeed did not.</exception>
    public async Task RunHooksAsync(CancellationToken ct)
    {
        var longest = HooksBeforeCommit.Aggregate(_timings.LinkLimit, (sum, hook) => sum + hook.TimeLimit + Hook.KillGrace);
        using var limit = new CancellationTokenSource(longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        await SendAsync(new RunHooksMessage(_order), either.Token);
        try
        {
            await Task.WhenAny(_hooksDone.Task, Broken).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new AgentUnreachableException(_peer.Node, $"{_peer.Node} did not say within {longest.TotalSeconds:0.#} s that its hooks have run");
        }
        var done = _hooksDone.Task.IsCompletedSuccessfully
            ? await _hooksDone.Task
            : throw new AgentUnreachableException(_peer.Node, $"the link to {_peer.Node} broke while its hooks ran");
        if (done.Failure.Length > 0)
        {
            throw new HookFailedException(done.Failure, done.Remedy);
        }
    }

    /// <summary>
    /// Steps 6 to 9: sends record, receipt and permit in one message, once, and waits for the answer. Silence, a broken link and every error mean that it is not known what
    /// happened there.
    /// </summary>
    public async Task<TargetAnswer> HandOverAsync(SealedRecords records)
    {
        RequireReady();
        // The target kills a promotion that hangs; past that bound there is nothing more to wait for on this link.
        using var limit = new CancellationTokenSource(_timings.PermitLife + (2 * _timings.PromotionLimit), _time);
        await SendAsync(
            new HandOverMessage(_order, _permit!.Nonce, records.Receipt, [.. records.Records.Select(record => new RecordBytes(record.Kind, record.Bytes))]),
            limit.Token);
        try
        {
            await Task.WhenAny(_answer.Task, Broken).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new HandoffStepException(HandoffStep.HandOver, Effect.Unknown, $"{_peer.Node} did not answer in time");
        }
        return _answer.Task.IsCompletedSuccessfully
            ? await _answer.Task
            : throw new HandoffStepException(HandoffStep.HandOver, Effect.Unknown, $"the link to {_peer.Node} broke before it answered");
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _link.DisposeAsync();
        _broken.TrySetResult();
        _firstVote.TrySetCanceled();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _link.ReceiveAsync(_closing.Token) is { } message)
            {
                Take(message);
            }
        }
        catch (Exception e) when (e is AgentUnreachableException or OrderRefusedException or OperationCanceledException)
        {
            _ready.TrySetException(e);
        }
        finally
        {
            _broken.TrySetResult();
            _firstVote.TrySetCanceled();
        }
    }

    private void Take(PeerMessage message)
    {
        switch (message)
        {
            case ReadyMessage ready:
                _permit = new ReceivedPermit(ready.Permit, _time, _timings.PermitMargin);
                _ready.TrySetResult(ready);
                break;
            case PongMessage pong:
                _permit = new ReceivedPermit(pong.Permit, _time, _timings.PermitMargin);
                if (_ping is { } ping && ping.Number == pong.Number)
                {
                    Measure(ping, pong);
                }
                break;
            case HooksDoneMessage done:
                _hooksDone.TrySetResult(done);
                break;
            case AnswerMessage answer:
                _answer.TrySetResult(answer.Answer);
                break;
            case FirstVoteMessage vote:
                _firstVote.TrySetResult(vote.Slot);
                break;
            default:
                break; // Nothing that a target says; it changes nothing.
        }
    }

    private void Measure(Ping ping, PongMessage pong)
    {
        var roundTrip = _time.GetElapsedTime(ping.SentAt);
        if (roundTrip < RoundTrip)
        {
            RoundTrip = roundTrip;
            ClockOffset = pong.WallClock - (_time.GetUtcNow() - (roundTrip / 2));
        }
        if (++_pongs == PongsToMeasure)
        {
            _measured.TrySetResult();
        }
        ping.Answered.TrySetResult();
    }

    private async Task PingAsync()
    {
        try
        {
            for (var number = 1L; !Broken.IsCompleted; number++)
            {
                var ping = _ping = new Ping(number, _time.GetTimestamp());
                await SendAsync(new PingMessage(number), _closing.Token);
                // Until the measurement stands, one after the other as fast as they are answered; then in peace.
                await (_measured.Task.IsCompleted
                    ? Task.Delay(_timings.PingInterval, _time, _closing.Token)
                    : Task.WhenAny(ping.Answered.Task, Broken));
            }
        }
        catch (Exception e) when (e is AgentUnreachableException or OperationCanceledException or ObjectDisposedException)
        {
            _broken.TrySetResult();
        }
    }

    private async Task SendAsync(PeerMessage message, CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            await _link.SendAsync(message, ct);
        }
        finally
        {
            _sending.Release();
        }
    }
}
