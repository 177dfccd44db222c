using Failover.Handoff;
using Failover.Hooks;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

public sealed partial class HandoffAgent
{
    private sealed record PreparedTarget(HandoffOrder Order, long At, HookUse Hooks);

    private PreparedTarget? _preparedTarget;

    // The order that the hooks before the commit have let go on. Set while the link renews the above, so it is not part of it.
    private HandoffOrder? _hooksRan;

    // When a source was last told that this node does not hold S; null: never in this life of the agent, and an earlier one cannot have said so a moment before.
    private long? _refusedAt;

    private TargetAnswer Said(TargetAnswer answer)
    {
        if (answer.Kind == AnswerKind.Refused)
        {
            _refusedAt = time.GetTimestamp();
        }
        return answer;
    }

    /// <summary>Serves a handoff link that a peer opened, until it ends.</summary>
    /// <param name="peer">The peer's name by its certificate.</param>
    public async Task ServePeerAsync(string peer, IPeerLink link, CancellationToken ct)
    {
        var permits = new IssuedPermits(time, config.Timings.PermitLife);
        using var sending = new SemaphoreSlim(1, 1);
        NodeFacts? facts = null;
        Task? firstVote = null;
        Task? hooks = null;
        HandoffOrder? opened = null;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, _stopping.Token);
        try
        {
            while (await NextAsync() is { } message)
            {
                switch (message)
                {
                    case OpenMessage open:
                        RequirePrepared(peer, open.Order);
                        opened = open.Order;
                        _preparedTarget = _preparedTarget! with { At = time.GetTimestamp() };
                        facts = await Observer.ObserveAsync(null, ct);
                        await SendAsync(new ReadyMessage(facts, permits.Issue()), ct);
                        break;
                    case PingMessage ping:
                        await SendAsync(new PongMessage(ping.Number, time.GetUtcNow(), permits.Issue()), ct);
                        break;
                    case RunHooksMessage run when hooks is null && facts is not null:
                        RequirePrepared(peer, run.Order);
                        // Meanwhile the link is kept warm.
                        hooks = RunTargetHooksAsync(run.Order, done => SendAsync(done, ending.Token), ending.Token);
                        break;
                    case HandOverMessage handOver when firstVote is null && facts is not null && HooksAllow(handOver.Order):
                        var answer = await PromoteAsync(peer, handOver, permits, facts);
                        await SendAsync(new AnswerMessage(answer), ct);
                        firstVote = answer.Kind == AnswerKind.Promoted
                            ? SayFirstVoteAsync(handOver, slot => SendAsync(new FirstVoteMessage(slot), ending.Token), ending.Token)
                            : Task.CompletedTask;
                        break;
                    case HandOverMessage when firstVote is null && facts is not null:
                        throw new OrderRefusedException(RefusalReason.WrongPhase, $"{Node} takes no record: its hooks before the commit have not let the handoff go on, or it is a dry run", "start a new handoff");
                    default:
                        throw new OrderRefusedException(RefusalReason.BadRequest, $"{peer} sent {message.GetType().Name} out of turn");
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await (hooks ?? Task.CompletedTask);
            await (firstVote ?? Task.CompletedTask);
            if (opened is not null)
            {
                await EndWithLinkAsync(opened);
            }
        }

        // Until it has said what it wants, a link is only a place that is taken.
        async Task<PeerMessage?> NextAsync()
        {
            if (facts is not null)
            {
                return await link.ReceiveAsync(ct);
            }
            using var limit = new CancellationTokenSource(config.Timings.LinkLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
            try
            {
                return await link.ReceiveAsync(either.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new OrderRefusedException(RefusalReason.BadRequest, $"{peer} opened a link and said nothing on it for {config.Timings.LinkLimit.TotalSeconds:0.#} s");
            }
        }

        // Pongs and the first vote come from two places; the link takes one writer at a time.
        async Task SendAsync(PeerMessage message, CancellationToken cancel)
        {
            await sending.WaitAsync(cancel);
            try
            {
                await link.SendAsync(message, cancel);
            }
            finally
            {
                sending.Release();
            }
        }
    }

    /// <summary>See <see cref="IPeer.WithdrawAsync"/>.</summary>
    public async Task<TargetAnswer> WithdrawAsync(string peer, HandoffOrder order, CancellationToken ct)
    {
        var keys = RequireKeys();
        RequireOwnOrder(order, HandoffRole.Target, keys);
        RequireFromSource(peer, order);
        RequireSmallJump(order);
        // Whoever asks waits for a sign of life, and a node that is being given S by hand must not be taken for a dead one.
        if (await TryEnterAsync(config.Timings.AskLimit / 2, ct) is not { } entered)
        {
            return Handoff is { Phase: HandoffPhase.Promoting } promoting && promoting.Order == order
                ? await WithdrawAfterAsync(order, keys, ct)
                : TargetAnswer.CannotTell($"{Node} is busy with another order just now");
        }
        using (entered)
        {
            return await WithdrawEnteredAsync(order, keys);
        }
    }

    /// <summary>A promotion by this very order is under way: its outcome is the answer.</summary>
    private async Task<TargetAnswer> WithdrawAfterAsync(HandoffOrder order, NodeKeys keys, CancellationToken ct)
    {
        using var entered = await EnterAsync(ct);
        return await WithdrawEnteredAsync(order, keys);
    }

    private async Task<TargetAnswer> WithdrawEnteredAsync(HandoffOrder order, NodeKeys keys)
    {
        var answer = Said(await Target(keys).WithdrawAsync(order));
        if (Handoff is { } handoff && handoff.Order == order)
        {
            EndTarget(order);
        }
        return answer;
    }

    /// <summary>See <see cref="IPeer.KeepAsideAsync"/>.</summary>
    public Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(string peer, IReadOnlyList<RecordBytes> records, CancellationToken ct) => WithStateAsync(() =>
    {
        var own = Records(RequireKeys());
        try
        {
            var verified = records.Select(own.Verify).ToList();
            foreach (var record in verified)
            {
                KeepAside(Path.Combine(config.StateFolder, $"aside-{peer}-{RecordFiles.Name(record.Kind, own.Identity)}"), record);
            }
            return Task.FromResult<IReadOnlyList<RecordSummary>>([.. verified.Select(record => record.Summary)]);
        }
        catch (RecordRefusedException e)
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, e.Message);
        }
    });

    /// <summary>A copy that was kept is only ever replaced by a newer one: messages may arrive late.</summary>
    private void KeepAside(string path, VotingRecord record)
    {
        if (disk.Stat(path) is not null
            && RecordVerifier.Verify(record.Kind, disk.Read(path, RecordVerifier.MaxVoteHistoryBytes), record.Identity).Record is { } kept
            && RecordComparison.Compare(record, kept) != RecordOrder.Newer)
        {
            return;
        }
        Disks.DurableFile.Replace(disk, path, record.Bytes.Span);
    }

    public async Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct)
    {
        try
        {
            var records = Records(RequireKeys()).ReadAll();
            return records.Count == 0
                ? throw new OrderRefusedException(RefusalReason.NotFound, $"{Node} has no voting record of S")
                : await peers.Get(peer).KeepAsideAsync([.. records.Select(record => new RecordBytes(record.Kind, record.Bytes))], ct);
        }
        catch (RecordRefusedException e)
        {
            throw new OrderRefusedException(RefusalReason.PreflightFailed, e.Message);
        }
        catch (AgentUnreachableException e)
        {
            throw new OrderRefusedException(RefusalReason.PeerFailed, e.Message);
        }
    }

    private async Task<PrepareReport> PrepareTargetAsync(HandoffOrder order, HookUse hooks, CancellationToken ct)
    {
        _preparedTarget = new PreparedTarget(order, time.GetTimestamp(), hooks);
        TimelineOf(order).Add(HandoffStep.Prepare, StepState.Note, $"{Node} is locked for the handoff from {order.Source}");
        var facts = await Observer.ObserveAsync(null, ct);
        if (facts.Holds == Identities.HeldIdentity.Unstaked && !config.StandbyFenced && !facts.VotersOwed)
        {
            try
            {
                // No method lists the voters; giving them is the only proof that they are there, and harmless with U.
                await validator.GiveVotersAndLookAsync(ct);
            }
            catch (ValidatorException e)
            {
                throw new OrderRefusedException(RefusalReason.ValidatorFailed, $"{Node}'s validator does not take its authorized voters: {e.Message}");
            }
        }
        return new PrepareReport(facts, null, [], null, null);
    }

    private async Task<TargetAnswer> PromoteAsync(string peer, HandOverMessage message, IssuedPermits permits, NodeFacts facts)
    {
        // Past this point the promotion is bounded by itself, not by the link that asked for it.
        using var entered = await EnterAsync(CancellationToken.None);
        RequireOwnOrder(message.Order, HandoffRole.Target, RequireKeys());
        RequireFromSource(peer, message.Order);
        RequireSmallJump(message.Order);
        var timeline = TimelineOf(message.Order);
        timeline.Add(HandoffStep.Promote, StepState.Started, $"{Node} takes S with the record to slot {message.Receipt.LastVotedSlot}");
        var answer = Said(await Target(RequireKeys()).PromoteAsync(message, permits.Use(message.PermitNonce), facts));
        timeline.Add(HandoffStep.Promote, answer.Kind == AnswerKind.Promoted ? StepState.Done : StepState.Failed, answer.Reason);
        Observer.Switched();
        if (answer.Kind != AnswerKind.Promoted && Handoff?.Order == message.Order)
        {
            EndTarget(message.Order);
        }
        return answer;
    }

    private async Task SayFirstVoteAsync(HandOverMessage message, Func<ulong, Task> send, CancellationToken ct)
    {
        try
        {
            var target = Target(RequireKeys());
            using var watch = Records(RequireKeys()).Watch();
            ulong? slot;
            while ((slot = target.FirstVoteAfter(message.Receipt)) is null)
            {
                await watch.NextAsync(ct);
            }
            TimelineOf(message.Order).Add(HandoffStep.FirstVote, StepState.Done, $"{Node}'s first vote with S is for slot {slot}");
            await send(slot.Value);
        }
        catch (Exception e) when (e is OperationCanceledException or AgentUnreachableException or OrderRefusedException or IOException or UnauthorizedAccessException or RecordRefusedException)
        {
            TimelineOf(message.Order).Add(HandoffStep.FirstVote, StepState.Note, $"the first vote could not be reported to {message.Order.Source}: {e.Message}");
        }
        using var entered = await EnterAsync(_stopping.Token);
        EndTarget(message.Order);
    }

    private void RequirePrepared(string peer, HandoffOrder order)
    {
        RequireFromSource(peer, order);
        if (Handoff is not { Role: HandoffRole.Target, Phase: HandoffPhase.Prepared } handoff || handoff.Order != order || !PreparedInMemory(order) || _preparing is not null || _preparedTarget is null)
        {
            throw new OrderRefusedException(RefusalReason.WrongPhase, $"{Node} is not prepared for handoff {order.Id}", "start a new handoff");
        }
    }

    private void RequireFromSource(string peer, HandoffOrder order)
    {
        if (order.Source != peer || order.Target != Node)
        {
            throw new OrderRefusedException(RefusalReason.BadRequest, $"{peer} gave an order from {order.Source} to {order.Target}");
        }
    }

    private LocalTarget Target(NodeKeys keys) => new(config, keys, validator, process, Records(keys), _link, Journal, _trust, Observer, bootId, time);

    private void EndTarget(HandoffOrder order)
    {
        if (Handoff is { Unfinished: false } handoff && handoff.Order == order)
        {
            Conclude(order);
            if (Journal.Current.VotersOwed)
            {
                KeepInBackground("giving the voters back", ReturnVotersAsync(Source(RequireKeys()), null));
            }
        }
    }
}
