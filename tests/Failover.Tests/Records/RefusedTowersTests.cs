using System.Buffers.Binary;
using Failover.Identities;
using Failover.Records.Towers;
using Failover.Testing;

namespace Failover.Records;

/// <summary>Towers with a true signature that are refused all the same, each by the test that is named.</summary>
public sealed class RefusedTowersTests : IDisposable
{
    private readonly Keypair _identity = GoldenTowers.Keypair();

    public void Dispose() => _identity.Dispose();

    [Theory]
    [InlineData("node", 0, 7, RecordTests.NodeIsIdentity)]
    [InlineData("lockout count", 113, 32, RecordTests.AtMost31Lockouts)]
    [InlineData("lockout count too small", 113, 30, RecordTests.FlagsAreZeroOrOne)]
    [InlineData("first confirmations zero", 129, 0, RecordTests.ConfirmationsInRange)]
    [InlineData("first confirmations 32", 129, 32, RecordTests.ConfirmationsInRange)]
    [InlineData("first confirmations as the second", 129, 30, RecordTests.ConfirmationsDescend)]
    [InlineData("first confirmations, high byte", 132, 1, RecordTests.ConfirmationsInRange)]
    [InlineData("slots", 133, 0, RecordTests.LockoutsAscend)]
    [InlineData("option byte of the root", 493, 2, RecordTests.FlagsAreZeroOrOne)]
    [InlineData("index of the prior voters", 2046, 32, RecordTests.CountsInBounds)]
    [InlineData("prior voters are empty", 2054, 2, RecordTests.FlagsAreZeroOrOne)]
    [InlineData("kind of the last vote", 2079, 4, RecordTests.KnownVoteKind)]
    [InlineData("kind of the last vote, high byte", 2082, 1, RecordTests.KnownVoteKind)]
    [InlineData("root of the last vote", 2083, 1, RecordTests.LastVoteAgrees)]
    [InlineData("lockout count of the last vote", 2091, 32, RecordTests.AtMost31Lockouts)]
    [InlineData("first offset of the last vote", 2092, 2, RecordTests.LastVoteAgrees)]
    [InlineData("first confirmations of the last vote", 2093, 30, RecordTests.LastVoteAgrees)]
    [InlineData("last offset of the last vote", 2152, 2, RecordTests.LastVoteAgrees)]
    [InlineData("option byte of the timestamp", 2186, 2, RecordTests.FlagsAreZeroOrOne)]
    public void A_corrupted_field_is_refused_by_the_test_for_it(string field, int dataOffset, byte value, string test)
    {
        var file = TowerFiles.Resign(_identity, GoldenTowers.Full, data =>
        {
            Assert.True(value != data[dataOffset], $"the {field} is {value} already");
            data[dataOffset] = value;
            return data;
        });

        Assert.Equal(test, Verify(file).RefusedBy);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(1000)]
    public void A_tower_of_more_than_31_votes_is_refused(int count)
    {
        var file = TowerWriter.Write(_identity, GoldenTowers.Consecutive(1000, count) with { LastVote = TowerSync.Empty });

        Assert.Equal(RecordTests.AtMost31Lockouts, Verify(file).RefusedBy);
    }

    [Fact]
    public void A_repeated_slot_is_refused() => AssertRefused(RecordTests.LockoutsAscend, new(7, 2), new(7, 1));

    [Fact]
    public void Unsorted_slots_are_refused() => AssertRefused(RecordTests.LockoutsAscend, new(8, 3), new(9, 2), new(7, 1));

    [Fact]
    public void Confirmations_that_do_not_descend_are_refused() => AssertRefused(RecordTests.ConfirmationsDescend, new(7, 1), new(8, 2));

    [Fact]
    public void More_than_31_confirmations_are_refused() => AssertRefused(RecordTests.ConfirmationsInRange, new(7, 32), new(8, 1));

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(ulong.MaxValue)]
    public void A_root_that_is_not_below_the_first_vote_is_refused(ulong root)
    {
        var file = TowerWriter.Write(_identity, GoldenTowers.ShortTower with { Root = root, LastVote = TowerSync.Empty });

        Assert.Equal(RecordTests.RootBelowFirstLockout, Verify(file).RefusedBy);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_last_vote_with_another_root_is_refused(uint kind)
    {
        var tower = GoldenTowers.ShortTower with { LastVote = GoldenTowers.ShortTower.LastVote with { Root = 998 } };

        Assert.Equal(RecordTests.LastVoteAgrees, Verify(TowerFiles.Current(_identity, tower, (LastVoteKind)kind)).RefusedBy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_last_vote_for_another_slot_is_refused(uint kind)
    {
        var vote = GoldenTowers.ShortTower.LastVote with { Lockouts = [new(1000, 3), new(1001, 2), new(1003, 1)] };

        Assert.Equal(RecordTests.LastVoteAgrees, Verify(TowerFiles.Current(_identity, GoldenTowers.ShortTower with { LastVote = vote }, (LastVoteKind)kind)).RefusedBy);
    }

    [Fact]
    public void A_last_vote_with_more_slots_than_the_tower_is_refused()
    {
        var tower = GoldenTowers.ShortTower with { LastVote = GoldenTowers.Consecutive(999, 4).LastVote };

        Assert.Equal(RecordTests.LastVoteAgrees, Verify(TowerFiles.Current(_identity, tower, LastVoteKind.Vote)).RefusedBy);
        Assert.Equal(RecordTests.LastVoteAgrees, Verify(TowerFiles.Old(_identity, tower)).RefusedBy);
    }

    [Fact]
    public void Anything_behind_the_last_field_is_refused() =>
        Assert.Equal(RecordTests.DataIsComplete, Verify(TowerFiles.Resign(_identity, GoldenTowers.Full, data => [.. data, 0])).RefusedBy);

    [Fact]
    public void A_tower_that_was_cut_off_and_signed_again_is_refused_at_every_byte()
    {
        for (var length = 0; length < GoldenTowers.Full.Length - TowerFiles.HeaderSize; length++)
        {
            var file = TowerFiles.Resign(_identity, GoldenTowers.Full, data => data[..length]);
            Assert.Contains(Verify(file).RefusedBy, new[] { RecordTests.DataIsComplete, RecordTests.CountsInBounds });
        }
    }

    [Theory]
    [InlineData(113, "lockouts")]
    [InlineData(502, "authorized voters")]
    [InlineData(2055, "epoch credits")]
    public void An_absurd_count_is_refused_before_anything_is_allocated(int countAt, string counted)
    {
        foreach (var count in new ulong[] { ulong.MaxValue, 1UL << 63, long.MaxValue, uint.MaxValue, int.MaxValue, 4000 })
        {
            var file = TowerFiles.Resign(_identity, GoldenTowers.Full, data =>
            {
                BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(countAt), count);
                return data;
            });

            var verdict = Allocations.AssertFew(() => Verify(file));

            Assert.Equal(RecordTests.CountsInBounds, verdict.RefusedBy);
            Assert.Contains($"{count} {counted}", verdict.Refusal?.Reason, StringComparison.Ordinal);
        }
    }

    private void AssertRefused(string test, params Lockout[] lockouts) =>
        Assert.Equal(test, Verify(TowerWriter.Write(_identity, new Tower { Lockouts = lockouts, Root = 1 })).RefusedBy);

    private RecordVerdict Verify(byte[] file) => RecordVerifier.Verify(RecordKind.Tower, file, _identity.Public);
}
