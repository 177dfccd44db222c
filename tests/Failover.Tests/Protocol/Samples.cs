using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Tests.Protocol;

/// <summary>One of everything that travels, with every part filled in.</summary>
internal static class Samples
{
    public const string Hash = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY";
    public const string Nonce = "00112233445566778899aabbccddeeff";

    public static readonly Pubkey S = Pubkey.Parse("FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF");
    public static readonly Pubkey U = Pubkey.Parse("So11111111111111111111111111111111111111112");
    public static readonly Pubkey VoteAccount = Pubkey.Parse("Vote111111111111111111111111111111111111111");
    public static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, 123, TimeSpan.Zero);

    public static HandoffOrder Order => new(
        new HandoffId("handoff-0001"), new FencingToken(7), S, VoteAccount, Hash, "london", "frankfurt");

    public static RecordSummary Summary => new(RecordKind.Tower, "Tower1_14_11", 100, 69, 2_000, new string('a', 64));

    public static Receipt Receipt => new(Order.Id, Order.Token, S, VotingStopProof.VoterFence, 100, [Summary]);

    public static Permit Permit => new(Nonce, TimeSpan.FromSeconds(10));

    public static HandoffOutcome Outcome => new(Order, HandoffPhase.Ended, HandoffEnding.Completed, "frankfurt holds it.", "failover status")
    {
        Receipt = Receipt,
        FirstVotedSlot = 102,
        VoteGap = TimeSpan.FromMilliseconds(700),
    };

    public static HandoffEvent Event(long sequence) => new(
        sequence, Order.Id, "london", At, TimeSpan.FromSeconds(2), HandoffStep.Seal, StepState.Done, "sealed at slot 100");

    public static HandoffEvent Waiting => Event(3) with { Step = HandoffStep.WaitForWindow, State = StepState.Note, Rest = TimeSpan.FromSeconds(84) };

    public static HandoffEvent End => Event(9) with { Step = HandoffStep.End, Outcome = Outcome };

    public static PreflightCheck Check => new("disk-space", CheckOutcome.Warning, "1 GiB free", "make room");

    public static NodeFacts Facts => new()
    {
        Node = "london",
        AgentVersion = "1.0",
        At = At,
        StakedIdentity = S,
        UnstakedIdentity = U,
        VoteAccount = VoteAccount,
        LinkPointsTo = HeldIdentity.Staked,
        ProcessRunning = true,
        CommandLineUsesLink = true,
        CommandLineHasVoter = false,
        CommandLineVoteAccountMatches = true,
        RunningIdentity = S,
        Holds = HeldIdentity.Staked,
        Started = true,
        StartProgress = "Running",
        ClientVersion = "4.2.0",
        Proof = VotingStopProof.VoterFence,
        Driver = "Agave through its socket",
        VotingEnabled = true,
        AdminLatency = TimeSpan.FromMilliseconds(3),
        ProcessedSlot = 101,
        FinalizedSlot = 68,
        Health = new NodeHealth(false, 3, "behind"),
        GenesisHash = Hash,
        Epoch = new EpochInfo(2, 1_000, 136, 432),
        ConsensusPhase = ConsensusPhase.TowerBft,
        VoteAccountOnChain = new VoteAccountView(VoteAccount, S, 5, 100, 69, true),
        UnstakedIdentityStake = 0,
        NextLeaderSlots = [200, 201],
        LeaderSlotsKnownUpTo = 1_728,
        Paths = new NodePaths("/home/sol/identity.json", "/home/sol/staked.json", "/home/sol/unstaked.json", "/mnt/towers")
        {
            Config = "/etc/agent.toml",
            Ledger = "/mnt/ledger",
            ValidatorUnit = "validator",
            StartScript = "/home/sol/start.sh",
        },
        Hooks = [new HookFacts(HookPoint.BeforeCommit, "silence", "/usr/local/bin/silence", TimeSpan.FromSeconds(5), true, HandoffRole.Target, HookFile.NotExecutable)],
        Records = [Summary],
        FreeBytes = 1_000_000,
        Promised = PromisedRole.Active,
        HighestToken = new FencingToken(7),
        VotersOwed = true,
        LastHandoff = Outcome,
        SinceLastSwitch = TimeSpan.FromMinutes(5),
        Problems = ["the clock is off"],
    };

    /// <summary>As empty as facts can be: a node of which nothing could be read.</summary>
    public static NodeFacts BareFacts => new() { Node = "london", AgentVersion = "1.0", At = At, VoteAccount = VoteAccount };

    public static RecordBytes Bytes(RecordKind kind, int size) => new(kind, Enumerable.Range(0, size).Select(i => (byte)i).ToArray());
}
