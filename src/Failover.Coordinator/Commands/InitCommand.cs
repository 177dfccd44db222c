using System.CommandLine;
using System.Text;
using Failover.Disks;
using Failover.Examinations;
using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover init --node NODE=HOST...</c>: everything that the machine needs that gives the orders. Needs no node.</summary>
internal static class InitCommand
{
    private const string UsualPort = "7443";
    private const string File = "coordinator.toml";

    public static Command Create(Shared shared)
    {
        var nodes = new Option<string[]>("--node") { HelpName = "NODE=HOST[:PORT]", Description = "A node and where its agent listens; once for each", Required = true, AllowMultipleArgumentsPerToken = true };
        var name = new Option<string>("--name") { HelpName = "NAME", Description = "This coordinator's name, as agents write it down", DefaultValueFactory = _ => "ops" };
        var folder = new Option<string?>("--folder") { HelpName = "DIR", Description = "Where it all goes; ~/.config/failover unless given" };
        var command = new Command("init", "Prepare this machine to give orders: certificate authority, own certificate, configuration. Overwrites nothing") { nodes, name, folder };
        shared.Run(command, (session, parsed, _) => Task.FromResult(Init(
            session, Connector.UsersFolder(shared.Around.Variable), parsed.GetValue(folder), parsed.GetRequiredValue(name),
            [.. parsed.GetRequiredValue(nodes).Select(Node)])));
        return command;
    }

    private static ExitCode Init(Session session, string usual, string? said, string name, IReadOnlyList<NodeAddress> nodes)
    {
        var folder = Path.GetFullPath(said ?? usual);
        var file = Path.Combine(folder, File);
        var text = Text(name, nodes);
        try
        {
            CoordinatorConfig.From(ConfigDocument.Parse(file, text, []));
        }
        catch (ConfigException e)
        {
            throw new UsageException("That makes no configuration. Nothing was written.", "failover init --help", [.. e.Mistakes.Select(mistake => mistake.ToString())]);
        }
        Directory.CreateDirectory(folder);
        var pki = new PkiFolder(Path.Combine(folder, "pki"), session.Time);
        Tell(session, "certificate authority", Path.Combine(folder, "pki", "ca.crt"), pki.InitOnce());
        Tell(session, "certificate", Path.Combine(folder, "pki", $"{name}.crt"), pki.IssueOnce(CertificateRole.Coordinator, name));
        var fresh = !System.IO.File.Exists(file);
        if (fresh)
        {
            DurableFile.CreateNew(new LinuxDisk(), file, Encoding.UTF8.GetBytes(text));
        }
        Tell(session, "configuration", file, fresh);
        session.Screen.WriteLine("");
        session.Screen.WriteLine("Next, for each node, while you can type on its host:");
        foreach (var node in nodes)
        {
            session.Screen.WriteLine($"  failover {(folder == usual ? "" : $"--config {Shell.Word(file)} ")}pki join {node.Name}");
        }
        return ExitCode.Ok;
    }

    private static void Tell(Session session, string what, string where, bool made) => session.Screen.WriteLine($"  {(made ? "made" : "kept")}   {what}: {where}");

    private static string Text(string name, IReadOnlyList<NodeAddress> nodes) => $"""
        # failover: who gives the orders, and where the agents are. Nothing else; who is active is read from the validators.
        # Relative paths are taken from this file's folder.

        [tls]
        # The only CA that is trusted.
        ca = "pki/ca.crt"
        certificate = "pki/{name}.crt"
        # Whoever has this key can give orders to every agent: chmod 600. The same goes for pki/ca.key, which makes such keys.
        key = "pki/{name}.key"

        {string.Join("\n", nodes.Select(node => $"[[nodes]]\nname = \"{node.Name}\"\naddress = \"{node.Address.OriginalString}\"\n"))}
        """;

    private static NodeAddress Node(string text)
    {
        if (text.Split('=', 2) is [var name, { Length: > 0 } host] && NodeAddress.IsName(name))
        {
            var address = host.StartsWith("https://", StringComparison.Ordinal) ? host : $"https://{host}";
            var hasPort = address.TrimEnd('/').LastIndexOf(':') is var colon && colon > "https:".Length && address.IndexOf(']', colon) < 0;
            if (Uri.TryCreate(hasPort ? address : $"{address}:{UsualPort}", UriKind.Absolute, out var url) && url.PathAndQuery == "/")
            {
                return new NodeAddress(name, url);
            }
        }
        throw new UsageException($"--node: \"{text}\" is not of the form NODE=HOST or NODE=HOST:PORT. Nothing was written.", "failover init --help");
    }
}
