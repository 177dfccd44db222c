using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class RecordTests
{
    private static History AVoted() => new History().Votes("a", 100, 140);

    private static Violation Stale(History history)
        => Assert.Single(history.AssertViolates(null, ViolationKind.StaleRecord).Violations);

    [Fact]
    public void A_target_with_the_sources_record_is_safe()
    {
        AVoted().HandOver("a", "b").Votes("b", 142, 150).AssertSafe();
    }

    [Fact]
    public void A_record_without_the_sources_last_vote_is_stale()
    {
        var violation = Stale(AVoted().HandOver("a", "b").Vote("a", 141).Votes("b", 142, 145));

        Assert.Equal([141UL], violation.Slots);
        Assert.Equal(["a", "b"], violation.Hosts);
        Assert.Contains("lacks 141", violation.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_without_several_votes_names_them_all()
    {
        // 139 and 140 too: without the votes on top of them they ran out, and were dropped too early.
        Assert.Equal([139UL, 140UL, 141UL, 142UL, 143UL], Stale(AVoted().HandOver("a", "b").Votes("a", 141, 143).Vote("b", 144)).Slots);
    }

    [Fact]
    public void An_empty_record_is_stale()
    {
        var violation = Stale(AVoted().Vote("b", 141));

        Assert.Equal(30, violation.Slots.Count); // 111 to 140; 110 would have been rooted by now.
        Assert.Contains("its root went back from 109 to none", violation.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_goes_back_is_stale()
    {
        var history = new History().SetTower("a", 99, (100, 1)).Send("a", 100).SetTower("b", 98, (100, 1)).Vote("b", 101);

        Assert.Contains("its root went back from 99 to 98", Stale(history).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_may_have_rooted_more_than_the_source()
    {
        // Loading a tower drops what the local bank has rooted, and takes the bank's root.
        var history = AVoted().HandOver("a", "b");
        history.SetTower("b", 125, [.. history.TowerOf("b").Votes.Where(v => v.Slot > 125).Select(v => (v.Slot, v.Confirmations))]);

        history.Votes("b", 142, 200).AssertSafe();
    }

    [Fact]
    public void A_record_healed_from_the_chain_without_the_last_vote_is_still_stale()
    {
        // B adopted what had landed: everything but A's last vote, with the bank's root.
        var history = AVoted().HandOver("a", "b").Vote("a", 141);
        history.SetTower("b", 120, [.. history.TowerOf("b").Votes.Where(v => v.Slot > 120).Select(v => (v.Slot, v.Confirmations))]);

        Assert.Equal([141UL], Stale(history.Vote("b", 142)).Slots);
    }

    [Fact]
    public void A_vote_whose_lockout_is_over_may_be_gone()
    {
        // 100 and 101 have both run out at 110: whoever never had 101 ends up with the same tower.
        new History().Vote("a", 100).HandOver("a", "b").Vote("a", 101).Vote("b", 110).AssertSafe();
    }

    [Fact]
    public void A_vote_that_is_gone_has_still_prolonged_the_ones_beneath_it()
    {
        // 141 is over at 144, but it had doubled the lockout of 140, which a tower without it has already dropped.
        var violation = Stale(AVoted().HandOver("a", "b").Vote("a", 141).Vote("b", 144));

        Assert.Equal([139UL, 140UL], violation.Slots);
    }

    [Fact]
    public void A_record_with_fewer_confirmations_is_stale()
    {
        var history = AVoted().HandOver("a", "b");
        var tower = history.TowerOf("b");
        history.SetTower("b", tower.Root, [.. tower.Votes.Select(v => (v.Slot, v.Slot == 120 ? v.Confirmations - 5 : v.Confirmations))]);

        Assert.Equal([120UL], Stale(history.Vote("b", 141)).Slots);
    }

    [Fact]
    public void A_record_with_an_older_vote_that_the_source_never_made_is_not_the_sources()
    {
        var history = new History()
            .SetTower("a", 100, (140, 2), (141, 1)).Send("a", 141)
            .SetTower("b", 100, (139, 3), (140, 2), (141, 1)).Vote("b", 142);

        Assert.Equal([139UL], Stale(history).Slots);
    }

    [Fact]
    public void Votes_that_the_target_recorded_without_sending_are_fine()
    {
        // Its voter came later than its identity.
        AVoted().HandOver("a", "b").RecordSilently("b", 141).RecordSilently("b", 142).Vote("b", 143).AssertSafe();
    }

    [Fact]
    public void A_target_that_first_repeats_the_sources_last_vote_is_fine()
    {
        AVoted().HandOver("a", "b").Refresh("b").Votes("b", 142, 145).AssertSafe();
    }

    [Fact]
    public void A_target_that_votes_for_the_same_slot_again_is_not_newer()
    {
        AVoted().HandOver("a", "b").Send("b", 140).AssertViolates(null, ViolationKind.NotNewer);
    }

    [Fact]
    public void A_target_that_votes_for_an_older_slot_is_not_newer_and_stale()
    {
        AVoted().HandOver("a", "b").Votes("a", 141, 144).Vote("b", 142).AssertViolates(null, ViolationKind.NotNewer, ViolationKind.StaleRecord);
    }

    [Fact]
    public void A_host_that_restarts_with_an_older_record_is_not_newer()
    {
        AVoted().HandOver("a", "backup").Votes("a", 141, 145).HandOver("backup", "a").Vote("a", 143).AssertViolates(null, ViolationKind.NotNewer);
    }

    [Fact]
    public void A_refresh_is_not_held_to_be_newer()
    {
        AVoted().Refresh("a").Refresh("a").Vote("a", 141).AssertSafe();
    }

    [Fact]
    public void A_refresh_for_a_slot_never_voted_for_is_a_new_vote()
    {
        var verdict = AVoted().RecordSilently("a", 141).Send("a", 141, isRefresh: true).AssertSafe();

        Assert.Equal(0, verdict.Refreshes);
    }
}
