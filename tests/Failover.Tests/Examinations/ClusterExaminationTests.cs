using Failover.Agents;
using Failover.Coordination;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Examinations;

public sealed class ClusterExaminationTests
{
    private static readonly NodeFacts London = Samples.Active("london");
    private static readonly NodeFacts Tokyo = Samples.Standby("tokyo");

    /// <summary>Each makes the one check not ok that it is named after.</summary>
    private static readonly (string Check, NodeFacts London, NodeFacts Tokyo, string Remedy)[] Cases =
    [
        ("one-active", London with { Holds = HeldIdentity.Unstaked, Promised = PromisedRole.Standby }, Tokyo, "failover node set-identity"),
        ("one-active", London, Tokyo with { Holds = HeldIdentity.Staked, RunningIdentity = Samples.Staked }, "failover node set-identity tokyo unstaked"),
        ("same-staked-identity", London, Tokyo with { StakedIdentity = Samples.Key("other") }, "mv --backup=numbered STAKED_KEYPAIR STAKED_KEYPAIR.before && scp london:STAKED_KEYPAIR STAKED_KEYPAIR"),
        ("different-unstaked-identities", London, Tokyo with { UnstakedIdentity = London.UnstakedIdentity }, "mv --backup=numbered UNSTAKED_KEYPAIR"),
        ("same-vote-account", London, Tokyo with { VoteAccount = Samples.Key("other") }, $"sed -i -e '/^ *vote_account *=/d' -e '/^ *\\[identity\\]/a vote_account = \"{Samples.Vote}\"'"),
        ("same-cluster", London, Tokyo with { GenesisHash = "other" }, "# connect both"),
        ("slots-close", London, Tokyo with { ProcessedSlot = Samples.Slot - 100 }, "solana catchup --our-localhost   # on tokyo"),
        ("record-portable", London with { Records = [.. London.Records, Samples.Tower(Samples.Slot) with { Kind = RecordKind.VoteHistory }], ClientVersion = "4.1.0" }, Tokyo with { ClientVersion = "4.2.0" }, "# a vote history"),
        ("same-agent-version", London, Tokyo with { AgentVersion = "0.2.0" }, "# install the same failover-agent"),
        ("clocks-together", London, Tokyo with { At = Samples.Start.AddSeconds(3) }, "chronyc makestep   # on london and tokyo"),
        ("clocks-together", London, Tokyo with { At = Samples.Start.AddSeconds(-3) }, "chronyc makestep   # on london and tokyo"),
        ("target-loads-the-record", London, Tokyo with { Proof = VotingStopProof.CommandGuarantee }, "# a client that keeps no tower"),
        ("target-record-not-newer", London, Tokyo with { Records = [Samples.Tower(Samples.Slot + 5)] }, "# tokyo has votes that london lacks"),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Fact]
    public void A_proper_pair_passes_every_check() => Assert.All(All(Look(London, Tokyo)), check => Assert.True(check.Outcome == CheckOutcome.Ok, $"{check.Name}: {check.Seen}"));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Each_fault_of_the_pair_shows_as_the_check_named_after_it(int number)
    {
        var (name, london, tokyo, remedy) = Cases[number];

        var found = Assert.Single(Look(london, tokyo)[^1].Checks, check => check.Outcome is not (CheckOutcome.Ok or CheckOutcome.NotLookedAt));

        Assert.Equal(name, found.Name);
        Assert.StartsWith(remedy, found.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_a_case_for_every_check_that_takes_all_nodes() => Assert.Equal(
        CheckCatalogue.All.Where(check => check.Together && check.Name != "all-nodes-answer").Select(check => check.Name).Order(), Cases.Select(line => line.Check).Distinct().Order());

    [Fact]
    public void A_node_that_does_not_answer_fails_and_the_other_is_still_shown()
    {
        var sections = ClusterExamination.Of([Examined(London), Unreached("tokyo")], new HandoffTimings());

        var answers = Assert.Single(sections[1].Checks);
        Assert.Equal(("agent-answers", CheckOutcome.Fails, "systemctl restart failover-agent   # on tokyo"), (answers.Name, answers.Outcome, answers.Remedy));
        Assert.Equal(CheckOutcome.Ok, sections[0].Checks.Single(check => check.Name == "agent-answers").Outcome);
        Assert.Contains(sections[2].Checks, check => check is { Name: "all-nodes-answer", Outcome: CheckOutcome.NotLookedAt });
        Assert.DoesNotContain(sections[2].Checks, check => check.Outcome == CheckOutcome.Fails);
    }

    [Fact]
    public void A_peer_that_is_down_is_told_once()
    {
        var london = Examined(London, peers: [new PeerStanding("tokyo", "https://tokyo:7443", null, "connection refused")]);
        Assert.DoesNotContain(ClusterExamination.Of([london, Unreached("tokyo")], new HandoffTimings())[0].Checks, check => check.Outcome == CheckOutcome.Fails);
    }

    [Fact]
    public void A_peer_that_is_reached_from_here_but_not_from_there_has_another_address_there()
    {
        var london = Examined(London, peers: [new PeerStanding("tokyo", "https://10.0.0.9:7443", null, "no route")]);
        var check = Assert.Single(ClusterExamination.Of([london, Examined(Tokyo)], new HandoffTimings())[0].Checks, check => check.Outcome == CheckOutcome.Fails);
        Assert.Equal(
            ("peer-answers", "sed -i 's|\"https://10.0.0.9:7443\"|\"https://tokyo:7443\"|' /etc/failover/agent.toml && systemctl restart failover-agent   # on london"), (check.Name, check.Remedy));
    }

    [Fact]
    public void A_peer_that_is_not_named_is_added_by_the_command()
    {
        var check = Assert.Single(ClusterExamination.Of([Examined(London, peers: []), Examined(Tokyo)], new HandoffTimings())[0].Checks, check => check.Outcome == CheckOutcome.Fails);
        Assert.Equal(
            ("peer-named", "printf '\\n[[peers]]\\nname = \"%s\"\\naddress = \"%s\"\\n' tokyo https://tokyo:7443 >> /etc/failover/agent.toml && systemctl restart failover-agent   # on london"),
            (check.Name, check.Remedy));
    }

    [Fact]
    public void A_node_whose_keys_cannot_be_read_leaves_the_comparison_of_keys_for_later()
    {
        var broken = new PreflightCheck("staked-keypair", CheckOutcome.Fails, "open to others", "chmod 600 x");
        var sections = ClusterExamination.Of([Examined(London), Examined(Tokyo with { StakedIdentity = null }, [broken])], new HandoffTimings());
        Assert.Equal(CheckOutcome.NotLookedAt, sections[2].Checks.Single(check => check.Name == "same-staked-identity").Outcome);
        Assert.Equal("staked-keypair", Assert.Single(All(sections), check => check.Outcome == CheckOutcome.Fails).Name);
    }

    [Fact]
    public void One_node_alone_is_compared_with_nobody() => Assert.Single(ClusterExamination.Of([Examined(London, peers: [])], new HandoffTimings()));

    private static IReadOnlyList<ExaminationSection> Look(NodeFacts london, NodeFacts tokyo) => ClusterExamination.Of([Examined(london), Examined(tokyo)], new HandoffTimings());

    private static IEnumerable<PreflightCheck> All(IReadOnlyList<ExaminationSection> sections) => sections.SelectMany(section => section.Checks);

    private static ExaminedNode Examined(NodeFacts facts, IReadOnlyList<PreflightCheck>? checks = null, IReadOnlyList<PeerStanding>? peers = null)
    {
        var other = facts.Node == "london" ? "tokyo" : "london";
        return new(
            facts.Node, $"https://{facts.Node}:7443",
            new Examination(facts, checks ?? [], peers ?? [new PeerStanding(other, $"https://{other}:7443", TimeSpan.FromMilliseconds(9), "")]), null, Samples.Start, Samples.Start.AddMilliseconds(40));
    }

    private static ExaminedNode Unreached(string node) => new(
        node, $"https://{node}:7443", null, new Obstacle(ObstacleKind.Unreachable, $"{node} cannot be reached: connection refused"), Samples.Start, Samples.Start.AddMilliseconds(40));
}
