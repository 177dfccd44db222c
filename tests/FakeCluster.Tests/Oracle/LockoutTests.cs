using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class LockoutTests
{
    // Slot 110 is on a losing fork: the winning one goes from 109 to 111.
    private static History ForkAt110() => new History().Block(111, 109).Votes("a", 100, 109);

    [Fact]
    public void Votes_along_one_fork_break_no_lockout()
    {
        ForkAt110().Votes("a", 111, 200).AssertSafe();
    }

    [Fact]
    public void A_vote_on_another_fork_within_the_lockout_breaks_it()
    {
        // The tower keeps 110, which locks until 112, and votes for 111 all the same.
        var verdict = ForkAt110().Vote("a", 110).Vote("a", 111).AssertViolates(null, ViolationKind.LockoutBroken);

        var violation = Assert.Single(verdict.Violations);
        Assert.Equal([110UL, 111UL], violation.Slots);
        Assert.Contains("until slot 11", violation.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_slot_of_a_lockout_is_still_locked()
    {
        var history = ForkAt110().Vote("a", 110);
        history.SetTower("a", null, [.. history.TowerOf("a").Votes.SkipLast(1).Select(v => (v.Slot, v.Confirmations)), (112, 1)]);

        history.Send("a", 112).AssertViolates(null, ViolationKind.LockoutBroken);
    }

    [Fact]
    public void A_fork_may_be_left_when_the_lockout_is_over()
    {
        ForkAt110().Vote("a", 110).Vote("a", 113).AssertSafe();
    }

    [Fact]
    public void Lockouts_double_with_every_vote_on_top()
    {
        // 110, 111, 112 on the losing fork: 110 has three confirmations and locks until 118.
        History Losing() => new History().Block(113, 109).Votes("a", 100, 112);

        Losing().Vote("a", 119).AssertSafe();
        var verdict = Losing().Vote("a", 118).AssertViolates(null, ViolationKind.LockoutBroken);
        Assert.Equal([110UL, 118UL], Assert.Single(verdict.Violations).Slots);
    }

    [Fact]
    public void A_lockout_binds_every_host()
    {
        // B starts from nothing, so its tower shows no trace of the fork that A voted on.
        var verdict = ForkAt110().Vote("a", 110).Vote("b", 111)
            .AssertViolates(null, ViolationKind.LockoutBroken, ViolationKind.StaleRecord);

        Assert.Equal(["a", "b"], verdict.Violations.First(v => v.Kind == ViolationKind.LockoutBroken).Hosts);
    }

    [Fact]
    public void A_rooted_slot_is_locked_for_good()
    {
        // 100 becomes a root; the fork of 300 left the chain before it.
        new History().Block(300, 99).Votes("a", 100, 131).SetTower("a", 100, (300, 1)).Send("a", 300)
            .AssertViolates(null, ViolationKind.LockoutBroken);
    }

    [Fact]
    public void A_root_from_the_bank_does_not_lift_a_lockout_on_another_fork()
    {
        // B takes its root from its bank beyond the fork that A is locked on.
        new History().Block(113, 109).Votes("a", 100, 112).SetTower("b", 114).Vote("b", 115)
            .AssertViolates(null, ViolationKind.LockoutBroken);
    }

    [Fact]
    public void An_older_slot_on_another_fork_breaks_the_lockout_too()
    {
        new History().Block(110, 108).Votes("a", 100, 108).Vote("a", 110).SetTower("a", null, (109, 1)).Send("a", 109)
            .AssertViolates(null, ViolationKind.LockoutBroken, ViolationKind.NotNewer);
    }

    [Fact]
    public void A_vote_for_a_block_that_nobody_made_breaks_every_lockout()
    {
        new History(90, 110).Votes("a", 100, 110).Vote("a", 111).AssertViolates(null, ViolationKind.LockoutBroken);
    }

    [Fact]
    public void A_block_that_the_cluster_refused_is_still_a_block()
    {
        new History(90, 110).Votes("a", 100, 110).Produces("a", 111).Vote("a", 111).AssertSafe();
    }

    [Fact]
    public void What_happened_before_the_recording_cannot_be_judged()
    {
        new History(90).SetTower("a", 10, (20, 4), (25, 3)).Vote("a", 100).AssertSafe();
    }
}
