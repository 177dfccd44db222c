using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class OneVoterTests
{
    // A has handed over to B after slot 109; B has voted 111 to 115.
    private static History SwitchedToB() => new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 111, 115);

    // And back again, and there again; every tenure is long.
    private static History ThereBackAndThere() => SwitchedToB().HandOver("b", "a").Votes("a", 120, 130).HandOver("a", "b").Votes("b", 135, 140);

    [Fact]
    public void One_host_that_votes_is_safe()
    {
        var verdict = new History().Votes("a", 100, 120).AssertSafe(declared: 0);

        Assert.Equal("SAFE: 21 votes, 0 switches, 0 violations", verdict.Text);
    }

    [Fact]
    public void A_switch_is_safe()
    {
        Assert.Equal(1, SwitchedToB().AssertSafe(declared: 1).Switches);
    }

    [Fact]
    public void A_late_vote_before_the_other_hosts_first_is_fine()
    {
        new History().Votes("a", 100, 109).Vote("a", 110).HandOver("a", "b").Votes("b", 111, 115).AssertSafe(declared: 1);
    }

    [Fact]
    public void A_late_vote_after_the_other_hosts_first_is_two_voters()
    {
        var verdict = new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).Vote("a", 111).Votes("b", 112, 115)
            .AssertViolates(null, ViolationKind.TwoVoters, ViolationKind.StaleRecord);

        var violation = verdict.Violations.First(v => v.Kind == ViolationKind.TwoVoters);
        Assert.Equal([110UL, 111UL, 112UL], violation.Slots);
        Assert.Equal(["b", "a"], violation.Hosts);
        Assert.Equal(3, violation.Times.Count);
        Assert.Contains("host a voted for slot 111", violation.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_late_vote_for_an_older_slot_is_two_voters_as_well()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 112).Vote("a", 111).Votes("b", 113, 115)
            .AssertViolates(null, ViolationKind.TwoVoters, ViolationKind.StaleRecord, ViolationKind.NotNewer);
    }

    [Fact]
    public void A_late_vote_that_the_other_host_never_answers_is_more_switches_than_declared()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 110, 112).HandOver("b", "a").Vote("a", 113)
            .AssertViolates(1, ViolationKind.TwoVoters);
    }

    [Fact]
    public void A_late_vote_that_the_other_host_never_answers_still_has_a_stale_record()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 110, 112).Vote("a", 113)
            .AssertViolates(null, ViolationKind.StaleRecord);
    }

    [Fact]
    public void There_and_back_is_two_switches()
    {
        var history = SwitchedToB().HandOver("b", "a").Votes("a", 117, 120);

        Assert.Equal(2, history.AssertSafe().Switches);
        Assert.Equal(2, history.AssertSafe(declared: 2).Switches);
    }

    [Fact]
    public void There_back_and_there_again_needs_the_tests_word()
    {
        ThereBackAndThere().AssertViolates(null, ViolationKind.TwoVoters);
    }

    [Fact]
    public void There_back_and_there_again_is_safe_when_declared()
    {
        Assert.Equal(3, ThereBackAndThere().AssertSafe(declared: 3).Switches);
    }

    [Fact]
    public void More_switches_than_declared_are_two_voters()
    {
        ThereBackAndThere().AssertViolates(2, ViolationKind.TwoVoters);
    }

    [Fact]
    public void Hosts_that_alternate_too_fast_are_two_voters_whatever_was_declared()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).HandOver("b", "a").Vote("a", 111).HandOver("a", "b").Vote("b", 112)
            .AssertViolates(3, ViolationKind.TwoVoters);
    }

    [Fact]
    public void Marked_handoffs_may_follow_each_other_as_fast_as_they_like()
    {
        new History().Votes("a", 100, 109)
            .Marks("b").HandOver("a", "b").Vote("b", 110)
            .Marks("a").HandOver("b", "a").Vote("a", 111)
            .Marks("b").HandOver("a", "b").Vote("b", 112)
            .AssertSafe();
    }

    [Fact]
    public void A_marker_serves_for_one_switch()
    {
        new History().Votes("a", 100, 109)
            .Marks("b").HandOver("a", "b").Vote("b", 110)
            .HandOver("b", "a").Vote("a", 111)
            .HandOver("a", "b").Vote("b", 112)
            .AssertViolates(null, ViolationKind.TwoVoters);
    }

    [Fact]
    public void A_marker_of_a_handoff_that_never_happened_does_not_excuse_a_later_one()
    {
        new History().Votes("a", 100, 105)
            .Marks("a").Marks("b").Votes("a", 106, 109).HandOver("a", "b").Vote("b", 110)
            .HandOver("b", "a").Vote("a", 111)
            .Marks("b").HandOver("a", "b").Vote("b", 112)
            .AssertViolates(null, ViolationKind.TwoVoters);
    }

    [Fact]
    public void A_refresh_by_the_former_host_counts_as_its_vote()
    {
        var verdict = new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).Refresh("a").Votes("b", 111, 113)
            .AssertViolates(null, ViolationKind.TwoVoters, ViolationKind.StaleRecord);

        Assert.Contains("sent its vote for slot 109 again", verdict.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refresh_by_the_voter_is_fine()
    {
        Assert.Equal(1, new History().Votes("a", 100, 109).Refresh("a").Votes("a", 110, 112).AssertSafe(declared: 0).Refreshes);
    }

    [Fact]
    public void Three_hosts_in_turn_are_safe()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 110, 119).HandOver("b", "c").Votes("c", 120, 129).AssertSafe(declared: 2);
    }

    [Fact]
    public void A_third_host_in_between_hides_nothing()
    {
        new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).HandOver("b", "c").Vote("c", 111)
            .HandOver("c", "a").Vote("a", 112).HandOver("a", "b").Vote("b", 113)
            .AssertViolates(null, ViolationKind.TwoVoters);
    }

    [Fact]
    public void A_run_without_votes_does_not_look_safe()
    {
        var verdict = new History().AssertSafe();

        Assert.True(verdict.Vacuous);
        Assert.StartsWith("SAFE BUT EMPTY", verdict.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_identity_has_its_own_history()
    {
        new History().Votes("a", 100, 105).Send("b", 0, change: vote => vote with { Identity = Keys.U.Text }, by: Keys.U).Votes("a", 106, 107)
            .AssertViolates(0, ViolationKind.MalformedVote);
    }
}
