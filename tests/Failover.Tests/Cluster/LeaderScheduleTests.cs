using Failover.Cluster;

namespace Failover.Tests.Cluster;

public class LeaderScheduleTests
{
    private static LeaderSchedule Of(ulong after, ulong knownUpTo, params ulong[] slots) => new(after, knownUpTo, slots);

    [Fact]
    public void A_window_is_a_stretch_without_leader_slots_that_is_long_enough() => Assert.Equal(
        [new IdleWindow(105, 200), new IdleWindow(204, 300)],
        Of(100, 300, 101, 102, 103, 104, 200, 201, 202, 203).Windows(90));

    [Fact]
    public void A_window_begins_with_the_next_slot_when_no_leader_slot_is_near() =>
        Assert.Equal(new IdleWindow(101, 200), Of(100, 300, 200).Windows(90).First());

    [Fact]
    public void A_stretch_that_is_one_slot_too_short_is_no_window() => Assert.Empty(Of(100, 111, 105).Windows(6));

    [Fact]
    public void What_nobody_knows_yet_is_no_window() => Assert.Empty(Of(100, 120).Windows(20));

    [Fact]
    public void A_schedule_that_ended_before_now_has_no_window() => Assert.Empty(Of(100, 90).Windows(1));

    [Fact]
    public void Some_slots_later_the_same_schedule_has_less_ahead() => Assert.Equal([201UL, 202], Of(100, 300, 200, 201, 202).AfterSlot(200).Slots);

    [Fact]
    public void What_is_left_out_of_a_long_schedule_counts_as_not_known()
    {
        var cut = Of(100, 300, 110, 120, 130).First(2);
        Assert.Equal([110UL, 120], cut.Slots);
        Assert.Equal(130UL, cut.KnownUpTo);
    }
}
