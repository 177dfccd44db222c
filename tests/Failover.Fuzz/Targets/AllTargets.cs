using Failover.Agent.Configuration;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Messages;
using Failover.Protocol.Configuration;

namespace Failover.Fuzzing.Targets;

/// <summary>Everything that reads what others wrote. The messages of the protos come by themselves.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> Make() =>
    [
        new TowerTarget(),
        new VoteHistoryTarget(),
        new AdminReplyTarget(),
        new RpcReplyTarget(),
        new ConfigTarget<AgentConfig>("agent-config", "agent.example.toml", document => AgentConfig.From(document, "fuzz"), Check),
        new ConfigTarget<CoordinatorConfig>("coordinator-config", "coordinator.example.toml", CoordinatorConfig.From, Check),
        new StateFileTarget(),
        new HistoryFileTarget(),
        new KeypairFileTarget(),
        new JoinGrantTarget(),
        .. MessageTarget.All(),
    ];

    private static void Check(AgentConfig config)
    {
        var node = config.Node;
        ConfigTarget<AgentConfig>.CheckNodes(config.Peers);
        ConfigTarget<AgentConfig>.CheckPaths(
            node.StateFolder, node.StakedKeypair, node.UnstakedKeypair, node.IdentityLink, node.Ledger, node.TowerFolder, config.Tls.Ca, config.Tls.Certificate,
            config.Tls.Key);
        ConfigTarget<AgentConfig>.CheckPaths([.. node.AuthorizedVoters]);
        FindingException.Require(config.Peers.All(peer => peer.Name != node.Node), "a peer that is this node");
        FindingException.Require(node.StakedKeypair != node.UnstakedKeypair, "one keypair for both identities");
        FindingException.Require(config.Validator.Driver != DriverKind.Unknown, "no driver");
        FindingException.Require(node.Timings.PermitLife >= 3 * node.Timings.PermitMargin, "a permit that the source could never count on");
        FindingException.Require(
            config.Validator.Commands is not { } commands || commands.RemoveAllVoters is null == (commands.AddVoters.Count == 0), "half a voter fence");
    }

    private static void Check(CoordinatorConfig config)
    {
        ConfigTarget<CoordinatorConfig>.CheckNodes(config.Nodes);
        ConfigTarget<CoordinatorConfig>.CheckPaths(config.Tls.Ca, config.Tls.Certificate, config.Tls.Key);
        FindingException.Require(config.Nodes.Count > 0, "no nodes");
    }
}
