using Failover.Protocol.Clients;
using Failover.Protocol.Tls;

namespace Failover.Protocol.Configuration;

/// <summary>The coordinator's side: who we are, and where the agents are. There is no secret in it; the key file is one.</summary>
public sealed record CoordinatorConfig(TlsFiles Tls, IReadOnlyList<NodeAddress> Nodes)
{
    /// <summary>Reads the file with the overrides of the environment.</summary>
    /// <exception cref="ConfigException">With every mistake in it.</exception>
    public static CoordinatorConfig Load(string file) => From(ConfigDocument.Load(file, ConfigDocument.ProcessEnvironment()));

    /// <summary>Reads a document.</summary>
    /// <exception cref="ConfigException">With every mistake in it.</exception>
    public static CoordinatorConfig From(ConfigDocument document)
    {
        var config = new CoordinatorConfig(ConfigParts.Tls(document), ConfigParts.Nodes(document, "nodes"));
        if (config.Nodes.Count == 0)
        {
            document.Mistake("nodes", "is missing", "add [[nodes]] with name and address, once per node");
        }
        document.ThrowIfWrong();
        return config;
    }
}

/// <summary>The parts that both sides' files have.</summary>
public static class ConfigParts
{
    /// <summary>The section <c>[tls]</c>.</summary>
    public static TlsFiles Tls(ConfigDocument document)
    {
        var tls = document.Section("tls");
        return new TlsFiles(
            tls.FilePath("ca", "ca.crt"), tls.FilePath("certificate", "this-machine.crt"), tls.FilePath("key", "this-machine.key"));
    }

    /// <summary>Every <c>[[section]]</c> with <c>name</c> and <c>address</c>; names and addresses are there once.</summary>
    public static IReadOnlyList<NodeAddress> Nodes(ConfigDocument document, string section)
    {
        List<NodeAddress> nodes = [];
        foreach (var table in document.Sections(section))
        {
            var node = new NodeAddress(table.Name("name"), table.AgentAddress("address"));
            if (node.Name.Length > 0 && nodes.Any(other => other.Name == node.Name))
            {
                table.Mistake("name", $"\"{node.Name}\" is there twice", "give each node its own name");
            }
            if (node.Address.Host != ConfigSection.Nowhere && nodes.Any(other => other.Address == node.Address))
            {
                table.Mistake("address", $"\"{node.Address.OriginalString}\" is there twice", "give each node its own address");
            }
            nodes.Add(node);
        }
        return nodes;
    }
}
