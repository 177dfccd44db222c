using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class GapTests
{
    [Fact]
    public void The_gap_is_what_lies_between_the_two_votes()
    {
        var gap = Assert.Single(new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 112, 115).AssertSafe().Gaps);

        Assert.Equal(("a", "b", 109UL, 112UL), (gap.FromHost, gap.ToHost, gap.LastSlot, gap.FirstSlot));
        Assert.Equal((2L, 2L, 0L), (gap.RawGap, gap.BlocksWithoutVote, gap.SkippedSlots));
        Assert.Equal(400, gap.Milliseconds);
    }

    [Fact]
    public void A_switch_without_a_missed_slot_has_no_gap()
    {
        Assert.Equal(0, Assert.Single(new History().Votes("a", 100, 109).HandOver("a", "b").Vote("b", 110).AssertSafe().Gaps).RawGap);
    }

    [Fact]
    public void Slots_without_a_block_are_told_apart()
    {
        var gap = Assert.Single(new History().Skipped(110).Skipped(111).Votes("a", 100, 109).HandOver("a", "b").Vote("b", 113).AssertSafe().Gaps);

        Assert.Equal((3L, 1L, 2L), (gap.RawGap, gap.BlocksWithoutVote, gap.SkippedSlots));
    }

    [Fact]
    public void A_refresh_does_not_close_the_gap()
    {
        var gap = Assert.Single(new History().Votes("a", 100, 109).HandOver("a", "b").Refresh("b").Vote("b", 111).AssertSafe().Gaps);

        Assert.Equal((109UL, 111UL, 800d), (gap.LastSlot, gap.FirstSlot, gap.Milliseconds));
    }

    [Fact]
    public void Every_switch_has_its_gap()
    {
        var verdict = new History().Votes("a", 100, 109).HandOver("a", "b").Votes("b", 111, 120).HandOver("b", "a").Votes("a", 124, 126).AssertSafe();

        Assert.Equal([1L, 3L], verdict.Gaps.Select(g => g.RawGap));
        Assert.Contains("gap b -> a: slots 120 to 124, 3 slots without a vote (3 with a block, 0 without), 400.0 ms", verdict.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_is_judged_as_the_run_was()
    {
        var history = new History().Votes("a", 100, 109).Produces("a", 110).Marks("b").HandOver("a", "b").Vote("b", 111).Vote("a", 112).Votes("b", 113, 115);
        using var text = new StringWriter();
        using (var log = new EventLog(text))
        {
            foreach (var observation in history.Seen)
            {
                log.Write(observation);
            }
        }

        var again = EventLog.Replay(text.ToString().Split('\n')).Judge(1);

        Assert.NotEmpty(again.Violations);
        Assert.Equal(history.Judge(1).Text, again.Text);
    }
}
