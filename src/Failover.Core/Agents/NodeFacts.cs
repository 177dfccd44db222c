using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

/// <summary>What a node's last word was about acting with S. Kept in the agent's state file.</summary>
public enum PromisedRole
{
    /// <summary>It has taken part in no handoff yet.</summary>
    Unknown = 0,
    Active = 1,

    /// <summary>It let S go: its validator must not act with S before a new order says so.</summary>
    Standby = 2,
}

/// <summary>Where a node's files are, by its agent's configuration; for people who are to follow what happens there, and for the commands that they are told.</summary>
public sealed record NodePaths(string IdentityLink, string StakedKeypair, string UnstakedKeypair, string TowerFolder)
{
    /// <summary>Stands in where an agent does not say.</summary>
    public static readonly NodePaths Untold = new("IDENTITY_LINK", "STAKED_KEYPAIR", "UNSTAKED_KEYPAIR", "LEDGER");

    /// <summary>The agent's configuration file.</summary>
    public string Config { get; init; } = "/etc/failover/agent.toml";

    public string Ledger { get; init; } = TowerFolder;

    /// <summary>The validator's systemd unit.</summary>
    public string ValidatorUnit { get; init; } = NodeConfig.UsualValidatorUnit;

    /// <summary>The file that holds the validator's command line; empty when the configuration does not say.</summary>
    public string StartScript { get; init; } = "";
}

/// <summary>Everything that an agent sees of its node at one moment. A part that could not be read is null or unknown, and <see cref="Problems"/> says why.</summary>
public sealed record NodeFacts
{
    public required string Node { get; init; }

    public required string AgentVersion { get; init; }

    /// <summary>Wall clock of the node, for people and for the clock comparison only.</summary>
    public required DateTimeOffset At { get; init; }

    // From the keypair files and the configuration.

    public NodePaths? Paths { get; init; }

    /// <summary>From the node's own staked keypair file; null when it cannot be read.</summary>
    public Pubkey? StakedIdentity { get; init; }

    public Pubkey? UnstakedIdentity { get; init; }

    public required Pubkey VoteAccount { get; init; }

    // The link and the process.

    /// <summary>What a restarted validator comes up as, by the identity link.</summary>
    public HeldIdentity LinkPointsTo { get; init; }

    public bool? ProcessRunning { get; init; }

    /// <summary>Whether the running command line names the identity link as <c>--identity</c>; null when it cannot be read.</summary>
    public bool? CommandLineUsesLink { get; init; }

    /// <summary>Whether the running command line names the authorized voter's keypair; null when it cannot be read.</summary>
    public bool? CommandLineHasVoter { get; init; }

    /// <summary>Whether the running command line names the configured vote account; null when it cannot be read.</summary>
    public bool? CommandLineVoteAccountMatches { get; init; }

    // The validator.

    /// <summary>The identity that the validator reports; null when it does not answer.</summary>
    public Pubkey? RunningIdentity { get; init; }

    public HeldIdentity Holds { get; init; }

    public bool? Started { get; init; }

    public string StartProgress { get; init; } = "";

    public string ClientVersion { get; init; } = "";

    public VotingStopProof Proof { get; init; }

    public string Driver { get; init; } = "";

    /// <summary>Whether the authorized-voter list is non-empty, where the client can tell.</summary>
    public bool? VotingEnabled { get; init; }

    /// <summary>How long the admin call for the identity took.</summary>
    public TimeSpan? AdminLatency { get; init; }

    // The chain, through the validator.

    public ulong? ProcessedSlot { get; init; }

    public ulong? FinalizedSlot { get; init; }

    public NodeHealth? Health { get; init; }

    public string GenesisHash { get; init; } = "";

    public EpochInfo? Epoch { get; init; }

    public ConsensusPhase ConsensusPhase { get; init; }

    public VoteAccountView? VoteAccountOnChain { get; init; }

    public ulong? UnstakedIdentityStake { get; init; }

    /// <summary>The next leader slots of S, ascending, at most 64, across the epoch's end where it is known.</summary>
    public IReadOnlyList<ulong> NextLeaderSlots { get; init; } = [];

    /// <summary>The first slot of which <see cref="NextLeaderSlots"/> says nothing; null when no schedule could be read.</summary>
    public ulong? LeaderSlotsKnownUpTo { get; init; }

    // The disk.

    /// <summary>Records of S that passed every test.</summary>
    public IReadOnlyList<RecordSummary> Records { get; init; } = [];

    public long? FreeBytes { get; init; }

    // The agent itself.

    public PromisedRole Promised { get; init; }

    public FencingToken HighestToken { get; init; }

    /// <summary>The voters were taken from the validator and are still to be given back.</summary>
    public bool VotersOwed { get; init; }

    /// <summary>The last handoff that the agent knows, running or over.</summary>
    public HandoffOutcome? LastHandoff { get; init; }

    /// <summary>Since the validator was last switched by this agent; null when it was not since the agent started.</summary>
    public TimeSpan? SinceLastSwitch { get; init; }

    /// <summary>Why a record of S on this node is refused or cannot be read; empty when nothing is wrong with them.</summary>
    public string RecordProblem { get; init; } = "";

    /// <summary>The agent keeps the authorized voters away while the node is a standby, as configured.</summary>
    public bool StandbyFenced { get; init; }

    /// <summary>
    /// The agent has seen a validator process since the machine started. Without, a loss of power may have taken votes from the record, which the validator does not sync.
    /// </summary>
    public bool ValidatorSeenThisBoot { get; init; }

    /// <summary>The agent's hooks, in the order in which they run.</summary>
    public IReadOnlyList<HookFacts> Hooks { get; init; } = [];

    /// <summary>What a command that is printed names; the usual path in capitals where the agent does not say.</summary>
    public NodePaths PathsToName => Paths ?? NodePaths.Untold;

    /// <summary>What could not be read or is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
