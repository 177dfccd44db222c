using Failover.Identities;
using Failover.Records.Towers;
using Failover.Records.VoteHistories;
using Failover.Testing;

namespace Failover.Records;

public sealed class RecordComparisonTests : IDisposable
{
    private readonly Keypair _identity = GoldenTowers.Keypair();

    public void Dispose() => _identity.Dispose();

    [Fact]
    public void The_record_with_the_higher_last_vote_is_newer_even_when_its_root_is_lower()
    {
        var lower = Tower(new() { Root = 900, Lockouts = [new(1000, 1)] });
        var higher = Tower(new() { Root = 1, Lockouts = [new(1001, 1)] });

        AssertOrder(RecordOrder.Older, lower, higher);
    }

    [Fact]
    public void Equal_bytes_are_the_same_record() =>
        AssertOrder(RecordOrder.Same, Tower(GoldenTowers.ShortTower), Tower(GoldenTowers.ShortTower));

    [Fact]
    public void An_equal_last_slot_with_other_bytes_is_a_conflict()
    {
        AssertOrder(RecordOrder.Conflict, Tower(new() { Root = 1, Lockouts = [new(1000, 1)] }), Tower(new() { Root = 2, Lockouts = [new(1000, 1)] }));
        AssertOrder(RecordOrder.Conflict, History(1, new HistoryVote(HistoryVoteKind.Skip, 7)), History(1, new HistoryVote(HistoryVoteKind.Notarize, 7)));
    }

    [Fact]
    public void Any_vote_is_newer_than_none() => AssertOrder(RecordOrder.Older, Tower(new() { Root = 2000 }), Tower(GoldenTowers.ShortTower));

    [Fact]
    public void Without_votes_the_root_decides()
    {
        AssertOrder(RecordOrder.Older, Tower(new() { Root = 1 }), Tower(new() { Root = 2 }));
        AssertOrder(RecordOrder.Older, Tower(new()), Tower(new() { Root = 0 }));
        AssertOrder(RecordOrder.Conflict, Tower(new() { Root = 1 }), Tower(new() { Root = 1, LastTimestamp = new(1, 1) }));
    }

    [Fact]
    public void A_vote_history_is_newer_by_its_highest_vote() => AssertOrder(RecordOrder.Older,
        History(5, new HistoryVote(HistoryVoteKind.Skip, 7)), History(1, new(HistoryVoteKind.Skip, 7), new(HistoryVoteKind.Skip, 8)));

    [Fact]
    public void Records_of_different_kinds_or_identities_are_not_compared()
    {
        using var other = Keypair.Generate();
        var tower = Tower(GoldenTowers.ShortTower);
        var foreign = RecordVerifier.Verify(RecordKind.Tower, TowerWriter.Write(other, GoldenTowers.ShortTower), other.Public).Accepted;

        Assert.Throws<ArgumentException>(() => RecordComparison.Compare(tower, History(1)));
        Assert.Throws<ArgumentException>(() => RecordComparison.Compare(tower, foreign));
    }

    [Fact]
    public void Records_are_named_as_the_validator_names_them()
    {
        Assert.Equal($"tower-1_9-{GoldenTowers.IdentityText}.bin", RecordFiles.Name(RecordKind.Tower, GoldenTowers.Identity));
        Assert.Equal($"tower-1_9-{GoldenTowers.IdentityText}.bin.new", RecordFiles.TemporaryName(RecordKind.Tower, GoldenTowers.Identity));
        Assert.Equal($"tower-{GoldenTowers.IdentityText}.bin", RecordFiles.LegacyTowerName(GoldenTowers.Identity));
        Assert.Equal($"vote_history-{GoldenTowers.IdentityText}.bin", RecordFiles.Name(RecordKind.VoteHistory, GoldenTowers.Identity));
        Assert.Equal($"vote_history-{GoldenTowers.IdentityText}.bin.new", RecordFiles.TemporaryName(RecordKind.VoteHistory, GoldenTowers.Identity));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordFiles.Name(RecordKind.Unknown, GoldenTowers.Identity));
    }

    private static void AssertOrder(RecordOrder order, VotingRecord record, VotingRecord other)
    {
        var reverse = order == RecordOrder.Older ? RecordOrder.Newer : order;
        Assert.Equal((order, reverse), (RecordComparison.Compare(record, other), RecordComparison.Compare(other, record)));
    }

    private VotingRecord Tower(Tower tower) => RecordVerifier.Verify(RecordKind.Tower, TowerWriter.Write(_identity, tower), _identity.Public).Accepted;

    private VotingRecord History(ulong root, params HistoryVote[] votes) => RecordVerifier.Verify(
        RecordKind.VoteHistory, VoteHistoryWriter.Write(_identity, new VoteHistory { Root = root, Votes = votes }), _identity.Public).Accepted;
}
