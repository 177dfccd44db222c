using Failover.Cluster;
using Failover.Identities;

namespace Failover.Simulation;

internal sealed partial class SimulatedValidator : ISolanaRpc
{
    /// <summary>The JSON-RPC does not answer.</summary>
    public bool RpcIsDown { get; set; }

    public bool Unhealthy { get; set; }

    public string Version { get; set; } = "4.2.0";

    public ulong StakeOfUnstaked { get; set; }

    /// <summary>The share of the cluster's stake that is delinquent.</summary>
    public double DelinquentStake { get; set; }

    public SnapshotSlots? Snapshot { get; set; } = new(1, null);

    public ulong SlotsInEpoch { get; set; } = 432_000;

    /// <summary>The first slot whose epoch has no leader schedule yet.</summary>
    public ulong ScheduleKnownUpTo { get; set; } = ulong.MaxValue;

    public ConsensusPhase Consensus { get; set; } = ConsensusPhase.TowerBft;

    public Task<NodeHealth> GetHealthAsync(CancellationToken ct) =>
        AskAsync("getHealth", () => Unhealthy ? new NodeHealth(false, 200, "Node is behind by 200 slots") : new NodeHealth(true, null, "ok"));

    public Task<ulong> GetSlotAsync(Commitment commitment, CancellationToken ct) =>
        AskAsync("getSlot", () => commitment == Commitment.Finalized ? cluster.Finalized : ProcessedSlot);

    public Task<Pubkey> GetIdentityAsync(CancellationToken ct) => AskAsync("getIdentity", () => Recorded);

    public Task<string> GetVersionAsync(CancellationToken ct) => AskAsync("getVersion", () => Version);

    public Task<string> GetGenesisHashAsync(CancellationToken ct) => AskAsync("getGenesisHash", () => cluster.GenesisHash);

    public Task<EpochInfo> GetEpochInfoAsync(CancellationToken ct) => AskAsync("getEpochInfo", () =>
    {
        var slot = ProcessedSlot;
        return new EpochInfo(slot / SlotsInEpoch, slot, slot % SlotsInEpoch, SlotsInEpoch);
    });

    public Task<VoteAccountView?> GetVoteAccountAsync(Pubkey voteAccount, Commitment commitment, CancellationToken ct) =>
        AskAsync("getVoteAccounts", () => voteAccount == cluster.VoteAccount
            ? new VoteAccountView(voteAccount, cluster.Staked.Public, 1_000_000, LastVoteSeen, cluster.Finalized, false)
            : null);

    public Task<IReadOnlyList<ulong>?> GetLeaderSlotsAsync(Pubkey identity, ulong slotInEpoch, EpochInfo epoch, CancellationToken ct) =>
        AskAsync<IReadOnlyList<ulong>?>("getLeaderSchedule", () => slotInEpoch >= ScheduleKnownUpTo ? null : [.. cluster.LeaderSlots.Where(slot => slot / SlotsInEpoch == slotInEpoch / SlotsInEpoch)]);

    public Task<ConsensusPhase> GetConsensusPhaseAsync(CancellationToken ct) => AskAsync("getAgGenesisCert", () => Consensus);

    public Task<ulong> GetStakeOfAsync(Pubkey identity, CancellationToken ct) =>
        AskAsync("getVoteAccounts", () => identity == unstaked.Public ? StakeOfUnstaked : 1_000_000);

    public Task<double> GetDelinquentStakeAsync(CancellationToken ct) => AskAsync("getVoteAccounts", () => DelinquentStake);

    public Task<SnapshotSlots?> GetHighestSnapshotSlotAsync(CancellationToken ct) => AskAsync("getHighestSnapshotSlot", () => Snapshot);

    private async Task<T> AskAsync<T>(string method, Func<T> answer)
    {
        PumpContext.RequireAlive();
        await Task.Yield();
        await ThawAsync();
        return RpcIsDown || !Started
            ? throw new RpcFailedException(method, $"{method} of {Node}: connection refused")
            : answer();
    }
}
