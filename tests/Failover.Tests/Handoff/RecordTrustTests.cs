using Failover.Cluster;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;

namespace Failover.Handoff;

public class RecordTrustTests
{
    private readonly ScriptedChain _chain = new() { Processed = 1000, Finalized = 968, LastVote = 990 };

    [Fact]
    public async Task A_record_that_has_the_last_vote_on_chain_is_not_behind()
    {
        Assert.Null(await Trust().WhyBehindChainAsync(990, CancellationToken.None));
        Assert.Null(await Trust().WhyBehindChainAsync(991, CancellationToken.None));
    }

    [Fact]
    public async Task A_record_that_lacks_the_last_vote_on_chain_is_behind() =>
        Assert.Equal("the chain shows a vote for slot 990, the record ends with slot 989", await Trust().WhyBehindChainAsync(989, CancellationToken.None));

    [Fact]
    public async Task Votes_that_nobody_has_seen_matter_until_512_slots_are_finalized()
    {
        var horizon = new VoteHorizon(_chain, _chain.VoteAccount);

        Assert.NotNull(await horizon.WhyNotPastAsync(CancellationToken.None));
        (_chain.Processed, _chain.Finalized) = (1543, 1511);
        Assert.NotNull(await horizon.WhyNotPastAsync(CancellationToken.None));
        _chain.Finalized = 1512;
        Assert.Null(await horizon.WhyNotPastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Counting_does_not_begin_while_the_node_is_behind_the_cluster()
    {
        var horizon = new VoteHorizon(_chain, _chain.VoteAccount);
        _chain.Healthy = false;
        Assert.Contains("counting has not begun", await horizon.WhyNotPastAsync(CancellationToken.None), StringComparison.Ordinal);

        (_chain.Healthy, _chain.Processed) = (true, 2000);
        await horizon.WhyNotPastAsync(CancellationToken.None);

        _chain.Finalized = 2511;
        Assert.NotNull(await horizon.WhyNotPastAsync(CancellationToken.None));
        _chain.Finalized = 2512;
        Assert.Null(await horizon.WhyNotPastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_node_that_falls_behind_later_does_not_stop_the_counting()
    {
        var horizon = new VoteHorizon(_chain, _chain.VoteAccount);
        await horizon.WhyNotPastAsync(CancellationToken.None);

        (_chain.Healthy, _chain.Finalized) = (false, 1512);

        Assert.Null(await horizon.WhyNotPastAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public async Task A_vote_from_after_the_beginning_makes_counting_begin_anew(ulong vote, bool anew)
    {
        var horizon = new VoteHorizon(_chain, _chain.VoteAccount);
        await horizon.WhyNotPastAsync(CancellationToken.None);

        (_chain.LastVote, _chain.Processed, _chain.Finalized) = (vote, 1544, 1512);

        var why = await horizon.WhyNotPastAsync(CancellationToken.None);
        Assert.Equal(anew, why?.Contains("counting begins anew", StringComparison.Ordinal) ?? false);
        if (anew)
        {
            _chain.Finalized = 2055;
            Assert.NotNull(await horizon.WhyNotPastAsync(CancellationToken.None));
            _chain.Finalized = 2056;
            Assert.Null(await horizon.WhyNotPastAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_vote_that_is_ahead_of_the_node_counts_from_its_own_slot()
    {
        var horizon = new VoteHorizon(_chain, _chain.VoteAccount);
        await horizon.WhyNotPastAsync(CancellationToken.None);
        _chain.LastVote = 1100;
        await horizon.WhyNotPastAsync(CancellationToken.None);

        _chain.Finalized = 1611;
        Assert.NotNull(await horizon.WhyNotPastAsync(CancellationToken.None));
        _chain.Finalized = 1612;
        Assert.Null(await horizon.WhyNotPastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_cluster_without_the_vote_account_tells_nothing()
    {
        _chain.HasVoteAccount = false;

        await Assert.ThrowsAsync<RpcFailedException>(() => Trust().WhyBehindChainAsync(990, CancellationToken.None));
        await Assert.ThrowsAsync<RpcFailedException>(() => new VoteHorizon(_chain, _chain.VoteAccount).WhyNotPastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task After_a_loss_of_power_a_record_is_trusted_only_once_the_lost_votes_cannot_matter()
    {
        var trust = Trust();
        var lacksVotes = Record(980);

        Assert.Contains("the record ends with slot 980; votes up to slot 1000", await trust.WhyNotAfterPowerLossAsync([lacksVotes], CancellationToken.None), StringComparison.Ordinal);
        Assert.StartsWith("votes up to slot 1000", await trust.WhyNotAfterPowerLossAsync([Record(990), lacksVotes], CancellationToken.None), StringComparison.Ordinal);
        _chain.Finalized = 1512;
        Assert.Null(await trust.WhyNotAfterPowerLossAsync([lacksVotes], CancellationToken.None));
    }

    private RecordTrust Trust() => new(_chain, _chain.VoteAccount);

    private static VotingRecord Record(ulong last) => new(RecordKind.Tower, "any", Keypairs.Of(1).Public, new byte[1], "") { LastVotedSlot = last };

    private sealed class ScriptedChain : ISolanaRpc
    {
        public Pubkey VoteAccount { get; } = Keypairs.Of(2).Public;

        public ulong Processed { get; set; }

        public ulong Finalized { get; set; }

        public ulong LastVote { get; set; }

        public bool Healthy { get; set; } = true;

        public bool HasVoteAccount { get; set; } = true;

        public Task<NodeHealth> GetHealthAsync(CancellationToken ct) => Task.FromResult(new NodeHealth(Healthy, null, Healthy ? "ok" : "behind"));

        public Task<ulong> GetSlotAsync(Commitment commitment, CancellationToken ct) => Task.FromResult(commitment == Commitment.Finalized ? Finalized : Processed);

        public Task<VoteAccountView?> GetVoteAccountAsync(Pubkey voteAccount, Commitment commitment, CancellationToken ct) => Task.FromResult(
            HasVoteAccount && voteAccount == VoteAccount ? new VoteAccountView(voteAccount, Keypairs.Of(1).Public, 1, LastVote, Finalized, false) : null);

        public Task<Pubkey> GetIdentityAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<string> GetVersionAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<string> GetGenesisHashAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<EpochInfo> GetEpochInfoAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<ulong>?> GetLeaderSlotsAsync(Pubkey identity, ulong slotInEpoch, EpochInfo epoch, CancellationToken ct) => throw new NotSupportedException();

        public Task<ConsensusPhase> GetConsensusPhaseAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<ulong> GetStakeOfAsync(Pubkey identity, CancellationToken ct) => throw new NotSupportedException();

        public Task<double> GetDelinquentStakeAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<SnapshotSlots?> GetHighestSnapshotSlotAsync(CancellationToken ct) => throw new NotSupportedException();
    }
}
