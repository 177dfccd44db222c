using Failover.Agents;
using Failover.Cluster;
using Failover.Examinations;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>What sealing yields: the receipt and the records it speaks of.</summary>
public sealed record SealedRecords(Receipt Receipt, IReadOnlyList<VotingRecord> Records);

/// <summary>
/// What the source's agent does to its own node: let S go, seal, take S back, and give the voters back. Each method can be called again after a crash in the
/// middle of it. All throw; the caller decides.
/// </summary>
public sealed partial class LocalSource(
    NodeConfig config, NodeKeys keys, IValidator validator, IValidatorProcess process, ISolanaRpc rpc, NodeRecords records, IdentityLink link,
    Adoption adoption, RecordTrust trust, TimeProvider time) : IDisposable
{
    private RecordWatch? _watch;
    private bool _running;
    private long _quietSince;

    // Of the validator, when its voting was stopped: nothing that it cast is for a later slot. Null when it did not say, and without a fence, where nobody knows.
    private Task<ulong?> _processedAtFence = Task.FromResult<ulong?>(null);

    /// <summary>When the last vote was seen to be stored, by the injected clock; null when none was seen.</summary>
    public long? LastVoteAt { get; private set; }

    /// <summary>Step 2. First of all effects: from here a restarted validator comes up unstaked.</summary>
    public string RelinkToUnstaked()
    {
        link.PointTo(HeldIdentity.Unstaked);
        // A process that starts from now on comes up with U, so one look after the link is enough for the whole demotion.
        _running = process.Find() is not null;
        return $"{config.IdentityLink} points to {config.UnstakedKeypair}";
    }

    /// <summary>
    /// Step 3. Waits, bounded, for the validator's next stored vote, so that nearly a whole slot is left for the rest, then stops the voters. A validator that
    /// is not voting is fenced without a vote; one that does not run needs no fence.
    /// </summary>
    public async Task<string> FenceAfterVoteAsync()
    {
        if (!_running)
        {
            _quietSince = time.GetTimestamp();
            return "no validator process runs on this node: nothing can vote";
        }
        var voted = await NextVoteAsync();
        if (validator.Proof != VotingStopProof.VoterFence)
        {
            return $"{(voted ? "right after a vote" : "no vote seen")}; this client has no voter fence: {validator.Describe}";
        }
        await validator.StopVotersAsync(CancellationToken.None);
        _quietSince = time.GetTimestamp();
        _processedAtFence = ProcessedSlotAsync();
        return voted ? "voters stopped right after a vote" : $"voters stopped; no vote was seen for {config.Timings.VoteWait.TotalSeconds:0.#} s";
    }

    /// <summary>Step 4. Orders U and reads it back. Never with a required tower: a spare has none.</summary>
    public async Task<string> SetIdentityUnstakedAsync()
    {
        if (!_running)
        {
            return "no validator process runs on this node: it comes up with U";
        }
        await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);
        return $"the validator reports {keys.Unstaked}";
    }

    /// <summary>
    /// Step 5. Waits until the votes that were queued at the fence, if any, are stored: the same bytes before and after the drain time, no rename meanwhile, no temporary
    /// file. Then reads, verifies, compares with the chain, and syncs. For drivers without a fence the slow barrier comes first.
    /// </summary>
    public async Task<SealedRecords> SealAsync(HandoffOrder order)
    {
        if (validator.Proof == VotingStopProof.SlowBarrier && _running)
        {
            await ProveWithinAsync(config.Timings.PromotionLimit);
            _quietSince = time.GetTimestamp();
        }
        using var limit = new CancellationTokenSource(config.Timings.SealLimit, time);
        var chain = ChainLastVoteAsync(limit.Token);
        IReadOnlyList<VotingRecord>? quiet = null;
        while (quiet is null)
        {
            if (limit.IsCancellationRequested)
            {
                throw new HandoffStepException(
                    HandoffStep.Seal, Effect.Unknown, $"the voting record did not come to rest within {config.Timings.SealLimit.TotalSeconds:0.#} s");
            }
            quiet = await TryDrainAsync(limit.Token);
        }
        if (quiet.Max(record => record.LastVotedSlot) is not { } last)
        {
            throw new HandoffStepException(HandoffStep.Seal, Effect.None, "there is no voting record of S on this node, or it holds no vote");
        }
        // Prepare compared with the chain; this second look adds to it when it is there in time, and never costs any.
        if (chain.IsCompletedSuccessfully && await chain is { } landed && landed > last)
        {
            throw new HandoffStepException(
                HandoffStep.Seal, Effect.None, $"the chain shows a vote of S for slot {landed}, the record ends with slot {last}: it is not the newest");
        }
        return new SealedRecords(
            new Receipt(order.Id, order.Token, keys.Staked, validator.Proof, last, [.. quiet.Select(record => record.Summary)]), quiet);
    }

    /// <summary>Makes the sealed records durable. Not on the way to the target: until then only a loss of power could matter, and that one is looked out for.</summary>
    public void Sync(SealedRecords sealedRecords) => records.Sync(sealedRecords.Records);

    /// <summary>Whether the record is still what was sealed. After the fence nothing may change it.</summary>
    public bool StillSealed(Receipt receipt) =>
        records.ReadAll().Select(record => record.Sha256).Order(StringComparer.Ordinal)
            .SequenceEqual(receipt.Records.Select(record => record.Sha256).Order(StringComparer.Ordinal));

    /// <summary>Completes at the next change of a record.</summary>
    public Task NextRecordChangeAsync(CancellationToken ct) => (_watch ??= records.Watch()).NextAsync(ct);

    /// <summary>Step 10, first half: once the voting loop has provably adopted U, the voters are harmless, and an operator at night expects them.</summary>
    public Task ProveAdoptedAsync(CancellationToken ct) =>
        process.Find() is null ? Task.CompletedTask : adoption.ProveAsync(keys.Unstaked, ct);

    /// <summary>Step 10, second half: gives the voters, except to a standby that is to be without them.</summary>
    public async Task<string> GiveVotersAsync(bool keepAway, CancellationToken ct)
    {
        if (process.Find() is null)
        {
            return "no validator process runs on this node: its next start loads them";
        }
        if (keepAway && config.StandbyFenced)
        {
            return "the voting loop has adopted U; the voters stay away, as configured";
        }
        await validator.GiveVotersAndLookAsync(ct);
        return keepAway ? "the voting loop has adopted U; the voters are back" : "the voters are back";
    }

    /// <summary>
    /// Fencing and sealing need a watch on the record, and the kernel gives each user only so many: a handoff that cannot have one must not begin.
    /// </summary>
    public PreflightCheck CheckWatch()
    {
        const string name = "source-record-can-be-watched";
        try
        {
            using var watch = records.Watch();
            return new PreflightCheck(name, CheckOutcome.Ok, $"{config.Node}'s agent can watch the record", "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PreflightCheck(
                name, CheckOutcome.Fails, e.Message, Remedies.MoreWatches(config.Node));
        }
    }

    public void Dispose() => _watch?.Dispose();

    private async Task ProveWithinAsync(TimeSpan limit)
    {
        using var bound = new CancellationTokenSource(limit, time);
        try
        {
            await adoption.ProveAsync(keys.Unstaked, bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new HandoffStepException(
                HandoffStep.Seal, Effect.Unknown, $"the validator's voting loop did not show within {limit.TotalSeconds:0.#} s that it has adopted U: its processed slot stands still");
        }
    }

    private async Task<bool> NextVoteAsync()
    {
        // A fresh watch, so that the vote waited for is the next one and not one that was stored while the link was repointed.
        _watch?.Dispose();
        _watch = records.Watch();
        using var wait = new CancellationTokenSource(config.Timings.VoteWait, time);
        try
        {
            await _watch.NextAsync(wait.Token);
            LastVoteAt = time.GetTimestamp();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The records, once they have been at rest for the drain time since the fence or the last change; null when they changed meanwhile.</summary>
    private async Task<IReadOnlyList<VotingRecord>?> TryDrainAsync(CancellationToken limit)
    {
        var before = ReadContent();
        var drain = _running && await MayBeQueuedAsync(before, limit) ? config.Timings.SlowDrain : config.Timings.Drain;
        var rest = drain - time.GetElapsedTime(_quietSince);
        if (rest > TimeSpan.Zero && await ChangesWithinAsync(rest, limit))
        {
            return null;
        }
        var after = ReadContent();
        // Without a process a temporary file is what a crash has left.
        if (before is not null && after is not null && !(_running && records.BeingWritten())
            && before.Select(record => record.Sha256).SequenceEqual(after.Select(record => record.Sha256), StringComparer.Ordinal))
        {
            return after;
        }
        _quietSince = time.GetTimestamp();
        return null;
    }

    private async Task<bool> ChangesWithinAsync(TimeSpan span, CancellationToken limit)
    {
        using var quiet = new CancellationTokenSource(span, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(quiet.Token, limit);
        try
        {
            await (_watch ??= records.Watch()).NextAsync(either.Token);
            LastVoteAt = _quietSince = time.GetTimestamp();
            return true;
        }
        catch (OperationCanceledException)
        {
            return limit.IsCancellationRequested; // Cut short, it says nothing about the rest of the time.
        }
    }

    /// <summary>
    /// Whether votes may have been cast that are not in the record: it ends before what the validator had processed when its voting was stopped. One that did not vote for
    /// that slot looks the same, and so does one that does not say what it had processed.
    /// </summary>
    private async Task<bool> MayBeQueuedAsync(IReadOnlyList<VotingRecord>? stored, CancellationToken limit)
    {
        try
        {
            return stored?.Max(record => record.LastVotedSlot) is not { } last || await _processedAtFence.WaitAsync(limit) is not { } processed || processed > last;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task<ulong?> ProcessedSlotAsync()
    {
        try
        {
            return await rpc.GetSlotAsync(Commitment.Processed, CancellationToken.None);
        }
        catch (RpcFailedException)
        {
            return null; // Then the longer time is waited.
        }
    }

    /// <summary>Null while a record cannot be read whole: the next look decides.</summary>
    private IReadOnlyList<VotingRecord>? ReadContent()
    {
        try
        {
            return records.ReadAll();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Null as well when the chain cannot be asked: the validator stores each vote before it sends it, so the record on this disk has them all.</summary>
    private async Task<ulong?> ChainLastVoteAsync(CancellationToken limit)
    {
        try
        {
            return (await rpc.GetVoteAccountAsync(config.VoteAccount, Commitment.Processed, limit))?.LastVote;
        }
        catch (Exception e) when (e is RpcFailedException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task SetAndReadBackAsync(HeldIdentity identity, RecordRequirement require)
    {
        var wanted = identity == HeldIdentity.Staked ? keys.Staked : keys.Unstaked;
        Exception? failure = null;
        try
        {
            await validator.SetIdentityAsync(identity, require, CancellationToken.None);
        }
        catch (ValidatorException e)
        {
            failure = e;
        }
        // Whatever the call said, only what the validator reports afterwards counts.
        var reported = await validator.ReadIdentityAsync(CancellationToken.None);
        if (reported != wanted)
        {
            throw new HandoffStepException(
                HandoffStep.SetIdentityUnstaked, Effect.Unknown,
                $"the validator reports {reported} after set-identity to {wanted}{(failure is null ? "" : $"; it said: {failure.Message}")}", failure);
        }
    }
}
