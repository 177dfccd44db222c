using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class WindowTests
{
    [Fact]
    public Task A_handoff_that_waits_for_its_window_longer_than_a_prepare_lives_goes_on_all_the_same() => SimulatedPair.RunAsync(async pair =>
    {
        // A leader slot every 30 slots for 11 minutes; a prepare that nobody goes on with lapses after 10.
        var now = pair.Cluster.Slot;
        pair.Cluster.LeaderSlots.AddRange(Enumerable.Range(1, 55).Select(group => now + ((ulong)group * 30)));
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);

        await pair.CommitAsync(order, TimeSpan.FromSeconds(20));
        await pair.PassAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(HandoffPhase.Prepared, pair.A.State.Handoff!.Phase);

        Assert.Equal(HandoffEnding.Completed, (await pair.A.FollowAsync(order))[^1].Outcome!.Ending);
        Assert.True(pair.Cluster.Slot > pair.Cluster.LeaderSlots[^1]);
    });
}
