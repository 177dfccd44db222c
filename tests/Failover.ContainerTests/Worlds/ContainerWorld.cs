using DotNet.Testcontainers.Networks;
using Failover.ContainerTests.Images;
using Failover.Identities;

namespace Failover.ContainerTests.Worlds;

/// <summary>
/// A world of containers on a network of its own: the cluster with its judge, two validator hosts with their agents, and the operator's command line.
/// London starts as the active node.
/// </summary>
public sealed class ContainerWorld : IAsyncDisposable
{
    public const string First = "london";
    public const string Second = "tokyo";

    private readonly INetwork _network;
    private readonly CoordinatorContainer _coordinator;

    public ContainerWorld(Engine engine, WorldOptions options)
    {
        _network = engine.Network().Build();
        Cluster = new ClusterContainer(engine, _network, options, Keys);
        if (options.Faults)
        {
            Proxy = new ProxyContainer(engine, _network);
        }
        London = new NodeContainer(engine, _network, Keys, options, First, Second, AddressOf(First, Second), active: true);
        Tokyo = new NodeContainer(engine, _network, Keys, options, Second, First, AddressOf(Second, First), active: false);
        _coordinator = new CoordinatorContainer(engine, _network, Keys, node => AddressOf(ProxyContainer.Operator, node));
    }

    public WorldKeys Keys { get; } = new();

    /// <summary>Between the machines, where the world is one for faults.</summary>
    public ProxyContainer? Proxy { get; }

    public ClusterContainer Cluster { get; }

    public NodeContainer London { get; }

    public NodeContainer Tokyo { get; }

    public IReadOnlyList<NodeContainer> Nodes => [London, Tokyo];

    /// <summary>The staked identity, with its secret half: for records that only S can have signed.</summary>
    public Keypair Staked => Keys.Staked;

    /// <summary>Returns once S votes and the operator's status shows nothing amiss.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await _network.CreateAsync(ct);
        await Task.WhenAll(
            Cluster.StartAsync(ct), London.Container.StartAsync(ct), Tokyo.Container.StartAsync(ct), _coordinator.Container.StartAsync(ct), Proxy?.Container.StartAsync(ct) ?? Task.CompletedTask);
        await PassVotesAsync(5, ct);
        await Condition.HoldsAsync(
            async () => (await FailoverAsync(ct, "status")).Text.Contains($"{First} is active, {Second} is a ready standby", StringComparison.Ordinal), ct);
    }

    /// <summary>Runs the command line as the operator would, in its container.</summary>
    public Task<CliResult> FailoverAsync(CancellationToken ct, params string[] arguments) => FailoverAsAsync("coordinator", ct, arguments);

    /// <param name="who">Whose certificate is shown: coordinator, observer or stranger.</param>
    public Task<CliResult> FailoverAsAsync(string who, CancellationToken ct, params string[] arguments) => _coordinator.RunAsync(who, ct, arguments);

    /// <summary>Waits until the judge has seen so many votes more than now.</summary>
    public async Task PassVotesAsync(int votes, CancellationToken ct)
    {
        var wanted = (await Cluster.JudgeAsync(null, ct)).Votes + votes;
        await Condition.HoldsAsync(async () => (await Cluster.JudgeAsync(null, ct)).Votes >= wanted, ct);
    }

    /// <summary>
    /// The end of every test. The one node votes, reports S and comes up with it when restarted, the other does none of it, and the judge, who saw every vote
    /// and block, has nothing to say against so many changes of voter.
    /// </summary>
    public async Task AssertActiveAsync(NodeContainer active, int switches, CancellationToken ct)
    {
        await PassVotesAsync(3, ct);
        foreach (var node in Nodes)
        {
            var (held, identity) = node == active ? (HeldIdentity.Staked, Staked.Public) : (HeldIdentity.Unstaked, node.Unstaked);
            Assert.Equal((node.Name, held), (node.Name, await node.LinkPointsToAsync(ct)));
            Assert.Equal((node.Name, identity.ToString()), (node.Name, await Cluster.IdentityInGossipAsync(node.Name, ct)));
        }
        var verdict = await Cluster.JudgeAsync(switches, ct);
        Assert.True(verdict.Safe, string.Join('\n', verdict.Violations.Select(violation => $"{violation.Kind}: {violation.Sentence}")));
        Assert.False(verdict.Vacuous, "nobody voted");
        Assert.Equal(switches, verdict.Switches);
        Assert.Equal(active.Name, verdict.Tenures[^1].Host);
    }

    public async Task<string> LogsAsync(CancellationToken ct)
    {
        var (_, cluster) = await Cluster.Container.GetLogsAsync(ct: ct);
        return $"== cluster\n{cluster}\n== {First}\n{await London.LogsAsync(ct)}\n== {Second}\n{await Tokyo.LogsAsync(ct)}";
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(
            Cluster.DisposeAsync().AsTask(), London.DisposeAsync().AsTask(), Tokyo.DisposeAsync().AsTask(), _coordinator.DisposeAsync().AsTask(),
            Proxy?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await _network.DisposeAsync();
        Keys.Dispose();
    }

    private string AddressOf(string from, string to) => Proxy is null ? $"https://{to}:{NodeContainer.AgentPort}" : ProxyContainer.AddressOf(from, to);
}
