using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Failover.ContainerTests.Images;
using Failover.Identities;
using Failover.Records;

namespace Failover.ContainerTests.Worlds;

/// <summary>One validator host in its container: a fake validator, the agent beside it, and their files as <c>deploy/docker/node/node</c> lays them out.</summary>
public sealed class NodeContainer : IAsyncDisposable
{
    private const string Home = "/var/lib/node";
    private const string Link = $"{Home}/identity.json";
    private const string StakedFile = $"{Home}/keys/staked.json";
    private const string UnstakedFile = $"{Home}/keys/unstaked.json";
    private const string ControlSocket = $"{Home}/control.sock";

    /// <summary>Always among the validator's arguments: the fake must stay controllable, however it is started.</summary>
    private const string ControlArgument = $"--fake-control {ControlSocket}";

    private readonly WorldKeys _keys;

    public NodeContainer(Engine engine, INetwork network, WorldKeys keys, string name, string peer, bool active)
    {
        using var unstaked = Keypair.Generate();
        (Name, Unstaked, _keys) = (name, unstaked.Public, keys);
        Container = engine.Container(Image.Node)
            .WithNetwork(network)
            .WithNetworkAliases(name)
            .WithHostname(name)
            .WithEnvironment("NODE_NAME", name)
            .WithEnvironment("START_AS", active ? "staked" : "unstaked")
            .WithEnvironment("FAKE_CLUSTER", $"{ClusterContainer.Name}:{ClusterContainer.WirePort}")
            .WithEnvironment("VOTE_ACCOUNT", keys.VoteAccount.ToString())
            .WithEnvironment("VALIDATOR_ARGS", ControlArgument)
            .WithSecret(StakedFile, KeypairFile.Format(keys.Staked))
            .WithSecret(UnstakedFile, KeypairFile.Format(unstaked))
            .WithCertificate(name, keys.Peer(name), keys.AuthorityPem)
            .WithText("/etc/failover/agent.toml", AgentToml(name, peer, keys.VoteAccount))
            .Build();
    }

    public string Name { get; }

    public Pubkey Unstaked { get; }

    public IContainer Container { get; }

    public string StakedTower => $"{Home}/ledger/{RecordFiles.Name(RecordKind.Tower, _keys.Staked.Public)}";

    /// <summary>What the link says a restarted validator comes up as; read inside the container, not asked of the agent.</summary>
    public async Task<HeldIdentity> LinkPointsToAsync(CancellationToken ct) => (await ShellAsync($"readlink {Link}", ct)).Trim() switch
    {
        StakedFile => HeldIdentity.Staked,
        UnstakedFile => HeldIdentity.Unstaked,
        _ => HeldIdentity.Unknown,
    };

    public Task PointLinkToStakedAsync(CancellationToken ct) => ShellAsync($"ln -sfn {StakedFile} {Link}", ct);

    /// <summary>Makes the validator misbehave, or behave again.</summary>
    public async Task ControlAsync(CancellationToken ct, params string[] words) =>
        Succeeded(await Container.RunAsync(ct, ["fake-validator", "control", "--socket", ControlSocket, .. words]));

    public Task KillAgentAsync(CancellationToken ct) => ShellAsync("node kill agent", ct);

    public Task StartAgentAsync(CancellationToken ct) => ShellAsync("node start agent", ct);

    /// <summary>As a service manager restarts it; with more arguments than before.</summary>
    public Task RestartValidatorAsync(string arguments, CancellationToken ct) => ShellAsync($"VALIDATOR_ARGS='{ControlArgument} {arguments}' node restart validator", ct);

    public async Task<bool> AgentLogHasAsync(string words, CancellationToken ct) =>
        (await Container.RunAsync(ct, "grep", "-qF", "--", words, $"{Home}/agent.log")).ExitCode == 0;

    public async Task<string> AgentLogAsync(CancellationToken ct) => await ShellAsync($"cat {Home}/agent.log", ct);

    /// <summary>What a failed test shows.</summary>
    public async Task<string> LogsAsync(CancellationToken ct) =>
        (await Container.RunAsync(ct, "/bin/sh", "-c", $"cd {Home} && ls -l . agent keys ledger && tail -n 60 agent.log validator.log validator.out")).Output;

    public ValueTask DisposeAsync() => Container.DisposeAsync();

    private async Task<string> ShellAsync(string command, CancellationToken ct) => Succeeded(await Container.RunAsync(ct, "/bin/sh", "-c", command));

    private string Succeeded(CliResult result)
    {
        Assert.True(result.ExitCode == 0, $"{Name}: {result}");
        return result.Output;
    }

    private static string AgentToml(string name, string peer, Pubkey voteAccount) => $"""
        [node]
        name = "{name}"
        state_dir = "{Home}/agent"

        [listen]
        address = "0.0.0.0:7443"

        {ContainerFiles.TlsToml(name)}
        [identity]
        staked_keypair = "{StakedFile}"
        unstaked_keypair = "{UnstakedFile}"
        link = "{Link}"
        vote_account = "{voteAccount}"

        [validator]
        ledger = "{Home}/ledger"

        [[peers]]
        name = "{peer}"
        address = "https://{peer}:7443"
        """;
}
