using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class OneProducerTests
{
    [Fact]
    public void Blocks_of_the_voter_are_safe()
    {
        Assert.Equal(2, new History().Votes("a", 100, 101).Produces("a", 102).Produces("a", 103).Votes("a", 102, 105).AssertSafe(declared: 0).Blocks);
    }

    [Fact]
    public void Two_blocks_for_one_slot_are_two_producers()
    {
        var verdict = new History().Votes("a", 100, 101).Produces("a", 102).Produces("b", 102).AssertViolates(null, ViolationKind.TwoProducers);

        Assert.Equal(["a", "b"], Assert.Single(verdict.Violations).Hosts);
    }

    [Fact]
    public void A_block_of_the_former_voter_before_the_other_hosts_first_vote_is_fine()
    {
        new History().Votes("a", 100, 109).Produces("a", 110).HandOver("a", "b").Votes("b", 111, 112).Produces("b", 113).AssertSafe(declared: 1);
    }

    [Fact]
    public void A_block_of_the_former_voter_after_the_other_hosts_first_vote_is_two_producers()
    {
        var verdict = new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).Produces("a", 111).Votes("b", 112, 113)
            .AssertViolates(null, ViolationKind.TwoProducers);

        Assert.Contains("host a produced the block of slot 111", verdict.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lone_block_of_the_former_voter_is_one_switch_more_than_declared()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 110, 113).Produces("a", 114).AssertViolates(1, ViolationKind.TwoProducers);
    }

    [Fact]
    public void Hosts_whose_blocks_alternate_are_two_producers()
    {
        new History().Produces("a", 100).Produces("b", 101).Produces("a", 102).Produces("b", 103).AssertViolates(null, ViolationKind.TwoProducers);
    }
}
