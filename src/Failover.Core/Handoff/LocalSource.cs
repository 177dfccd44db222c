using Failover.Agents;
using Failover.Cluster;
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
public sealed class LocalSource(
    NodeConfig config, NodeKeys keys, IValidator validator, IValidatorProcess process, ISolanaRpc rpc, NodeRecords records, IdentityLink link,
    Adoption adoption, TimeProvider time) : IDisposable
{
    private readonly RecordTrust _trust = new(rpc, config.VoteAccount);
    private readonly SemaphoreSlim _switching = new(1, 1);
    private RecordWatch? _watch;
    private bool _takesBack;

    /// <summary>When the last vote was seen to be stored, by the injected clock; null when none was seen.</summary>
    public long? LastVoteAt { get; private set; }

    /// <summary>Step 2. First of all effects: from here a restarted validator comes up unstaked.</summary>
    public string RelinkToUnstaked()
    {
        _watch ??= records.Watch();
        link.PointTo(HeldIdentity.Unstaked);
        return $"{config.IdentityLink} points to {config.UnstakedKeypair}";
    }

    /// <summary>
    /// Step 3. Waits, bounded, for the validator's next stored vote, so that nearly a whole slot is left for the rest, then stops the voters. A validator that
    /// is not voting is fenced without a vote; one that does not run needs no fence.
    /// </summary>
    public async Task<string> FenceAfterVoteAsync()
    {
        if (process.Find() is null)
        {
            return "no validator process runs on this node: nothing can vote";
        }
        var voted = await NextVoteAsync();
        if (validator.Proof != VotingStopProof.VoterFence)
        {
            return $"{(voted ? "right after a vote" : "no vote seen")}; this client has no voter fence: {validator.Describe}";
        }
        await validator.StopVotersAsync(CancellationToken.None);
        return voted ? "voters stopped right after a vote" : $"voters stopped; no vote was seen for {config.Timings.VoteWait.TotalSeconds:0.#} s";
    }

    /// <summary>Step 4. Orders U and reads it back. Never with a required tower: a spare has none.</summary>
    public async Task<string> SetIdentityUnstakedAsync()
    {
        if (process.Find() is null)
        {
            return "no validator process runs on this node: it comes up with U";
        }
        await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);
        return $"the validator reports {keys.Unstaked}";
    }

    /// <summary>
    /// Step 5. Waits until the vote that was queued at the fence, if any, is stored: the same bytes before and after the drain time, no rename meanwhile, no temporary
    /// file. Then reads, verifies, compares with the chain, and syncs. For drivers without a fence the slow barrier comes first.
    /// </summary>
    public async Task<SealedRecords> SealAsync(HandoffOrder order)
    {
        if (validator.Proof == VotingStopProof.SlowBarrier && process.Find() is not null)
        {
            await adoption.ProveAsync(keys.Unstaked, CancellationToken.None);
        }
        var chain = ChainLastVoteAsync();
        using var limit = new CancellationTokenSource(config.Timings.SealLimit, time);
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
        if (await chain is { } landed && landed > last)
        {
            throw new HandoffStepException(
                HandoffStep.Seal, Effect.None, $"the chain shows a vote of S for slot {landed}, the record ends with slot {last}: it is not the newest");
        }
        records.Sync(quiet);
        return new SealedRecords(
            new Receipt(order.Id, order.Token, keys.Staked, validator.Proof, last, [.. quiet.Select(record => record.Summary)]), quiet);
    }

    /// <summary>Whether the record is still what was sealed. After the fence nothing may change it.</summary>
    public bool StillSealed(Receipt receipt) =>
        records.ReadAll().Select(record => record.Sha256).Order(StringComparer.Ordinal)
            .SequenceEqual(receipt.Records.Select(record => record.Sha256).Order(StringComparer.Ordinal));

    /// <summary>Completes at the next change of a record.</summary>
    public Task NextRecordChangeAsync(CancellationToken ct) => (_watch ??= records.Watch()).NextAsync(ct);

    /// <summary>
    /// The one compensation, itself a promotion: voters back, S from the node's own newest record, the link last. Only called while the target provably does not
    /// hold S. <paramref name="newer"/>: records that the target's validator wrote before it was stopped; stored first.
    /// </summary>
    public async Task<string> ReclaimAsync(HandoffState state, string bootId, IReadOnlyList<RecordBytes> newer, CancellationToken ct)
    {
        await _switching.WaitAsync(ct);
        try
        {
            _takesBack = true;
            return await TakeBackAsync(state, bootId, newer, ct);
        }
        finally
        {
            _switching.Release();
        }
    }

    /// <summary>
    /// After a restart: demotes a validator that runs with S although the node let it go. True when it provably does not hold S, or when there is no reason any more to
    /// demote it; never in the middle of a reclaim, nor after one.
    /// </summary>
    /// <param name="letGo">Whether the node's last word still is that it let S go.</param>
    /// <param name="announce">Called before the first effect.</param>
    public async Task<bool> StandDownAsync(Func<bool> letGo, Action announce, CancellationToken ct)
    {
        await _switching.WaitAsync(ct);
        try
        {
            if (_takesBack || !letGo() || process.Find() is null || await validator.ReadIdentityAsync(ct) != keys.Staked)
            {
                return true;
            }
            announce();
            await validator.StopVotersAsync(ct);
            await validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, ct);
            return await validator.ReadIdentityAsync(ct) == keys.Unstaked;
        }
        finally
        {
            _switching.Release();
        }
    }

    private async Task<string> TakeBackAsync(HandoffState state, string bootId, IReadOnlyList<RecordBytes> newer, CancellationToken ct)
    {
        var running = process.Find() is not null;
        if (newer.Count > 0)
        {
            if (running)
            {
                // A loop that never left S would not load the newer record.
                await validator.StopVotersAsync(ct);
                await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);
                await adoption.ProveAsync(keys.Unstaked, ct);
            }
            foreach (var record in newer.Select(records.Verify).ToList())
            {
                records.Store(record, state.Order.Id.ToString());
            }
        }
        var own = records.ReadAll();
        if (own.Count == 0)
        {
            throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, "there is no voting record of S on this node to take S back with");
        }
        // A validator that the restarted machine itself brought up with S votes already, with its voters: doubting its record would not stop it.
        var votesAlready = running && await validator.ReadIdentityAsync(ct) == keys.Staked;
        if (!votesAlready && state.BootId != bootId && !Covers(state.Receipt, own) && await _trust.WhyNotAfterPowerLossAsync(own, ct) is { } distrust)
        {
            throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, distrust);
        }
        if (!votesAlready && await BehindChainAsync(own, ct) is { } behind)
        {
            throw new HandoffStepException(
                HandoffStep.Reclaim, Effect.None, $"{behind}: a newer record of S exists, here or elsewhere, and S is not taken back without it");
        }
        if (!running)
        {
            link.PointTo(HeldIdentity.Staked);
            return "no validator process runs on this node; its next start comes up with S";
        }
        await validator.GiveVotersBackAsync(ct);
        if (await validator.ReadIdentityAsync(ct) != keys.Staked)
        {
            await SetAndReadBackAsync(HeldIdentity.Staked, await RequirementAsync(own, ct));
        }
        link.PointTo(HeldIdentity.Staked);
        return $"the validator reports {keys.Staked}, its voters are back, the link points to {config.StakedKeypair}";
    }

    /// <summary>What the chain says against taking S back on an operator's word instead of the target's; null when nothing.</summary>
    public async Task<string?> WhyNotOnOperatorsWordAsync(CancellationToken ct)
    {
        var own = records.ReadAll();
        return own.Max(record => record.LastVotedSlot) is { } last
            ? await _trust.WhyBehindChainAsync(last, ct)
            : "there is no voting record of S on this node";
    }

    /// <summary>Step 10. Once the voting loop has provably adopted U, the voters are harmless and an operator at night expects them.</summary>
    public async Task<string> GiveVotersBackAsync(CancellationToken ct)
    {
        if (process.Find() is null)
        {
            return "no validator process runs on this node: its next start loads them";
        }
        await adoption.ProveAsync(keys.Unstaked, ct);
        if (config.StandbyFenced)
        {
            return "the voting loop has adopted U; the voters stay away, as configured";
        }
        await validator.GiveVotersBackAsync(ct);
        return "the voting loop has adopted U; the voters are back";
    }

    public void Dispose() => _watch?.Dispose();

    private async Task<bool> NextVoteAsync()
    {
        using var wait = new CancellationTokenSource(config.Timings.VoteWait, time);
        try
        {
            await (_watch ??= records.Watch()).NextAsync(wait.Token);
            LastVoteAt = time.GetTimestamp();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<VotingRecord>?> TryDrainAsync(CancellationToken limit)
    {
        var before = ReadContent();
        using var drain = new CancellationTokenSource(config.Timings.Drain, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(drain.Token, limit);
        try
        {
            await (_watch ??= records.Watch()).NextAsync(either.Token);
            LastVoteAt = time.GetTimestamp();
            return null;
        }
        catch (OperationCanceledException)
        {
            // Quiet for the drain time; the content decides.
        }
        if (limit.IsCancellationRequested)
        {
            return null; // Not for the whole drain time.
        }
        var after = ReadContent();
        return !records.BeingWritten() && before is not null && after is not null
            && before.Select(record => record.Sha256).SequenceEqual(after.Select(record => record.Sha256), StringComparer.Ordinal)
            ? after
            : null;
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

    private async Task<ulong?> ChainLastVoteAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(config.Timings.SealLimit, time);
            return (await rpc.GetVoteAccountAsync(config.VoteAccount, Commitment.Processed, limit.Token))?.LastVote;
        }
        catch (Exception e) when (e is RpcFailedException or OperationCanceledException)
        {
            return null; // Prepare compared with the chain; this second look only adds to it.
        }
    }

    /// <summary>Null as well when the chain cannot be asked: the validator stores each vote before it sends it, so the record on this disk has them all.</summary>
    private async Task<string?> BehindChainAsync(IReadOnlyList<VotingRecord> own, CancellationToken ct)
    {
        try
        {
            return await _trust.WhyBehindChainAsync(own.Max(record => record.LastVotedSlot) ?? 0, ct);
        }
        catch (RpcFailedException)
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

    private async Task<RecordRequirement> RequirementAsync(IReadOnlyList<VotingRecord> own, CancellationToken ct) =>
        await rpc.GetConsensusPhaseAsync(ct) switch
        {
            ConsensusPhase.Alpenglow => RecordRequirement.VoteHistory,
            ConsensusPhase.TowerBft => RecordRequirement.Tower,
            _ => own.Any(record => record.Kind == RecordKind.Tower) ? RecordRequirement.Tower : RecordRequirement.VoteHistory,
        };

    private static bool Covers(Receipt? receipt, IReadOnlyList<VotingRecord> own) =>
        receipt is not null && receipt.Records.All(summary => own.Any(record => record.Sha256 == summary.Sha256));
}
