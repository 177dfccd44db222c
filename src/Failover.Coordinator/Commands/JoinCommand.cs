using System.CommandLine;
using Failover.Coordinator.Output;
using Failover.Protocol.Clients;
using Failover.Protocol.Joining;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover pki join NODE</c>: shows the code for <c>failover-agent init --join</c>, and brings the node its certificate.</summary>
internal static class JoinCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(30);

    public static Command Create(Shared shared, Option<string> folder, Option<TimeSpan> validity)
    {
        var node = new Argument<string>("NODE") { Description = "A node of the configuration" };
        var address = new Option<string?>("--address") { HelpName = "URL", Description = "Where it waits, https://host:port; as in the configuration unless given" };
        var wait = new Option<TimeSpan>("--wait") { HelpName = "30m", Description = "How long to wait for it", DefaultValueFactory = _ => UsualWait, CustomParser = Duration.Parse };
        var command = new Command("join", "Show a code for failover-agent init --join, on the node's host, and bring it its certificate; its key never leaves it")
        {
            node, address, wait, validity,
        };
        shared.Run(command, (session, parsed, ct) =>
        {
            var config = Connector.Read(parsed.GetValue(shared.Config), shared.Around.Variable).Config;
            // Beside the authority that the coordinator itself trusts, unless told otherwise.
            var pki = parsed.GetResult(folder) is { Implicit: false } ? parsed.GetRequiredValue(folder) : Path.GetDirectoryName(config.Tls.Ca)!;
            return RunAsync(
                session, config.Nodes, parsed.GetRequiredValue(node), parsed.GetValue(address), new PkiFolder(pki, session.Time), parsed.GetValue(validity), parsed.GetValue(wait), ct);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        Session session, IReadOnlyList<NodeAddress> nodes, string name, string? elsewhere, PkiFolder pki, TimeSpan validity, TimeSpan wait, CancellationToken ct)
    {
        var configured = nodes.FirstOrDefault(node => node.Name == name)
            ?? throw new UsageException($"No node is called \"{name}\": there are {string.Join(", ", nodes.Select(node => node.Name))}.", "failover init --help");
        var node = elsewhere is null ? configured
            : Uri.TryCreate(elsewhere, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? configured with { Address = url }
            : throw new UsageException($"--address: \"{elsewhere}\" is not of the form https://host:port.");
        pki.RefuseJoin(name);
        var code = JoinCode.Generate();
        session.Screen.WriteLine($"On the host of {name}, as root:");
        session.Screen.WriteLine("");
        session.Screen.WriteLine("  failover-agent init --join");
        session.Screen.WriteLine("");
        session.Screen.WriteLine($"It asks for the code: {code.Reveal()}");
        session.Screen.WriteLine($"Waiting for it at {node.Address.Authority}. The code is good once, and only while this runs.");
        var joiner = new Joiner(
            node, code, key => new JoinedNode(name, pki.IssueFor(key, name, validity), pki.AuthorityPem(), [.. nodes.Where(other => other.Name != name)]), session.Time);
        var told = "";
        var begun = session.Time.GetTimestamp();
        while (await joiner.TryAsync(ct) is { } why)
        {
            if (session.Time.GetElapsedTime(begun) > wait)
            {
                return session.Tell(new Trouble(ExitCode.Unreachable, $"{name} has not joined: {why}.", [], $"failover pki join {name}"));
            }
            if (why != told)
            {
                session.Screen.WriteLine($"  {why}");
                told = why;
            }
            await Task.Delay(Pause, session.Time, ct);
        }
        session.Screen.WriteLine($"{name} has joined.");
        return ExitCode.Ok;
    }
}
