using Failover.Hooks;
using Failover.Identities;

namespace Failover.Agents;

/// <summary>One node as its agent's configuration describes it. Every path comes from here and from nowhere else.</summary>
public sealed record NodeConfig
{
    /// <summary>The node's name in orders, certificates and logs.</summary>
    public required string Node { get; init; }

    public required string AgentVersion { get; init; }

    /// <summary>Folder of the agent's own state and history; only the agent may write there.</summary>
    public required string StateFolder { get; init; }

    public required string StakedKeypair { get; init; }

    public required string UnstakedKeypair { get; init; }

    /// <summary>The symbolic link that the validator is started with as <c>--identity</c>.</summary>
    public required string IdentityLink { get; init; }

    public required Pubkey VoteAccount { get; init; }

    /// <summary>Keypair files of the vote account's authorized voters.</summary>
    public required IReadOnlyList<string> AuthorizedVoters { get; init; }

    public required string Ledger { get; init; }

    /// <summary>Where towers lie; the ledger unless the validator was given <c>--tower</c>. Vote histories always lie in the ledger.</summary>
    public required string TowerFolder { get; init; }

    /// <summary>Unless the configuration says otherwise.</summary>
    public const string UsualValidatorUnit = "sol";

    /// <summary>The file that all this was read from; for people.</summary>
    public string ConfigFile { get; init; } = "/etc/failover/agent.toml";

    /// <summary>The validator's systemd unit. Only ever printed, in commands for an operator.</summary>
    public string ValidatorUnit { get; init; } = UsualValidatorUnit;

    /// <summary>The file that holds the validator's command line; empty when unknown. Only ever printed.</summary>
    public string StartScript { get; init; } = "";

    public NodePaths Paths => new(IdentityLink, StakedKeypair, UnstakedKeypair, TowerFolder) { Config = ConfigFile, Ledger = Ledger, ValidatorUnit = ValidatorUnit, StartScript = StartScript };

    /// <summary>Keep a standby's authorized-voter list empty, so that a vote needs two keys that only the agent turns.</summary>
    public bool StandbyFenced { get; init; }

    public HandoffTimings Timings { get; init; } = new();

    /// <summary>The operator's programs, in the order in which they run.</summary>
    public IReadOnlyList<Hook> Hooks { get; init; } = [];
}

/// <summary>The bounds of a handoff. All on the clock that includes suspend.</summary>
public sealed record HandoffTimings
{
    /// <summary>
    /// No rename of the record for this long after the fence means that the queued vote, if there was one, is stored. The validator's vote thread stores
    /// within milliseconds of queueing (create, write, rename; no sync): 50 ms is an order of magnitude above.
    /// </summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The same where the record ends before what the validator had processed at the fence: votes may be queued behind a disk that is too slow for them, and the next of
    /// them may take as long as this to show. Hardly ever needed: the fence falls right after a vote.
    /// </summary>
    public TimeSpan SlowDrain { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for the validator's next vote before it is fenced without one.</summary>
    public TimeSpan VoteWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long sealing may take before the source takes S back.</summary>
    public TimeSpan SealLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the target honours a permit. Pings renew it while the link is up.</summary>
    public TimeSpan PermitLife { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Taken off a permit's life by the source, for clocks that run at different speeds.</summary>
    public TimeSpan PermitMargin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long opening the link to the target, or hearing from it in prepare, may take.</summary>
    public TimeSpan LinkLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a promotion may hang before the target's validator is killed.</summary>
    public TimeSpan PromotionLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a source that is about to take S back waits for the target to say that nobody gave it S by hand.</summary>
    public TimeSpan AskLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a prepared node stays locked when nobody goes on.</summary>
    public TimeSpan PrepareLife { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stopped handoff is worked on before the operator is told that a person is needed. Work goes on after.</summary>
    public TimeSpan NeedsOperatorAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries of whatever is tried again.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Between two looks at a processed slot.</summary>
    public TimeSpan SlotPoll { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Slots that source and target may be apart, or behind the cluster, before a handoff is refused.</summary>
    public ulong MaxSlotsApart { get; init; } = 50;
}
