using System.Net;
using Failover.Agents;
using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;

namespace Failover.Agent.Configuration;

/// <summary>Everything that this agent is told: by one file, and by the environment where it overrides a key. No secret is in it.</summary>
public sealed record AgentConfig(
    NodeConfig Node, IPEndPoint Listen, TlsFiles Tls, ValidatorConfig Validator, IReadOnlyList<NodeAddress> Peers)
{
    /// <summary>Where the file lies unless told otherwise.</summary>
    public const string DefaultFile = "/etc/failover/agent.toml";

    /// <summary>Reads the file with the overrides of the environment.</summary>
    /// <exception cref="ConfigException">With every mistake in it.</exception>
    public static AgentConfig Load(string file, string version) =>
        From(ConfigDocument.Load(file, ConfigDocument.ProcessEnvironment()), version);

    /// <summary>Whether both say the same, however it is written. (Lists of records compare by reference.)</summary>
    public bool SaysTheSameAs(AgentConfig other) =>
        (Listen.Equals(other.Listen), Tls) == (true, other.Tls)
        && Node with { AuthorizedVoters = [], Hooks = [] } == other.Node with { AuthorizedVoters = [], Hooks = [] }
        && Node.Hooks.Count == other.Node.Hooks.Count && Node.Hooks.Zip(other.Node.Hooks).All(pair => pair.First.SaysTheSameAs(pair.Second))
        && Node.AuthorizedVoters.SequenceEqual(other.Node.AuthorizedVoters)
        && Peers.SequenceEqual(other.Peers)
        && Validator.SaysTheSameAs(other.Validator);

    /// <summary>Reads a document.</summary>
    /// <exception cref="ConfigException">With every mistake in it.</exception>
    public static AgentConfig From(ConfigDocument document, string version)
    {
        var listen = document.Section("listen").ListenAddress("address", "0.0.0.0:7443");
        var tls = ConfigParts.Tls(document);
        var peers = ConfigParts.Nodes(document, "peers");
        var node = NodeSections.Read(document, version);
        var validator = ValidatorSections.Read(document);
        for (var i = 0; i < peers.Count; i++)
        {
            if (peers[i].Name == node.Node && node.Node.Length > 0)
            {
                document.Mistake($"peers[{i}].name", "is this node itself", "name the other node's agent");
            }
        }
        document.ThrowIfWrong();
        return new AgentConfig(node, listen, tls, validator, peers);
    }
}
