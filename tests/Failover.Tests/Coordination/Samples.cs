using System.Security.Cryptography;
using System.Text;
using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Coordination;

/// <summary>What nodes and handoffs look like when nothing is wrong; tests change what they are about.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 3, 0, 0, TimeSpan.Zero);
    public static readonly Pubkey Staked = Key("staked");
    public static readonly Pubkey Vote = Key("vote");
    public static readonly HandoffId Id = new("20261124-030000-abc123");
    public const string Genesis = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
    public const ulong Slot = 312_456_789;

    public static Pubkey Key(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    public static NodeFacts Active(string node) => Node(node) with
    {
        Holds = HeldIdentity.Staked,
        LinkPointsTo = HeldIdentity.Staked,
        RunningIdentity = Staked,
        Promised = PromisedRole.Active,
        NextLeaderSlots = [Slot + 1234, Slot + 1235],
        Records = [Tower(Slot - 1)],
    };

    public static NodeFacts Standby(string node) => Node(node) with { Promised = PromisedRole.Standby, ProcessedSlot = Slot - 1, Records = [Tower(Slot - 90_000)] };

    public static RecordSummary Tower(ulong slot) => new(RecordKind.Tower, "Tower1_14_11", slot, slot - 31, 2319, Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(slot))));

    public static HandoffOrder Order(string source = "london", string target = "tokyo", ulong token = 8) => new(Id, new(token), Staked, Vote, Genesis, source, target);

    public static HandoffOutcome Outcome(HandoffPhase phase, HandoffEnding ending, string text = "", string next = "") => new(Order(), phase, ending, text, next);

    public static HandoffOutcome Completed(HandoffOrder? order = null) => new(
        order ?? Order(), HandoffPhase.Ended, HandoffEnding.Completed, "tokyo holds S and votes; london holds its own U.", "")
    {
        Receipt = new((order ?? Order()).Id, new(8), Staked, VotingStopProof.VoterFence, Slot + 10, [Tower(Slot + 10)]),
        FirstVotedSlot = Slot + 12,
        VoteGap = TimeSpan.FromMilliseconds(512),
    };

    public static PrepareReport Report(NodeFacts facts, params PreflightCheck[] more) => new(
        facts, null,
        [
            new("same-staked-identity", CheckOutcome.Ok, $"both have {Staked}", ""),
            new("target-healthy", CheckOutcome.Ok, "tokyo: ok, 1 slot behind london", ""),
            .. more,
        ],
        TimeSpan.FromMilliseconds(12.34), TimeSpan.FromMilliseconds(3));

    public static readonly PreflightCheck Failing = new(
        "authorized-voter-loaded", CheckOutcome.Fails, "tokyo's command line names no --authorized-voter", "restart tokyo's validator with --authorized-voter-keypair");

    /// <summary>The source's timeline of a handoff that completes.</summary>
    public static IReadOnlyList<HandoffEvent> Timeline(string node, HandoffOutcome? outcome, params (HandoffStep Step, StepState State, double Ms, string Text)[] lines)
    {
        List<HandoffEvent> events = [];
        foreach (var line in lines)
        {
            var since = TimeSpan.FromMilliseconds(line.Ms);
            events.Add(new(events.Count + 1, Id, node, Start + since, since, line.Step, line.State, line.Text));
        }
        if (outcome is not null)
        {
            var last = events.Count > 0 ? events[^1].SinceStart : TimeSpan.Zero;
            events.Add(new(events.Count + 1, Id, node, Start + last, last, HandoffStep.End, StepState.Done, outcome.Text, outcome));
        }
        return events;
    }

    public static IReadOnlyList<HandoffEvent> CompletedTimeline(HandoffOutcome outcome) => Timeline("london", outcome,
        (HandoffStep.WaitForWindow, StepState.Started, 0, "No leader slot within 2 minutes is wanted."),
        (HandoffStep.WaitForWindow, StepState.Done, 4, "The next leader slot is 1,234 slots away."),
        (HandoffStep.RelinkToUnstaked, StepState.Started, 5, "From here a restart comes up unstaked."),
        (HandoffStep.RelinkToUnstaked, StepState.Done, 8, "The link points to U."),
        (HandoffStep.VoterFence, StepState.Started, 8, "Waiting for the next vote."),
        (HandoffStep.VoterFence, StepState.Done, 310, "Fenced right after slot 312,456,799."),
        (HandoffStep.SetIdentityUnstaked, StepState.Started, 310, ""),
        (HandoffStep.SetIdentityUnstaked, StepState.Done, 314, "The validator reports U."),
        (HandoffStep.Seal, StepState.Started, 314, ""),
        (HandoffStep.Seal, StepState.Done, 366, "Tower at slot 312,456,799, 2,319 bytes."),
        (HandoffStep.HandOver, StepState.Started, 366, ""),
        (HandoffStep.HandOver, StepState.Done, 367, "Record, receipt and permit sent."),
        (HandoffStep.Promote, StepState.Started, 367, ""),
        (HandoffStep.Promote, StepState.Done, 391, "tokyo holds S."),
        (HandoffStep.FirstVote, StepState.Started, 391, ""),
        (HandoffStep.FirstVote, StepState.Done, 822, "tokyo voted on slot 312,456,801."),
        (HandoffStep.GiveVotersBack, StepState.Done, 1900, "london's loop adopted U; its voter is loaded again."));

    private static NodeFacts Node(string node) => new()
    {
        Node = node,
        AgentVersion = "0.1.0",
        At = Start,
        StakedIdentity = Staked,
        UnstakedIdentity = Key($"unstaked {node}"),
        VoteAccount = Vote,
        LinkPointsTo = HeldIdentity.Unstaked,
        ProcessRunning = true,
        CommandLineUsesLink = true,
        CommandLineHasVoter = true,
        CommandLineVoteAccountMatches = true,
        RunningIdentity = Key($"unstaked {node}"),
        Holds = HeldIdentity.Unstaked,
        Started = true,
        StartProgress = "Running",
        ClientVersion = "Agave 4.2.1",
        Proof = VotingStopProof.VoterFence,
        Driver = "Agave over its admin socket",
        VotingEnabled = true,
        AdminLatency = TimeSpan.FromMilliseconds(2),
        ProcessedSlot = Slot,
        FinalizedSlot = Slot - 32,
        Health = new NodeHealth(true, null, "ok"),
        GenesisHash = Genesis,
        Epoch = new EpochInfo(723, Slot, 120_000, 432_000),
        ConsensusPhase = ConsensusPhase.TowerBft,
        VoteAccountOnChain = new VoteAccountView(Vote, Staked, 1_000_000_000_000, Slot - 2, Slot - 33, false),
        UnstakedIdentityStake = 0,
        FreeBytes = 400_000_000_000,
        HighestToken = new FencingToken(7),
    };
}
