using Failover.Identities;

namespace Failover.Cluster;

/// <summary>The commitment of a slot, as in the validator's JSON-RPC.</summary>
public enum Commitment
{
    Processed = 1,
    Confirmed = 2,
    Finalized = 3,
}

/// <summary>Where the cluster is in the move from TowerBFT to Alpenglow.</summary>
public enum ConsensusPhase
{
    /// <summary>The client cannot tell (no getAgGenesisCert): before 4.2, or full RPC API off.</summary>
    Unknown = 0,
    TowerBft = 1,
    Alpenglow = 2,
}

/// <summary>A node's own health answer. <paramref name="SlotsBehind"/> is null when healthy or when the node does not know.</summary>
public sealed record NodeHealth(bool Healthy, ulong? SlotsBehind, string Words);

public sealed record EpochInfo(ulong Epoch, ulong AbsoluteSlot, ulong SlotIndex, ulong SlotsInEpoch)
{
    public ulong FirstSlot => AbsoluteSlot - SlotIndex;
}

/// <summary>One vote account as getVoteAccounts shows it.</summary>
/// <param name="LastVote">0 when it never voted.</param>
public sealed record VoteAccountView(Pubkey VoteAccount, Pubkey Node, ulong ActivatedStake, ulong LastVote, ulong RootSlot, bool Delinquent);

/// <summary>The newest snapshots that a validator has written.</summary>
/// <param name="Incremental">Based on that full one; null when there is none.</param>
public sealed record SnapshotSlots(ulong Full, ulong? Incremental);

/// <summary>
/// The read-only view of the cluster through one validator's JSON-RPC. Every call is bounded; all throw <see cref="RpcFailedException"/>.
/// </summary>
public interface ISolanaRpc
{
    Task<NodeHealth> GetHealthAsync(CancellationToken ct);

    Task<ulong> GetSlotAsync(Commitment commitment, CancellationToken ct);

    Task<Pubkey> GetIdentityAsync(CancellationToken ct);

    Task<string> GetVersionAsync(CancellationToken ct);

    Task<string> GetGenesisHashAsync(CancellationToken ct);

    Task<EpochInfo> GetEpochInfoAsync(CancellationToken ct);

    /// <summary>Null when the cluster has no such vote account.</summary>
    Task<VoteAccountView?> GetVoteAccountAsync(Pubkey voteAccount, Commitment commitment, CancellationToken ct);

    /// <summary>Absolute leader slots of the identity in the epoch that holds the slot, ascending; null when that epoch's schedule is not known yet.</summary>
    Task<IReadOnlyList<ulong>?> GetLeaderSlotsAsync(Pubkey identity, ulong slotInEpoch, EpochInfo epoch, CancellationToken ct);

    Task<ConsensusPhase> GetConsensusPhaseAsync(CancellationToken ct);

    /// <summary>Activated stake of the identity's own vote accounts, in lamports: 0 for a proper unstaked identity.</summary>
    Task<ulong> GetStakeOfAsync(Pubkey identity, CancellationToken ct);

    /// <summary>The share of the activated stake that is delinquent, 0 to 1.</summary>
    Task<double> GetDelinquentStakeAsync(CancellationToken ct);

    /// <summary>Null when the validator has no snapshot, or writes none.</summary>
    Task<SnapshotSlots?> GetHighestSnapshotSlotAsync(CancellationToken ct);
}

/// <summary>A JSON-RPC call failed, was refused, or answered something that cannot be right; the message is for the operator.</summary>
public sealed class RpcFailedException(string method, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Method { get; } = method;
}
