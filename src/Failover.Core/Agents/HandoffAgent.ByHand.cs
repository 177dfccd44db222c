using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

public sealed partial class HandoffAgent
{
    public async Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct)
    {
        using var entered = await EnterAsync(ct);
        var keys = RequireKeys();
        if (identity == HeldIdentity.Unstaked)
        {
            // Letting go is always allowed while nothing else is under way.
            await WithStateAsync(async () =>
            {
                await LapseAsync();
                return true;
            });
        }
        RequireUnlocked();
        try
        {
            if (identity == HeldIdentity.Unstaked)
            {
                await TakeUnstakedByHandAsync(keys);
            }
            else if (identity == HeldIdentity.Staked)
            {
                await TakeStakedByHandAsync(keys, overrideReason, ct);
            }
            else
            {
                throw new OrderRefusedException(RefusalReason.BadRequest, "the identity is staked or unstaked");
            }
        }
        catch (ValidatorException e)
        {
            throw new OrderRefusedException(
                RefusalReason.ValidatorFailed, $"{Node}'s validator: {e.Message} ({(e.Effect == Effect.None ? "nothing was changed by that call" : "it may have been carried out")})", "failover status");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RecordRefusedException or HandoffStepException or TimeoutException)
        {
            throw new OrderRefusedException(RefusalReason.ValidatorFailed, e.Message, "failover status");
        }
        Observer.Switched();
        return await GetStatusAsync(ct);
    }

    public async Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct)
    {
        using var entered = await EnterAsync(ct);
        var keys = RequireKeys();
        RequireUnlocked();
        try
        {
            if (identity == HeldIdentity.Staked
                && !(Journal.Current.Promised != PromisedRole.Standby && await ReportsStakedAsync(keys, ct)))
            {
                RequireOverride(overrideReason, $"{Node}'s validator does not hold S, or the node let S go: with the link at S its next start could make a second voter");
                RequireNobodyRelies();
            }
            if (identity == HeldIdentity.Staked)
            {
                Observer.Forget();
            }
            _link.PointTo(identity);
        }
        catch (Exception e) when (e is ValidatorException or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new OrderRefusedException(RefusalReason.ValidatorFailed, e.Message, "failover status");
        }
        Remember("relink", $"the link points to the {identity} identity{Because(overrideReason)}");
        return await GetStatusAsync(ct);
    }

    /// <summary>False as well for a validator that is stopped or does not answer: then the reason has to cover it.</summary>
    private async Task<bool> ReportsStakedAsync(NodeKeys keys, CancellationToken ct)
    {
        try
        {
            return await validator.ReadIdentityAsync(ct) == keys.Staked;
        }
        catch (ValidatorException)
        {
            return false;
        }
    }

    private async Task TakeUnstakedByHandAsync(NodeKeys keys)
    {
        // The order of a demotion: the promise, then what a restart comes up as, then the votes, then the identity. Once begun it is not given up half-way.
        var ct = CancellationToken.None;
        Journal.Write(state => state with { Promised = PromisedRole.Standby, VotersOwed = true });
        _link.PointTo(HeldIdentity.Unstaked);
        if (process.Find() is not null)
        {
            await validator.StopVotersAsync(ct);
            await validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, ct);
            await RequireReportsAsync(keys.Unstaked, ct);
        }
        Remember("set-identity", $"{Node} took its unstaked identity by hand");
        KeepInBackground("giving the voters back", ReturnVotersAsync(Source(keys), null));
    }

    private async Task TakeStakedByHandAsync(NodeKeys keys, string? overrideReason, CancellationToken ct)
    {
        var own = Records(keys).ReadAll();
        var last = own.Max(record => record.LastVotedSlot);
        var behind = last is null ? "there is no voting record of S on this node" : await BehindChainAsync(last.Value, ct);
        if (Journal.Current.Promised != PromisedRole.Active || behind is not null)
        {
            if (last is not null && behind is not null)
            {
                await RequireHarmlessAsync(behind, ct);
            }
            RequireOverride(overrideReason, behind ?? $"{Node}'s last word is {Journal.Current.Promised}: another node may hold S");
            RequireNobodyRelies();
        }
        if (Journal.Current.VotersOwed)
        {
            // A voting loop that has not left S yet would not load the record again.
            await _adoption.ProveAsync(keys.Unstaked, ct).WaitAsync(config.Timings.PromotionLimit, time, ct);
        }
        Observer.Forget();
        // Before: a crash in between must not leave a node that may have voted and does not know of it. It only ever makes a source go without S.
        var heldBefore = Journal.Current.HeldByHandAt;
        Journal.Write(state => state with { HeldByHandAt = state.HighestToken });
        try
        {
            await GiveStakedAsync(keys, own);
        }
        catch (ValidatorException)
        {
            await ForgetIfStillUnstakedAsync(keys, heldBefore);
            throw;
        }
        // The promise last: an attempt that fails half-way must need its reason again, and a crash in between leads to standing down.
        Journal.Write(state => state with { Promised = PromisedRole.Active, VotersOwed = false, HeldByHandAt = state.HighestToken });
        _link.PointTo(HeldIdentity.Staked);
        Remember("set-identity", $"{Node} took the staked identity by hand{Because(overrideReason)}");
    }

    private async Task GiveStakedAsync(NodeKeys keys, IReadOnlyList<VotingRecord> own)
    {
        var ct = CancellationToken.None;
        await validator.GiveVotersAndLookAsync(ct);
        if (await validator.ReadIdentityAsync(ct) != keys.Staked)
        {
            await validator.SetIdentityAsync(
                HeldIdentity.Staked, own.Any(record => record.Kind == RecordKind.Tower) ? RecordRequirement.Tower : RecordRequirement.VoteHistory, ct);
        }
        await RequireReportsAsync(keys.Staked, ct);
    }

    /// <summary>A read comes after everything asked before it: a validator that says U now never took S.</summary>
    private async Task ForgetIfStillUnstakedAsync(NodeKeys keys, FencingToken? heldBefore)
    {
        try
        {
            if (await validator.ReadIdentityAsync(CancellationToken.None) == keys.Unstaked)
            {
                Journal.Write(state => state with { HeldByHandAt = heldBefore });
            }
        }
        catch (ValidatorException)
        {
            // Then it may have S, and what was written down stays.
        }
    }

    /// <summary>
    /// No reason makes up for a vote that the record lacks: it has to be brought, or to become harmless. Counting begins with the first try, and a chain that does not answer is left
    /// to the reason.
    /// </summary>
    private async Task RequireHarmlessAsync(string behind, CancellationToken ct)
    {
        try
        {
            if (await _horizonByHand.WhyNotPastAsync(ct) is { } notPast)
            {
                throw new OrderRefusedException(
                    RefusalReason.NotShownSafe, $"{behind}; {notPast}",
                    "copy the newest record here from the node that has it (failover status shows the slots), or repeat this command once the slot named has been reached, in about four minutes");
            }
        }
        catch (Cluster.RpcFailedException)
        {
            // Then the reason has to cover it.
        }
    }

    private async Task<string?> BehindChainAsync(ulong last, CancellationToken ct)
    {
        try
        {
            return await new RecordTrust(rpc, config.VoteAccount).WhyBehindChainAsync(last, ct);
        }
        catch (Cluster.RpcFailedException e)
        {
            return $"the chain cannot be asked whether another node votes: {e.Message}";
        }
    }

    private async Task RequireReportsAsync(Pubkey wanted, CancellationToken ct)
    {
        var reported = await validator.ReadIdentityAsync(ct);
        if (reported != wanted)
        {
            throw new ValidatorException(Effect.Unknown, ValidatorFailure.Refused, $"it reports {reported} after set-identity to {wanted}");
        }
    }

    /// <summary>A source may be taking S back right now, on this node's word that it does not hold it.</summary>
    private void RequireNobodyRelies()
    {
        var rest = _refusedAt is { } said ? (2 * ReclaimGrounds.Life) - time.GetElapsedTime(said) : TimeSpan.Zero;
        if (rest > TimeSpan.Zero)
        {
            throw new OrderRefusedException(
                RefusalReason.Locked, $"{Node} said moments ago, or may have said before its agent was restarted, that it does not hold S, and another node may be taking S back on that word",
                $"wait {Math.Ceiling(rest.TotalSeconds):0} s, see who holds S (failover status), then try again");
        }
    }

    private void RequireOverride(string? reason, string why)
    {
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new OrderRefusedException(
                RefusalReason.NotShownSafe, why, "make certain that no other node holds S or can come back with it (failover status), then repeat with --override-reason \"…\"");
        }
        Remember("override", $"{why}; overridden: {reason}");
    }

    private static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $", because: {reason}";
}
