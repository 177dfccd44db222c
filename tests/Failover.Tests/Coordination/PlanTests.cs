using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Coordination;

public sealed class PlanTests
{
    [Fact]
    public async Task The_source_is_the_node_whose_validator_holds_S()
    {
        var plan = await new Pair().PlannedAsync();
        Assert.Equal(new HandoffOrder(Samples.Id, new(8), Samples.Staked, Samples.Vote, Samples.Genesis, "london", "tokyo"), plan.Order);
    }

    [Fact]
    public async Task Who_was_promised_S_does_not_decide_who_is_active()
    {
        var pair = new Pair(Samples.Standby("london") with { Promised = PromisedRole.Active }, Samples.Active("tokyo") with { Promised = PromisedRole.Standby });
        Assert.Equal("tokyo", (await pair.PlanAsync("london")).Plan!.Order.Source);
    }

    [Fact]
    public async Task The_token_is_above_the_highest_that_any_node_has_seen()
    {
        var pair = new Pair(more: Samples.Standby("oslo") with { HighestToken = new(41) });
        Assert.Equal(new FencingToken(42), (await pair.PlannedAsync()).Order.Token);
    }

    [Fact]
    public async Task Planning_asks_for_status_and_nothing_else()
    {
        var pair = new Pair();
        await pair.PlanAsync();
        Assert.Empty(pair.Orders);
    }

    [Fact]
    public async Task A_name_that_is_not_configured_is_refused_before_anybody_is_asked()
    {
        var pair = new Pair();
        var result = await pair.PlanAsync("paris");
        Assert.Equal(ObstacleKind.UnknownNode, result.Obstacle!.Kind);
        Assert.Contains("london, tokyo", result.Obstacle.Text, StringComparison.Ordinal);
        Assert.Empty(pair.Calls);
    }

    [Fact]
    public async Task To_the_node_that_is_active_there_is_nothing_to_do() =>
        Assert.Equal(ObstacleKind.NothingToDo, (await new Pair().PlanAsync("london")).Obstacle!.Kind);

    [Fact]
    public async Task To_the_active_node_there_is_nothing_to_do_even_when_the_other_one_cannot_be_reached()
    {
        var pair = new Pair();
        pair.Tokyo.Down = Pair.Silence("tokyo");
        Assert.Equal(ObstacleKind.NothingToDo, (await pair.PlanAsync("london")).Obstacle!.Kind);
    }

    [Fact]
    public async Task Two_active_nodes_are_an_alarm_that_says_what_to_check_and_to_type()
    {
        var obstacle = (await new Pair(tokyo: Samples.Active("tokyo")).PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.SeveralActive, obstacle.Kind);
        Assert.Contains("london and tokyo both hold S", obstacle.Text, StringComparison.Ordinal);
        Assert.Contains("last vote", obstacle.Text, StringComparison.Ordinal);
        Assert.StartsWith("failover node set-identity tokyo unstaked", obstacle.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_nodes_active_with_different_identities_are_no_pair()
    {
        var pair = new Pair(tokyo: Samples.Active("tokyo") with { RunningIdentity = Samples.Key("another"), StakedIdentity = Samples.Key("another") });
        Assert.Equal(ObstacleKind.NodesDiffer, (await pair.PlanAsync()).Obstacle!.Kind);
    }

    [Fact]
    public async Task With_no_active_node_the_one_whose_last_word_is_active_may_be_given_S()
    {
        var obstacle = (await new Pair(Samples.Standby("london") with { Promised = PromisedRole.Active }).PlanAsync()).Obstacle!;
        Assert.Equal((ObstacleKind.NoActiveNode, "failover node set-identity london staked"), (obstacle.Kind, obstacle.Next));
    }

    [Fact]
    public async Task With_no_active_node_and_no_last_word_a_person_must_vouch_and_sees_whose_record_is_newest()
    {
        var obstacle = (await new Pair(Samples.Standby("london") with { Records = [Samples.Tower(99)] }, Samples.Standby("tokyo") with { Records = [] }).PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.NoActiveNode, obstacle.Kind);
        Assert.Contains("london has the newest record (slot 99)", obstacle.Text, StringComparison.Ordinal);
        Assert.Contains("--override-reason", obstacle.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_validator_that_does_not_say_what_it_holds_may_be_voting()
    {
        var pair = new Pair(Samples.Active("london") with { Holds = HeldIdentity.Unknown, RunningIdentity = null });
        var obstacle = (await pair.PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.NoActiveNode, obstacle.Kind);
        Assert.Contains("may be voting", obstacle.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_whose_validator_is_stopped_is_still_the_source_when_its_last_word_is_active()
    {
        var plan = await new Pair(Stopped("london")).PlannedAsync();
        Assert.Equal(("london", "tokyo", Samples.Genesis), (plan.Order.Source, plan.Order.Target, plan.Order.GenesisHash));
        Assert.Contains("read from its disk", Assert.Single(plan.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_source_is_not_taken_at_its_word_while_another_node_cannot_be_reached()
    {
        var pair = new Pair(Stopped("london"), more: Samples.Standby("oslo"));
        ((ScriptedAgent)pair.Agents[2]).Down = Pair.Silence("oslo");
        Assert.Equal(ObstacleKind.Unreachable, (await pair.PlanAsync()).Obstacle!.Kind);
    }

    [Fact]
    public async Task Back_to_the_stopped_source_its_validator_only_has_to_be_started()
    {
        var obstacle = (await new Pair(Stopped("london")).PlanAsync("london")).Obstacle!;
        Assert.Equal("start the validator of london", obstacle.Next);
    }

    [Theory]
    [InlineData("london")]
    [InlineData("tokyo")]
    [InlineData("london tokyo")]
    public async Task Without_an_answer_from_source_or_target_nothing_is_planned(string down)
    {
        var pair = new Pair();
        foreach (var agent in pair.Agents.Cast<ScriptedAgent>().Where(agent => down.Contains(agent.Node, StringComparison.Ordinal)))
        {
            agent.Down = Pair.Silence(agent.Node);
        }
        var obstacle = (await pair.PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.Unreachable, obstacle.Kind);
        Assert.All(down.Split(' '), node => Assert.Contains($"{node} cannot be reached", obstacle.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_third_node_that_cannot_be_reached_is_told_and_takes_no_part()
    {
        var pair = new Pair(more: Samples.Standby("oslo"));
        ((ScriptedAgent)pair.Agents[2]).Down = Pair.Silence("oslo");
        Assert.Contains("oslo cannot be reached", Assert.Single((await pair.PlannedAsync()).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_calls_itself_otherwise_is_not_taken_for_the_node()
    {
        var pair = new Pair(tokyo: Samples.Standby("tokyo") with { Node = "oslo" });
        var swapped = new HandoffCoordinator([pair.London, new ScriptedAgent(Samples.Standby("oslo"), []) { Node = "tokyo" }], pair.Time, () => Samples.Id);
        Assert.Equal(ObstacleKind.NodesDiffer, (await swapped.PlanAsync("tokyo", CancellationToken.None)).Obstacle!.Kind);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_in_time_is_unreachable_and_holds_nobody_up()
    {
        var pair = new Pair();
        pair.Tokyo.OnStatus = _ => new TaskCompletionSource<NodeFacts>().Task;
        var reading = pair.Coordinator.Reader.ReadAsync(CancellationToken.None);
        pair.Time.Advance(new CoordinationTimings().StatusLimit);
        var view = await reading;
        Assert.Equal(["tokyo"], view.Silent.Select(node => node.Node));
        Assert.Equal("london is active, tokyo cannot be reached", Verdict.Of(view).Text);
    }

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Nodes_that_are_no_pair_get_no_order(string what, NodeFacts tokyo)
    {
        var obstacle = (await new Pair(tokyo: tokyo).PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.NodesDiffer, obstacle.Kind);
        Assert.Contains(what, obstacle.Text, StringComparison.Ordinal);
    }

    public static IEnumerable<TheoryDataRow<string, NodeFacts>> Differences() =>
    [
        new("cannot read its staked keypair", Samples.Standby("tokyo") with { StakedIdentity = null }),
        new("staked identities", Samples.Standby("tokyo") with { StakedIdentity = Samples.Key("another") }),
        new("vote accounts", Samples.Standby("tokyo") with { VoteAccount = Samples.Key("another") }),
        new("clusters", Samples.Standby("tokyo") with { GenesisHash = "another" }),
    ];

    [Fact]
    public async Task When_no_node_tells_its_cluster_there_is_no_order() => Assert.Contains("genesis",
        (await new Pair(Samples.Active("london") with { GenesisHash = "" }, Samples.Standby("tokyo") with { GenesisHash = "" }).PlanAsync()).Obstacle!.Text, StringComparison.Ordinal);

    [Fact]
    public async Task A_handoff_in_progress_is_named_with_its_command()
    {
        var pair = new Pair(Samples.Active("london") with { LastHandoff = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) });
        var obstacle = (await pair.PlanAsync()).Obstacle!;
        Assert.Equal(ObstacleKind.HandoffInProgress, obstacle.Kind);
        Assert.Contains(Samples.Id.ToString(), obstacle.Text, StringComparison.Ordinal);
        Assert.StartsWith("failover abort", obstacle.Next, StringComparison.Ordinal);
    }

    internal static NodeFacts Stopped(string node) => Samples.Active(node) with
    {
        ProcessRunning = false,
        Holds = HeldIdentity.Unknown,
        RunningIdentity = null,
        GenesisHash = "",
        ProcessedSlot = null,
        Health = null,
        Started = null,
        NextLeaderSlots = [],
    };
}
