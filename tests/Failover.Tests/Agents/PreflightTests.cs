using Failover.Cluster;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;
using Failover.Validators;

namespace Failover.Agents;

public class PreflightTests
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(20);

    private static readonly Pubkey Staked = Keypairs.Of(1).Public;

    private static readonly Pubkey VoteAccount = Keypairs.Of(2).Public;

    private static readonly HandoffOrder Order = new(new HandoffId("handoff-0001"), new FencingToken(1), Staked, VoteAccount, "genesis", "node-a", "node-b");

    private static readonly NodeFacts Source = Healthy("node-a", Keypairs.Of(11).Public) with
    {
        RunningIdentity = Staked,
        Holds = HeldIdentity.Staked,
        LinkPointsTo = HeldIdentity.Staked,
        Records = [Tower(1000)],
    };

    private static readonly NodeFacts Target = Healthy("node-b", Keypairs.Of(12).Public) with
    {
        RunningIdentity = Keypairs.Of(12).Public,
        Holds = HeldIdentity.Unstaked,
        LinkPointsTo = HeldIdentity.Unstaked,
        Records = [Tower(900)],
    };

    // What a stopped validator leaves unknown.
    private static readonly NodeFacts Stopped = Source with
    {
        ProcessRunning = false,
        ValidatorSeenThisBoot = true,
        CommandLineUsesLink = null,
        CommandLineHasVoter = null,
        CommandLineVoteAccountMatches = null,
        RunningIdentity = null,
        Holds = HeldIdentity.Unknown,
        Started = null,
        VotingEnabled = null,
        AdminLatency = null,
        ProcessedSlot = null,
        FinalizedSlot = null,
        Health = null,
        GenesisHash = "",
        ClientVersion = "",
        VoteAccountOnChain = null,
        UnstakedIdentityStake = null,
    };

    /// <summary>Each makes the one check fail that it is named after, and no other.</summary>
    private static readonly (string Check, NodeFacts Source, NodeFacts Target)[] Cases =
    [
        ("same-staked-identity", Source with { StakedIdentity = null }, Target),
        ("same-staked-identity", Source, Target with { StakedIdentity = Keypairs.Of(77).Public }),
        ("different-unstaked-identities", Source, Target with { UnstakedIdentity = Source.UnstakedIdentity }),
        ("different-unstaked-identities", Source with { UnstakedIdentity = null }, Target),
        ("unstaked-identity-has-no-stake", Source with { UnstakedIdentityStake = 1 }, Target),
        ("unstaked-identity-has-no-stake", Source, Target with { UnstakedIdentityStake = 1 }),
        ("unstaked-identity-has-no-stake", Source, Target with { UnstakedIdentityStake = null }),
        ("same-vote-account", Source, Target with { VoteAccount = Keypairs.Of(77).Public }),
        ("same-cluster", Source with { GenesisHash = "other" }, Target),
        ("same-cluster", Source, Target with { GenesisHash = "other" }),
        ("same-cluster", Source with { GenesisHash = "" }, Target),
        ("vote-account-belongs-to-staked-identity", Source, Target with { VoteAccountOnChain = Target.VoteAccountOnChain! with { Node = Keypairs.Of(77).Public } }),
        ("vote-account-belongs-to-staked-identity", Source, Target with { VoteAccountOnChain = null }),
        ("source-holds-staked-identity", Source with { Holds = HeldIdentity.Unstaked }, Target),
        ("source-holds-staked-identity", Source with { Holds = HeldIdentity.Unknown }, Target),
        ("source-was-active", Stopped with { LinkPointsTo = HeldIdentity.Unstaked, Promised = PromisedRole.Standby }, Target),
        ("target-holds-unstaked-identity", Source, Target with { Holds = HeldIdentity.Staked }),
        ("target-holds-unstaked-identity", Source, Target with { Holds = HeldIdentity.Unknown }),
        ("identity-link", Source with { LinkPointsTo = HeldIdentity.Unstaked }, Target),
        ("identity-link", Source, Target with { LinkPointsTo = HeldIdentity.Staked }),
        ("identity-link", Source, Target with { LinkPointsTo = HeldIdentity.Unknown }),
        ("command-line-identity", Source with { CommandLineUsesLink = false }, Target),
        ("command-line-identity", Source, Target with { CommandLineUsesLink = null }),
        ("command-line-vote-account", Source, Target with { CommandLineVoteAccountMatches = false }),
        ("authorized-voter", Source with { CommandLineHasVoter = false }, Target),
        ("voters-loaded", Source, Target with { VotingEnabled = false }),
        ("voters-loaded", Source with { VotingEnabled = false, StandbyFenced = true }, Target),
        ("target-does-not-claim-to-be-active", Source, Target with { Promised = PromisedRole.Active }),
        ("target-voting-loop-left-staked-identity", Source, Target with { VotersOwed = true, VotingEnabled = false }),
        ("validator-started", Source with { Started = false }, Target),
        ("validator-started", Source, Target with { Started = null }),
        ("healthy", Source, Target with { Health = new NodeHealth(false, 200, "behind") }),
        ("healthy", Source, Target with { Health = null }),
        ("slots-close", Source with { ProcessedSlot = 1051 + 50 }, Target),
        ("slots-close", Source with { ProcessedSlot = null }, Target),
        ("target-roots-advance", Source, Target with { FinalizedSlot = 1050 - 151 }),
        ("target-roots-advance", Source, Target with { FinalizedSlot = null }),
        ("source-has-voting-record", Source with { Records = [Tower(null)], VoteAccountOnChain = Source.VoteAccountOnChain! with { LastVote = 0 } }, Target with { Records = [] }),
        ("record-readable", Source with { RecordProblem = "it is damaged" }, Target),
        ("record-readable", Source, Target with { RecordProblem = "it is damaged" }),
        ("record-survived", Stopped with { ValidatorSeenThisBoot = false }, Target),
        ("target-loads-the-record", Source, Target with { Proof = VotingStopProof.CommandGuarantee }),
        ("target-record-not-newer", Source, Target with { Records = [Tower(1001)] }),
        ("target-record-not-newer", Source, Target with { Records = [Tower(900), Tower(900) with { Kind = RecordKind.VoteHistory }] }),
        ("target-record-not-newer", Stopped, Target with { Records = [Tower(1000) with { Sha256 = "other" }] }),
        ("record-portable", WithHistory(Source) with { ClientVersion = "4.1.9" }, Target),
        ("record-portable", WithHistory(Source), Target with { ClientVersion = "3.0.0-beta" }),
        ("record-not-behind-chain", Source with { VoteAccountOnChain = null }, Target),
        ("record-not-behind-chain", Source with { VoteAccountOnChain = Source.VoteAccountOnChain! with { LastVote = 1001 } }, Target),
        ("last-switch-long-ago", Source with { SinceLastSwitch = TimeSpan.FromSeconds(1) }, Target),
        ("last-switch-long-ago", Source, Target with { SinceLastSwitch = TimeSpan.Zero }),
        ("disk-space", Source with { FreeBytes = 1024 }, Target),
        ("disk-space", Source, Target with { FreeBytes = null }),
        ("admin-answers", Source, Target with { AdminLatency = null }),
        ("proof-that-voting-stops", Source with { Proof = VotingStopProof.Unknown }, Target),
    ];

    // These never fail: they only inform, or belong to a case of their own.
    private static readonly string[] Others = ["round-trip", "problem", "source-link", "source-started", "source-healthy", "target-clock-not-behind", "command-line"];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Fact]
    public void Two_proper_nodes_pass_every_check() =>
        Assert.All(Run(Source, Target), check => Assert.True(check.Outcome == CheckOutcome.Ok, $"{check.Name}: {check.Seen}"));

    [Fact]
    public void A_source_that_does_not_run_passes_with_warnings() =>
        Assert.DoesNotContain(Run(Stopped, Target), check => check.Outcome == CheckOutcome.Fails);

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Each_fault_fails_the_check_named_after_it_and_no_other(int number)
    {
        var (name, source, target) = Cases[number];

        var failing = Assert.Single(Run(source, target), check => check.Outcome == CheckOutcome.Fails);

        Assert.Equal(name, failing.Name);
        Assert.NotEmpty(failing.Seen);
        Assert.NotEmpty(failing.Remedy);
    }

    [Fact]
    public void There_is_a_case_for_every_check() => Assert.Equal(
        Run(Source, Target with { Problems = ["a problem"] }).Concat(Run(Stopped, Target)).Select(check => check.Name).Distinct().Order(),
        Cases.Select(line => line.Check).Concat(Others).Distinct().Order());

    [Theory]
    [InlineData(-1.0, true)]
    [InlineData(-0.9, false)]
    [InlineData(5.0, false)]
    public void A_target_whose_clock_is_behind_fails(double seconds, bool fails)
    {
        var check = Preflight.Run(Order, Source, Target, new HandoffTimings(), RoundTrip, TimeSpan.FromSeconds(seconds)).Single(check => check.Name == "target-clock-not-behind");

        Assert.Equal(fails ? CheckOutcome.Fails : CheckOutcome.Ok, check.Outcome);
    }

    [Fact]
    public void A_switch_counts_as_recent_for_as_long_as_the_clocks_are_apart()
    {
        var source = Source with { SinceLastSwitch = TimeSpan.FromSeconds(5) };

        Assert.DoesNotContain(Run(source, Target), check => check.Outcome == CheckOutcome.Fails);
        Assert.Equal("last-switch-long-ago", Assert.Single(
            Preflight.Run(Order, source, Target, new HandoffTimings(), RoundTrip, TimeSpan.FromSeconds(5)), check => check.Outcome == CheckOutcome.Fails).Name);
    }

    [Fact]
    public void A_long_way_an_unhealthy_source_a_slow_socket_and_problems_are_warnings()
    {
        var checks = Preflight.Run(
            Order, Source with { Health = null, Problems = ["something"] }, Target with { AdminLatency = TimeSpan.FromMilliseconds(300) }, new HandoffTimings(),
            TimeSpan.FromMilliseconds(300), TimeSpan.Zero);

        Assert.Equal(
            ["admin-answers", "healthy", "problem", "round-trip"],
            checks.Where(check => check.Outcome == CheckOutcome.Warning).Select(check => check.Name).Order());
        Assert.DoesNotContain(checks, check => check.Outcome == CheckOutcome.Fails);
    }

    [Fact]
    public void A_validator_that_says_nothing_is_not_waited_for()
    {
        var silent = Target with { Started = null, AdminLatency = null };

        var first = Run(Source, silent).First(check => check.Outcome == CheckOutcome.Fails);

        Assert.Equal("validator-started", first.Name);
        Assert.Equal("node-b's validator does not answer", first.Seen);
        Assert.Equal(Run(Source, silent).Single(check => check is { Name: "admin-answers", Outcome: CheckOutcome.Fails }).Remedy, first.Remedy);
        Assert.DoesNotContain("wait until", first.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_standby_that_is_kept_fenced_needs_no_voters() =>
        Assert.DoesNotContain(Run(Source, Target with { VotingEnabled = false, StandbyFenced = true }), check => check.Outcome == CheckOutcome.Fails);

    private static IReadOnlyList<PreflightCheck> Run(NodeFacts source, NodeFacts target) =>
        Preflight.Run(Order, source, target, new HandoffTimings(), RoundTrip, TimeSpan.Zero);

    private static NodeFacts WithHistory(NodeFacts node) => node with { Records = [.. node.Records, Tower(1000) with { Kind = RecordKind.VoteHistory }] };

    private static RecordSummary Tower(ulong? slot) => new(RecordKind.Tower, RecordFormats.CurrentTower, slot, 1, 2000, $"sha of {slot}");

    private static NodeFacts Healthy(string node, Pubkey unstaked) => new()
    {
        Node = node,
        AgentVersion = "1.0.0",
        At = DateTimeOffset.UnixEpoch,
        StakedIdentity = Staked,
        UnstakedIdentity = unstaked,
        VoteAccount = VoteAccount,
        ProcessRunning = true,
        CommandLineUsesLink = true,
        CommandLineHasVoter = true,
        CommandLineVoteAccountMatches = true,
        Started = true,
        ClientVersion = "4.2.0",
        Proof = VotingStopProof.VoterFence,
        VotingEnabled = true,
        AdminLatency = TimeSpan.FromMilliseconds(2),
        ProcessedSlot = 1050,
        FinalizedSlot = 1018,
        Health = new NodeHealth(true, null, "ok"),
        GenesisHash = "genesis",
        VoteAccountOnChain = new VoteAccountView(VoteAccount, Staked, 1, 999, 960, false),
        UnstakedIdentityStake = 0,
        FreeBytes = 1L << 40,
    };
}
