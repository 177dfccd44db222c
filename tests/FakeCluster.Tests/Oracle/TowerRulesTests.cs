using FakeCluster.Oracle;
using FakeWire;

namespace FakeCluster.Tests.Oracle;

public sealed class TowerRulesTests
{
    private static Tower Of(params ulong[] slots) => slots.Aggregate(new Tower(null, []), TowerRules.Record);

    [Fact]
    public void Each_vote_on_top_adds_a_confirmation()
    {
        Assert.Equal([new TowerVote(1, 3), new TowerVote(2, 2), new TowerVote(3, 1)], Of(1, 2, 3).Votes);
    }

    [Fact]
    public void Expired_votes_go_from_the_top()
    {
        // At 6 both 3 (until 5) and 2 (until 6) are looked at; only 3 is over.
        Assert.Equal([new TowerVote(1, 3), new TowerVote(2, 2), new TowerVote(6, 1)], Of(1, 2, 3, 6).Votes);
    }

    [Fact]
    public void A_gap_does_not_raise_the_confirmations_of_what_stays()
    {
        Assert.Equal([new TowerVote(1, 3), new TowerVote(7, 1)], Of(1, 2, 3, 7).Votes);
        Assert.Equal([new TowerVote(1, 3), new TowerVote(7, 2), new TowerVote(8, 1)], Of(1, 2, 3, 7, 8).Votes);
    }

    [Fact]
    public void The_thirty_second_vote_roots_the_first()
    {
        var tower = Of([.. Enumerable.Range(1, 32).Select(i => (ulong)i)]);

        Assert.Equal(1UL, tower.Root);
        Assert.Equal(31, tower.Votes.Count);
        Assert.Equal(new TowerVote(2, 31), tower.Votes[0]);
    }
}
