using Failover.Simulation;

namespace Failover.Handoff;

[Collection(SimulationCollection.Name)]
public class WayOutTests
{
    [Theory]
    [InlineData(HandoffPhase.Prepared, AnswerKind.Unknown, WayOut.Release)]
    [InlineData(HandoffPhase.Prepared, AnswerKind.Promoted, WayOut.Release)]
    [InlineData(HandoffPhase.Prepared, AnswerKind.Refused, WayOut.Release)]
    [InlineData(HandoffPhase.Prepared, AnswerKind.CannotTell, WayOut.Release)]
    [InlineData(HandoffPhase.Demoting, AnswerKind.Unknown, WayOut.Reclaim)]
    [InlineData(HandoffPhase.Demoting, AnswerKind.Promoted, WayOut.Complete)]
    [InlineData(HandoffPhase.Demoting, AnswerKind.Refused, WayOut.Reclaim)]
    [InlineData(HandoffPhase.Demoting, AnswerKind.CannotTell, WayOut.AskTarget)]
    [InlineData(HandoffPhase.HandedOver, AnswerKind.Unknown, WayOut.AskTarget)]
    [InlineData(HandoffPhase.HandedOver, AnswerKind.Promoted, WayOut.Complete)]
    [InlineData(HandoffPhase.HandedOver, AnswerKind.Refused, WayOut.Reclaim)]
    [InlineData(HandoffPhase.HandedOver, AnswerKind.CannotTell, WayOut.AskTarget)]
    [InlineData(HandoffPhase.Reclaiming, AnswerKind.Unknown, WayOut.Reclaim)]
    [InlineData(HandoffPhase.Reclaiming, AnswerKind.Promoted, WayOut.Complete)]
    [InlineData(HandoffPhase.Reclaiming, AnswerKind.Refused, WayOut.Reclaim)]
    [InlineData(HandoffPhase.Reclaiming, AnswerKind.CannotTell, WayOut.AskTarget)]
    public void The_way_out_follows_from_what_is_written_down_and_what_the_target_says(HandoffPhase writtenDown, AnswerKind targetSays, WayOut expected) =>
        Assert.Equal(expected, PlannedHandoff.WayOutOf(writtenDown, targetSays));

    [Fact]
    public void No_other_combination_has_a_way_out()
    {
        HandoffPhase[] sourcePhases = [HandoffPhase.Prepared, HandoffPhase.Demoting, HandoffPhase.HandedOver, HandoffPhase.Reclaiming];
        foreach (var phase in Enum.GetValues<HandoffPhase>().Except(sourcePhases))
        {
            foreach (var answer in Enum.GetValues<AnswerKind>())
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => PlannedHandoff.WayOutOf(phase, answer));
            }
        }
        foreach (var phase in sourcePhases.Except([HandoffPhase.Prepared]))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => PlannedHandoff.WayOutOf(phase, (AnswerKind)99));
        }
    }

    [Fact]
    public Task The_effects_on_the_source_come_in_the_order_of_the_protocol() => SimulatedPair.RunAsync(async pair =>
    {
        await pair.HandOverAsync(pair.A, pair.B);

        string[] effects =
        [
            "node-a: Rename /keys/identity.json",
            "node-a's validator has no voters",
            "node-a's validator records U",
            "node-a: Rename /state/state.json",
            "node-a sends HandOverMessage",
        ];
        var seen = pair.Happened.Select(line => line[10..]).SkipWhile(line => line != effects[0]).TakeWhile(line => line != "node-b: Create /state/state.json.failover")
            .Where(line => effects.Contains(line));
        Assert.Equal(effects, seen);
    });

    [Fact]
    public Task The_demotion_is_written_down_before_the_first_effect() => SimulatedPair.RunAsync(async pair =>
    {
        HandoffPhase? atRelink = null;
        pair.A.Disk.Refuses = (operation, path) =>
        {
            atRelink ??= operation == "Rename" && path == pair.A.Config.IdentityLink ? pair.A.State.Handoff!.Phase : null;
            return false;
        };

        await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffPhase.Demoting, atRelink);
    });
}
