using System.Buffers.Binary;
using Failover.Identities;
using Failover.Records.Towers;
using Failover.Testing;

namespace Failover.Records;

/// <summary>Towers that are accepted, and what is reported of them.</summary>
public sealed class RecordVerifierTests : IDisposable
{
    private readonly Keypair _identity = GoldenTowers.Keypair();

    public void Dispose() => _identity.Dispose();

    [Fact]
    public void A_golden_tower_is_reported_with_every_field()
    {
        var record = Verify(GoldenTowers.Full).Accepted;

        Assert.Equal((RecordKind.Tower, "Tower1_14_11"), (record.Kind, record.Format));
        Assert.Equal((GoldenTowers.IdentityText, GoldenTowers.FullSha256), (record.Identity.ToString(), record.Sha256));
        Assert.Equal((350000030UL, 349999999UL, GoldenTowers.UnixSeconds), (record.LastVotedSlot, record.RootSlot, record.LastVoteUnixSeconds));
        Assert.Equal(Enumerable.Range(0, 31).Select(index => new Lockout(350000000UL + (ulong)index, 31U - (uint)index)), record.Lockouts);
        Assert.Equal(GoldenTowers.Full, record.Bytes);
        Assert.Equal(new RecordSummary(RecordKind.Tower, "Tower1_14_11", 350000030, 349999999, 2319, GoldenTowers.FullSha256), record.Summary);
    }

    [Fact]
    public void A_golden_tower_is_decoded_with_every_field()
    {
        var tower = Tower.From(Verify(GoldenTowers.Short).Accepted);

        Assert.Equal(GoldenTowers.ShortTower.Lockouts, tower.Lockouts);
        Assert.Equal(GoldenTowers.ShortTower.LastVote.Lockouts, tower.LastVote.Lockouts);
        Assert.Equal(GoldenTowers.ShortTower.LastVote, tower.LastVote with { Lockouts = GoldenTowers.ShortTower.LastVote.Lockouts });
        Assert.Equal((GoldenTowers.ShortTower.Root, GoldenTowers.ShortTower.LastTimestamp), (tower.Root, tower.LastTimestamp));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_tower_with_any_kind_of_last_vote_is_accepted(uint kind)
    {
        var file = TowerFiles.Current(_identity, GoldenTowers.FullTower, (LastVoteKind)kind);

        var record = Verify(file).Accepted;

        Assert.Equal((RecordFormats.CurrentTower, 350000030UL), (record.Format, record.LastVotedSlot));
        Assert.Equal(GoldenTowers.UnixSeconds, record.LastVoteUnixSeconds);
        var vote = Tower.From(record).LastVote;
        Assert.Equal(GoldenTowers.FullTower.Lockouts, vote.Lockouts);
        Assert.Equal((GoldenTowers.FullTower.Root, GoldenTowers.BankHash), (vote.Root, vote.Hash));
    }

    [Fact]
    public void A_last_vote_that_lists_only_the_newest_slots_is_accepted()
    {
        var tower = GoldenTowers.ShortTower with { LastVote = GoldenTowers.ShortTower.LastVote with { Lockouts = [new(1001, 2), new(1002, 1)] } };

        Assert.Equal(1002UL, Verify(TowerFiles.Current(_identity, tower, LastVoteKind.Vote)).Accepted.LastVotedSlot);
    }

    [Fact]
    public void A_tower_from_before_1_14_11_is_accepted_in_a_tagged_file()
    {
        var record = Verify(TowerFiles.Old(_identity, GoldenTowers.ShortTower)).Accepted;

        Assert.Equal((RecordFormats.OldTower, 1002UL, 999UL), (record.Format, record.LastVotedSlot, record.RootSlot));
        Assert.Equal(GoldenTowers.ShortTower.LastTimestamp, Tower.From(record).LastTimestamp);
    }

    [Fact]
    public void The_oldest_file_is_accepted_only_when_it_is_asked_for()
    {
        var file = TowerFiles.Untagged(_identity, GoldenTowers.ShortTower);

        var record = RecordVerifier.VerifyLegacyTower(file, _identity.Public).Accepted;
        Assert.Equal((RecordFormats.UntaggedTower, 1002UL), (record.Format, record.LastVotedSlot));
        Assert.Equal(GoldenTowers.ShortTower.LastTimestamp, Tower.From(record).LastTimestamp);

        Assert.Equal(RecordTests.KnownVersion, Verify(file).RefusedBy);
        Assert.Equal(RecordTests.SizeMatchesLengthField, RecordVerifier.VerifyLegacyTower(GoldenTowers.Short, _identity.Public).RefusedBy);
    }

    [Fact]
    public void A_tower_without_votes_has_no_last_voted_slot()
    {
        var record = Verify(TowerWriter.Write(_identity, new Tower { Root = 5 })).Accepted;

        Assert.Equal((null, 5UL, null), (record.LastVotedSlot, record.RootSlot, record.LastVoteUnixSeconds));
        Assert.Empty(record.Lockouts);
    }

    [Fact]
    public void A_tower_without_a_root_is_accepted()
    {
        var tower = GoldenTowers.ShortTower with { Root = null, LastVote = GoldenTowers.ShortTower.LastVote with { Root = null } };

        Assert.Null(Verify(TowerWriter.Write(_identity, tower)).Accepted.RootSlot);
    }

    [Fact]
    public void A_tower_that_was_rebuilt_without_voting_may_have_an_empty_last_vote() =>
        Assert.Equal(1002UL, Verify(TowerWriter.Write(_identity, GoldenTowers.ShortTower with { LastVote = TowerSync.Empty })).Accepted.LastVotedSlot);

    [Theory]
    [InlineData(502, 40)]
    [InlineData(2055, 24)]
    public void Lists_that_towers_leave_empty_are_skipped_by_their_counts(int countAt, int itemSize)
    {
        var file = TowerFiles.Resign(_identity, GoldenTowers.Full, data =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(countAt), 3);
            return [.. data[..(countAt + 8)], .. Enumerable.Repeat((byte)0xEE, 3 * itemSize), .. data[(countAt + 8)..]];
        });

        Assert.Equal(350000030UL, Verify(file).Accepted.LastVotedSlot);
    }

    private RecordVerdict Verify(byte[] file) => RecordVerifier.Verify(RecordKind.Tower, file, _identity.Public);
}
