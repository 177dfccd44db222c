using CsCheck;
using Failover.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Records.Towers;

public class TowerVotesTests
{
    // Steps from one voted slot to the next: mostly the next one, sometimes far enough that lockouts expire.
    private static readonly Gen<ulong[]> Steps = Gen.OneOf(Gen.ULong[1, 3], Gen.ULong[1, 40], Gen.ULong[1, 100_000]).Array[0, 120];

    [Fact]
    public void Consecutive_votes_fill_a_tower_of_31_and_root_the_slot_before_its_oldest()
    {
        var votes = new TowerVotes(root: 349999990);

        Vote(votes, Enumerable.Range(349999991, 40).Select(slot => (ulong)slot));

        Assert.Equal(GoldenTowers.FullTower.Lockouts, votes.Lockouts);
        Assert.Equal(349999999UL, votes.Root);
        Assert.Equal(GoldenTowers.FullTower.LastVote.Encode(), (votes.LastVote with { Timestamp = GoldenTowers.UnixSeconds }).Encode());
    }

    [Fact]
    public void The_first_votes_after_a_root_make_the_golden_short_tower()
    {
        var votes = new TowerVotes(root: 999);

        Vote(votes, [1000, 1001, 1002]);

        using var identity = GoldenTowers.Keypair();
        var written = votes.Snapshot() with
        {
            LastVote = votes.LastVote with { Timestamp = GoldenTowers.UnixSeconds },
            LastTimestamp = GoldenTowers.ShortTower.LastTimestamp,
        };
        Assert.Equal(GoldenTowers.Short, TowerWriter.Write(identity, written));
    }

    [Fact]
    public void A_gap_that_outlasts_lockouts_drops_the_newest_votes_only()
    {
        var votes = new TowerVotes(root: 0);
        Vote(votes, [1, 2, 3]);

        // Slot 3 is locked until 5 and slot 2 until 6; slot 1, with three confirmations, until 9.
        Vote(votes, [7]);

        Assert.Equal([new(1, 3), new(7, 1)], votes.Lockouts);
    }

    [Fact]
    public void A_vote_within_a_lockout_keeps_it()
    {
        var votes = new TowerVotes(root: 0);
        Vote(votes, [1, 2, 3]);

        Vote(votes, [5]);

        Assert.Equal([new(1, 4), new(2, 3), new(3, 2), new(5, 1)], votes.Lockouts);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(9)]
    public void A_vote_that_is_not_above_the_last_one_is_a_defect(ulong slot)
    {
        var votes = new TowerVotes(root: 1);
        Vote(votes, [10]);

        Assert.Throws<InvalidOperationException>(() => Vote(votes, [slot]));
    }

    [Fact]
    public void The_stored_timestamp_lags_by_one_vote()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1000));
        var votes = new TowerVotes(root: 1);

        Vote(votes, [10], clock);
        Assert.Equal((1000, new BlockTimestamp(0, 1000)), (votes.LastVote.Timestamp, votes.Snapshot().LastTimestamp));

        clock.Advance(TimeSpan.FromSeconds(1));
        Vote(votes, [11], clock);
        Assert.Equal((1001, new BlockTimestamp(10, 1001)), (votes.LastVote.Timestamp, votes.Snapshot().LastTimestamp));
    }

    [Fact]
    public void A_clock_that_ran_backwards_leaves_the_vote_without_a_timestamp()
    {
        var votes = new TowerVotes(new Tower { Root = 1, LastTimestamp = new(5, 1000), LastVote = new() { Lockouts = [new(8, 1)], Root = 1 } });

        votes.Record(10, default, default, unixSeconds: 999);

        Assert.Null(votes.LastVote.Timestamp);
        Assert.Equal(new BlockTimestamp(5, 1000), votes.Snapshot().LastTimestamp);
    }

    [Fact]
    public void A_vote_whose_predecessor_has_its_timestamp_already_carries_none()
    {
        var votes = new TowerVotes(new Tower { Root = 1, LastTimestamp = new(8, 1000), LastVote = new() { Lockouts = [new(8, 1)], Root = 1 } });

        votes.Record(10, default, default, unixSeconds: 2000);

        Assert.Null(votes.LastVote.Timestamp);
    }

    [Fact]
    public void A_tower_from_a_bank_keeps_only_votes_above_the_root()
    {
        var votes = new TowerVotes(root: 5, [new(4, 4), new(5, 3), new(6, 2), new(7, 1)]);

        Assert.Equal([new(6, 2), new(7, 1)], votes.Lockouts);
        Assert.Same(TowerSync.Empty, votes.LastVote);
    }

    [Fact]
    public void Whatever_is_voted_on_the_verifier_accepts_the_tower_after_every_vote()
    {
        using var identity = GoldenTowers.Keypair();
        Gen.Select(Gen.ULong[0, 1000], Steps).Sample((root, steps) =>
        {
            var votes = new TowerVotes(root);
            foreach (var slot in steps.Scan(root))
            {
                Vote(votes, [slot]);
                var record = RecordVerifier.Verify(RecordKind.Tower, TowerWriter.Write(identity, votes.Snapshot()), identity.Public).Accepted;
                Assert.Equal((slot, votes.Root), (record.LastVotedSlot, record.RootSlot));
                Assert.Equal(votes.Lockouts, record.Lockouts);
            }
        }, iter: 20);
    }

    [Fact]
    public void A_tower_that_is_read_back_from_its_file_votes_on_as_if_nothing_had_happened()
    {
        using var identity = GoldenTowers.Keypair();
        Steps.Where(steps => steps.Length > 1).Sample(steps =>
        {
            var (uninterrupted, interrupted) = (new TowerVotes(1), new TowerVotes(1));
            foreach (var slot in steps.Scan(1))
            {
                Vote(uninterrupted, [slot]);
                Vote(interrupted, [slot]);
                var file = TowerWriter.Write(identity, interrupted.Snapshot());
                interrupted = new TowerVotes(Tower.From(RecordVerifier.Verify(RecordKind.Tower, file, identity.Public).Accepted));
                Assert.Equal(TowerWriter.Write(identity, uninterrupted.Snapshot()), TowerWriter.Write(identity, interrupted.Snapshot()));
            }
        }, iter: 20);
    }

    private static void Vote(TowerVotes votes, IEnumerable<ulong> slots, FakeTimeProvider? clock = null)
    {
        foreach (var slot in slots)
        {
            votes.Record(slot, GoldenTowers.BankHash, GoldenTowers.BlockId, clock?.GetUtcNow().ToUnixTimeSeconds() ?? GoldenTowers.UnixSeconds);
        }
    }
}

internal static class Slots
{
    /// <summary>The slots that the steps lead to.</summary>
    public static IEnumerable<ulong> Scan(this ulong[] steps, ulong start)
    {
        foreach (var step in steps)
        {
            start += step;
            yield return start;
        }
    }
}
