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
    /// <summary>The chain's horizon for votes (Agave SlotHashes): a vote for an older slot is refused as too old, and no lockout that can still matter outlasts it.</summary>
    public const ulong Horizon = 512;

    /// <summary>Null when the chain shows no vote of S that the record lacks; otherwise why not.</summary>
    public async Task<string?> WhyBehindChainAsync(ulong lastVotedSlot, CancellationToken ct)
    {
        var account = await rpc.GetVoteAccountAsync(voteAccount, Commitment.Processed, ct)
            ?? throw new RpcFailedException("getVoteAccounts", $"the cluster has no vote account {voteAccount}");
        return account.LastVote > lastVotedSlot
            ? $"the chain shows a vote for slot {account.LastVote}, the record ends with slot {lastVotedSlot}"
            : null;
    }

    /// <summary>After a loss of power: null when the record holds all that can matter; otherwise why that cannot be told yet.</summary>
    public async Task<string?> WhyNotAfterPowerLossAsync(IReadOnlyList<VotingRecord> records, CancellationToken ct)
    {
        var last = records.Max(record => record.LastVotedSlot) ?? 0;
        if (await WhyBehindChainAsync(last, ct) is { } behind)
        {
            return behind;
        }
        var finalized = await rpc.GetSlotAsync(Commitment.Finalized, ct);
        return finalized >= last + Horizon
            ? null
            : $"the machine was restarted, and votes after slot {last} may have been sent but not kept by the disk; that can be told once slot {last + Horizon} is finalized (now {finalized})";
    }
}
