using System.Net;
using Failover.Identities;
using Failover.Protocol.Clients;

namespace Failover.Agent.Preparing;

/// <summary>Everything that a node's configuration needs to be told: found by looking, said, or asked for. Paths are full.</summary>
internal sealed record NodeSetup
{
    public required string Name { get; init; }

    /// <summary>The validator's user: owner of what is written, and the agent's own user.</summary>
    public required HostUser User { get; init; }

    public required string Ledger { get; init; }

    public required string Tower { get; init; }

    public required string Rpc { get; init; }

    public required Pubkey VoteAccount { get; init; }

    public required string Staked { get; init; }

    public required string Unstaked { get; init; }

    public required string Link { get; init; }

    /// <summary>As the validator's command line has them; empty for the staked keypair alone.</summary>
    public IReadOnlyList<string> Voters { get; init; } = [];

    public required string Unit { get; init; }

    public string? StartScript { get; init; }

    /// <summary>Null for the usual one.</summary>
    public string? StateFolder { get; init; }

    public required IPEndPoint Listen { get; init; }

    public IReadOnlyList<NodeAddress> Peers { get; init; } = [];

    /// <summary>What the link is made to point to, and why.</summary>
    public required (HeldIdentity Identity, string Why) LinkTo { get; init; }
}
