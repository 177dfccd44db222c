using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Coordination;

public sealed class ResumeTests
{
    private static readonly OperatorAssertion Fenced = new(true, "power cable in my hand");

    [Fact]
    public async Task The_sources_agent_is_asked_first_then_the_targets_and_the_ending_is_told()
    {
        var pair = Stopped(HandoffPhase.HandedOver, HandoffPhase.Promoting);
        pair.London.OnResume = (_, _) => Task.FromResult(Samples.Completed());
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal(["london: resume", "tokyo: resume"], pair.Orders);
        Assert.Equal((HandoffEnding.Completed, ""), (report.Outcome!.Ending, report.Next));
        Assert.Contains("tokyo holds S and votes", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_unfinished_nobody_is_asked()
    {
        var pair = new Pair();
        Assert.Equal(ObstacleKind.NothingUnfinished, (await pair.Coordinator.ResumeAsync(null, CancellationToken.None)).Obstacle!.Kind);
        Assert.Empty(pair.Orders);
    }

    [Fact]
    public async Task Who_left_a_handoff_while_it_ran_is_told_how_it_ended()
    {
        var pair = new Pair(
            Samples.Standby("london") with { LastHandoff = Samples.Completed() },
            Samples.Active("tokyo") with { LastHandoff = Samples.Completed() with { Phase = HandoffPhase.Active } });
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.EndsWith("from london to tokyo, completed. tokyo holds S and votes; london holds its own U.", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_unfinished_on_the_nodes_that_answer_it_is_not_known_of_the_other()
    {
        var pair = new Pair();
        pair.Tokyo.Down = Pair.Silence("tokyo");
        Assert.Equal(ObstacleKind.Unreachable, (await pair.Coordinator.ResumeAsync(null, CancellationToken.None)).Obstacle!.Kind);
    }

    [Fact]
    public async Task What_needs_an_operator_is_told_with_the_command_of_the_agent()
    {
        var pair = Stopped(HandoffPhase.HandedOver, null);
        pair.Tokyo.Down = Pair.Silence("tokyo");
        pair.London.OnResume = (_, _) => Task.FromResult(Samples.Outcome(HandoffPhase.HandedOver, HandoffEnding.NeedsOperator, "tokyo may hold S.", "failover resume --target-is-fenced"));
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal(("failover resume --target-is-fenced", null), (report.Next, report.Obstacle));
        Assert.Contains("tokyo cannot be reached", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_word_goes_to_the_source_only()
    {
        var pair = Stopped(HandoffPhase.HandedOver, HandoffPhase.Promoting);
        pair.Tokyo.Facts = pair.Tokyo.Facts with { ProcessRunning = false, Holds = HeldIdentity.Unknown };
        await pair.Coordinator.ResumeAsync(Fenced, CancellationToken.None);
        Assert.Equal(["london: resume fenced \"power cable in my hand\"", "tokyo: resume"], pair.Orders);
    }

    [Theory]
    [InlineData(true, HeldIdentity.Unknown)]
    [InlineData(null, HeldIdentity.Staked)]
    public async Task A_target_that_shows_that_it_runs_is_not_fenced_whatever_the_operator_says(bool? running, HeldIdentity holds)
    {
        var pair = Stopped(HandoffPhase.HandedOver, HandoffPhase.Promoting);
        pair.London.Facts = pair.London.Facts with { Holds = HeldIdentity.Unstaked };
        pair.Tokyo.Facts = pair.Tokyo.Facts with { ProcessRunning = running, Holds = holds };
        Assert.Equal(ObstacleKind.Contradicted, (await pair.Coordinator.ResumeAsync(Fenced, CancellationToken.None)).Obstacle!.Kind);
        Assert.Empty(pair.Orders);
    }

    [Fact]
    public async Task With_the_source_unreachable_the_targets_proven_ending_is_enough()
    {
        var pair = Stopped(null, HandoffPhase.Active);
        pair.London.Down = Pair.Silence("london");
        pair.Tokyo.OnResume = (_, _) => Task.FromResult(Samples.Completed() with { Phase = HandoffPhase.Active });
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal((HandoffEnding.Completed, null), (report.Outcome!.Ending, report.Obstacle));
    }

    [Fact]
    public async Task A_target_that_refused_does_not_say_that_the_source_has_S_back()
    {
        var pair = Stopped(HandoffPhase.Reclaiming, HandoffPhase.Refused);
        pair.Tokyo.Facts = pair.Tokyo.Facts with { LastHandoff = Samples.Outcome(HandoffPhase.Refused, HandoffEnding.Unchanged, "tokyo refused.") };
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal((HandoffEnding.Unknown, HandoffPhase.Reclaiming, "failover resume"), (report.Outcome!.Ending, report.Outcome.Phase, report.Next));
        pair.London.Down = Pair.Silence("london");
        Assert.Equal(HandoffEnding.Unknown, HandoffStanding.Of(Samples.Order(), await pair.Coordinator.Reader.ReadAsync(CancellationToken.None))!.Ending);
    }

    [Fact]
    public async Task With_the_source_unreachable_an_open_end_at_the_target_is_not_known()
    {
        var pair = Stopped(null, HandoffPhase.Promoting);
        pair.London.Down = Pair.Silence("london");
        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal((ObstacleKind.Unreachable, "failover resume"), (report.Obstacle!.Kind, report.Next));
    }

    [Fact]
    public async Task A_target_that_is_still_locked_for_a_handoff_that_ended_unchanged_is_set_free()
    {
        var pair = Stopped(HandoffPhase.Prepared, HandoffPhase.Prepared);
        var unchanged = Samples.Outcome(HandoffPhase.Ended, HandoffEnding.Unchanged, "london is active as before.");
        pair.London.OnResume = (_, _) => Task.FromResult(unchanged);
        pair.Tokyo.OnResume = (_, _) => Task.FromResult(Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown));
        var released = 0;
        pair.Tokyo.OnAbort = _ =>
        {
            released++;
            return Task.FromResult(Samples.Outcome(HandoffPhase.Refused, HandoffEnding.Unchanged));
        };

        var report = await pair.Coordinator.ResumeAsync(null, CancellationToken.None);

        Assert.Equal(1, released);
        Assert.Equal((HandoffEnding.Unchanged, ""), (report.Outcome!.Ending, report.Next));
    }

    [Fact]
    public async Task When_it_is_only_prepared_abort_is_the_next_command()
    {
        var report = await Stopped(HandoffPhase.Prepared, HandoffPhase.Prepared).Coordinator.ResumeAsync(null, CancellationToken.None);
        Assert.Equal("failover abort", report.Next);
    }

    [Fact]
    public async Task Abort_asks_the_source_first_and_frees_both()
    {
        var pair = Stopped(HandoffPhase.Prepared, HandoffPhase.Prepared);
        var report = await pair.Coordinator.AbortAsync(CancellationToken.None);
        Assert.Equal(["london: abort", "tokyo: abort"], pair.Orders);
        Assert.Equal((HandoffEnding.Unchanged, null), (report.Outcome!.Ending, report.Obstacle));
    }

    [Fact]
    public async Task Abort_leaves_the_target_alone_when_the_source_has_begun()
    {
        var pair = Stopped(HandoffPhase.Demoting, HandoffPhase.Prepared);
        pair.London.OnAbort = _ => throw new OrderRefusedException(RefusalReason.WrongPhase, "It is demoting.");
        var report = await pair.Coordinator.AbortAsync(CancellationToken.None);
        Assert.Equal(["london: abort"], pair.Orders);
        Assert.Equal((ObstacleKind.Refused, "failover resume"), (report.Obstacle!.Kind, report.Next));
    }

    [Fact]
    public async Task Abort_leaves_the_target_alone_when_the_source_cannot_be_asked()
    {
        var pair = Stopped(null, HandoffPhase.Prepared);
        pair.London.Down = Pair.Silence("london");
        var report = await pair.Coordinator.AbortAsync(CancellationToken.None);
        Assert.Equal(["london: abort"], pair.Orders);
        Assert.Contains("tokyo was left alone", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abort_frees_a_target_whose_source_never_heard_of_the_handoff()
    {
        var pair = Stopped(null, HandoffPhase.Prepared);
        var report = await pair.Coordinator.AbortAsync(CancellationToken.None);
        Assert.Equal(["london: abort", "tokyo: abort"], pair.Orders);
        Assert.Equal(HandoffEnding.Unchanged, report.Outcome!.Ending);
    }

    [Fact]
    public async Task Abort_tells_when_the_target_could_not_be_freed()
    {
        var pair = Stopped(HandoffPhase.Prepared, null);
        pair.Tokyo.Down = Pair.Silence("tokyo");
        Assert.Equal(ObstacleKind.Unreachable, (await pair.Coordinator.AbortAsync(CancellationToken.None)).Obstacle!.Kind);
    }

    private static Pair Stopped(HandoffPhase? london, HandoffPhase? tokyo) => new(
        Samples.Active("london") with { LastHandoff = london is { } source ? Samples.Outcome(source, HandoffEnding.Unknown, "Stopped.") : null },
        Samples.Standby("tokyo") with { LastHandoff = tokyo is { } target ? Samples.Outcome(target, HandoffEnding.Unknown, "Stopped.") : null });
}
