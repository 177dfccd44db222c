using Failover.Cluster;
using Failover.Identities;
using Failover.Records;

namespace Failover.Handoff;

/// <summary>
/// Whether a record on disk can be relied on to hold every vote of S. The validator renames its record before it sends a vote, but does not sync it: a crash of
/// the process loses nothing, a loss of power may. After one, only the chain can tell, and only once no older vote can land any more.
/// </summary>
public sealed class RecordTrust(ISolanaRpc rpc, Pubkey voteAccount)
{
    private readonly VoteHorizon _horizon = new(rpc, voteAccount);

    /// <summary>Null when the chain shows no vote of S that the record lacks; otherwise why not.</summary>
    public async Task<string?> WhyBehindChainAsync(ulong lastVotedSlot, CancellationToken ct)
    {
        var account = await rpc.GetVoteAccountAsync(voteAccount, Commitment.Processed, ct)
            ?? throw new RpcFailedException("getVoteAccounts", $"the cluster has no vote account {voteAccount}");
        return account.LastVote > lastVotedSlot
            ? $"the chain shows a vote for slot {account.LastVote}, the record ends with slot {lastVotedSlot}"
            : null;
    }

    /// <summary>
    /// After a loss of power: null when the record holds all that can still matter; otherwise why that cannot be told yet. Votes that landed and that the disk lost are no
    /// obstacle once the horizon has passed: the validator takes them over from the bank (Agave core/src/replay_stage.rs, adopting the bank vote state).
    /// </summary>
    public async Task<string?> WhyNotAfterPowerLossAsync(IReadOnlyList<VotingRecord> records, CancellationToken ct) =>
        await _horizon.WhyNotPastAsync(ct) is not { } notPast ? null
        : await WhyBehindChainAsync(records.Max(record => record.LastVotedSlot) ?? 0, ct) is { } behind ? $"{behind}; {notPast}"
        : notPast;
}

/// <summary>
/// Counts from the slot at which it is first asked until votes for slots up to that one cannot matter any more.
/// </summary>
public sealed class VoteHorizon(ISolanaRpc rpc, Pubkey voteAccount)
{
    /// <summary>Slots: a vote for an older one is refused as too old, and no lockout that can still matter outlasts it (Agave SlotHashes; Firedancer waits as long).</summary>
    public const ulong Slots = 512;

    private ulong? _from;

    /// <summary>Null once the horizon has passed; otherwise why not yet. Throws <see cref="RpcFailedException"/>.</summary>
    public async Task<string?> WhyNotPastAsync(CancellationToken ct)
    {
        if (_from is null && await rpc.GetHealthAsync(ct) is { Healthy: false } behind)
        {
            return $"this node does not see yet which slot the cluster has reached ({behind.Words}), so counting has not begun";
        }
        // The last slot that could have been voted for is not on the disk that may have lost it: it is at most the one that the cluster has reached by now.
        _from ??= await rpc.GetSlotAsync(Commitment.Processed, ct);
        var account = await rpc.GetVoteAccountAsync(voteAccount, Commitment.Processed, ct)
            ?? throw new RpcFailedException("getVoteAccounts", $"the cluster has no vote account {voteAccount}");
        if (account.LastVote > _from)
        {
            var said = $"the chain shows a vote for slot {account.LastVote}, after slot {_from} at which nobody should have been voting any more: somebody still votes with S, or did until now; counting begins anew";
            _from = Math.Max(account.LastVote, await rpc.GetSlotAsync(Commitment.Processed, ct));
            return said;
        }
        var finalized = await rpc.GetSlotAsync(Commitment.Finalized, ct);
        return finalized >= _from + Slots
            ? null
            : $"votes up to slot {_from} may have been sent that no record here shows; they cannot matter any more once slot {_from + Slots} is finalized (now {finalized})";
    }
}
