using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Coordination;

public sealed class VerdictTests
{
    [Fact]
    public void One_active_and_one_ready_standby_is_good() => AssertVerdict(
        VerdictKind.Good, "london is active, tokyo is a ready standby", Samples.Active("london"), Samples.Standby("tokyo"));

    [Fact]
    public void Two_active_nodes_are_an_alarm() => AssertVerdict(
        VerdictKind.SeveralActive, "ALARM: london and tokyo both hold S", Samples.Active("london"), Samples.Active("tokyo"));

    [Fact]
    public void Without_an_active_node_nobody_votes() => AssertVerdict(
        VerdictKind.NobodyActive, "no node is active: london is a ready standby, tokyo is a ready standby", Samples.Standby("london"), Samples.Standby("tokyo"));

    [Fact]
    public void A_stopped_active_node_is_still_the_active_one()
    {
        var verdict = AssertVerdict(
            VerdictKind.NobodyActive, "nobody votes: london is the active one, but its validator is stopped", PlanTests.Stopped("london"), Samples.Standby("tokyo"));
        Assert.Equal("start the validator of london, or: failover handoff --to tokyo --now", verdict.Next);
    }

    [Fact]
    public void An_unfinished_handoff_is_what_is_told_next() => Assert.Equal("failover resume", AssertVerdict(VerdictKind.Degraded, "london is active, tokyo is a ready standby",
        Samples.Active("london") with { LastHandoff = Samples.Outcome(HandoffPhase.Demoting, HandoffEnding.Unknown) }, Samples.Standby("tokyo")).Next);

    [Theory]
    [MemberData(nameof(Shortcomings))]
    public void What_is_not_as_it_should_be_is_told_with_the_node(string told, NodeFacts london, NodeFacts tokyo)
    {
        var verdict = Verdict.Of(View(london, tokyo));
        Assert.Equal(VerdictKind.Degraded, verdict.Kind);
        Assert.Contains(verdict.Shortcomings, text => text.Contains(told, StringComparison.Ordinal));
    }

    public static IEnumerable<TheoryDataRow<string, NodeFacts, NodeFacts>> Shortcomings()
    {
        var (london, tokyo) = (Samples.Active("london"), Samples.Standby("tokyo"));
        return
        [
            new("london: restarted, its validator would not come up with S", london with { LinkPointsTo = HeldIdentity.Unstaked }, tokyo),
            new("tokyo: restarted, its validator would come up with S", london, tokyo with { LinkPointsTo = HeldIdentity.Staked }),
            new("tokyo: its validator says that it is not healthy", london, tokyo with { Health = new NodeHealth(false, 99, "behind by 99 slots") }),
            new("tokyo: its validator is still starting up (LoadingLedger)", london, tokyo with { Started = false, StartProgress = "LoadingLedger" }),
            new("tokyo: its validator is stopped", london, tokyo with { ProcessRunning = false }),
            new("tokyo: its validator does not say", london, tokyo with { Holds = HeldIdentity.Unknown }),
            new("tokyo: its voters were taken", london, tokyo with { VotersOwed = true }),
            new("london: its authorized-voter list is empty", london with { VotingEnabled = false }, tokyo),
            new("delinquent", london with { VoteAccountOnChain = london.VoteAccountOnChain! with { Delinquent = true } }, tokyo),
            new("tokyo: the disk is full.", london, tokyo with { Problems = ["the disk is full."] }),
        ];
    }

    private static Verdict AssertVerdict(VerdictKind kind, string text, params NodeFacts[] facts)
    {
        var verdict = Verdict.Of(View(facts));
        Assert.Equal((kind, text), (verdict.Kind, verdict.Text));
        return verdict;
    }

    private static ClusterView View(params NodeFacts[] facts) => new([.. facts.Select(node => new NodeReading(node.Node, node, null, TimeSpan.Zero))]);
}
