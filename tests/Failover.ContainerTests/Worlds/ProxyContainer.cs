using System.Globalization;
using System.Net.Sockets;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Failover.ContainerTests.Images;

namespace Failover.ContainerTests.Worlds;

/// <summary>The fault proxy in its container: a link of its own from everyone to every agent that he speaks to, and the words that make it a bad one.</summary>
public sealed class ProxyContainer : IAsyncDisposable
{
    /// <summary>The name of all links together.</summary>
    public const string All = "all";

    /// <summary>Where links from the operator's machine begin.</summary>
    public const string Operator = "operator";

    private const string Name = "between";
    private const int ControlPort = 7000;

    private static readonly (string From, string To, int Port)[] Links =
    [
        (ContainerWorld.First, ContainerWorld.Second, 7001),
        (ContainerWorld.Second, ContainerWorld.First, 7002),
        (Operator, ContainerWorld.First, 7003),
        (Operator, ContainerWorld.Second, 7004),
    ];

    public ProxyContainer(Engine engine, INetwork network) => Container = Links.Where(link => link.From == Operator)
        .Aggregate(
            engine.Container(Image.Node).WithNetwork(network).WithNetworkAliases(Name).WithPortBinding(ControlPort, true),
            (container, link) => container.WithPortBinding(link.Port, true))
        .WithEntrypoint("fault-proxy")
        .WithCommand([
            "--control", $"0.0.0.0:{ControlPort}", .. Links.SelectMany(link => new[] { "--link", $"{LinkOf(link.From, link.To)}={link.Port}={link.To}:{NodeContainer.AgentPort}" })])
        .Build();

    public IContainer Container { get; }

    public static string LinkOf(string from, string to) => $"{from}-{to}";

    /// <summary>Where a container on the network finds an agent; certificates name the node, not the address.</summary>
    public static string AddressOf(string from, string to) => string.Create(CultureInfo.InvariantCulture, $"https://{Name}:{PortOf(from, to)}");

    /// <summary>Where the machine that runs the tests finds an agent.</summary>
    public string AddressForOperator(string to) =>
        new UriBuilder(Uri.UriSchemeHttps, Container.Hostname, Container.GetMappedPublicPort(PortOf(Operator, to))).Uri.AbsoluteUri;

    /// <summary>Tells the proxy something, and returns its answer; its <c>ControlServer</c> says what there is to tell.</summary>
    public async Task<string> TellAsync(string words, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Container.Hostname, Container.GetMappedPublicPort(ControlPort), ct);
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        await writer.WriteLineAsync(words.AsMemory(), ct);
        var answer = await reader.ReadLineAsync(ct) ?? "nothing";
        Assert.False(answer.StartsWith("error", StringComparison.Ordinal), $"{words}: {answer}");
        return answer;
    }

    public Task HealAsync(CancellationToken ct) => TellAsync($"pass {All}", ct);

    /// <summary>What went over a link since <c>count</c>.</summary>
    public async Task<Traffic> CountedAsync(string link, CancellationToken ct)
    {
        var counts = (await TellAsync($"counted {link}", ct)).Split(' ').Select(count => int.Parse(count, CultureInfo.InvariantCulture)).ToList();
        return new Traffic(counts[0], counts[2], counts[4]);
    }

    public ValueTask DisposeAsync() => Container.DisposeAsync();

    private static int PortOf(string from, string to) => Links.Single(link => link.From == from && link.To == to).Port;
}

/// <param name="Up">Records of application data from who connected.</param>
/// <param name="Down">Records of application data back.</param>
/// <param name="Cuts">Connections that were cut at a place which was named before.</param>
public sealed record Traffic(int Up, int Down, int Cuts);
