using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Failover.Agent.Faults;
using Failover.ContainerTests.Images;
using Failover.Identities;
using Failover.Records;

namespace Failover.ContainerTests.Worlds;

/// <summary>One validator host in its container: a fake validator, the agent beside it, and their files as <c>deploy/docker/node/node</c> lays them out.</summary>
public sealed class NodeContainer : IAsyncDisposable
{
    public const int AgentPort = 7443;

    public const string Ledger = $"{Home}/ledger";
    public const string StateFolder = $"{Home}/agent";

    private const string Home = "/var/lib/node";
    private const string FaultFolder = $"{Home}/faults";
    private const string AgentPid = $"$(cat {Home}/run/agent.pid)";

    /// <summary>Room for what the agents ask for, and soon filled.</summary>
    private const string SmallDisk = "size=80m,uid=1000,gid=1000,mode=0700";

    private const string Link = $"{Home}/identity.json";
    private const string StakedFile = $"{Home}/keys/staked.json";
    private const string UnstakedFile = $"{Home}/keys/unstaked.json";
    private const string ControlSocket = $"{Home}/control.sock";

    /// <summary>Always among the validator's arguments: the fake must stay controllable, however it is started.</summary>
    private const string ControlArgument = $"--fake-control {ControlSocket}";

    private readonly WorldKeys _keys;

    /// <param name="peerAddress">Where this node finds its peer's agent.</param>
    public NodeContainer(Engine engine, INetwork network, WorldKeys keys, WorldOptions options, string name, string peer, string peerAddress, bool active)
    {
        using var unstaked = Keypair.Generate();
        (Name, Unstaked, _keys) = (name, unstaked.Public, keys);
        var builder = engine.Container(Image.Node)
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
            .WithText("/etc/failover/agent.toml", AgentToml(name, peer, peerAddress, keys.VoteAccount, options));
        if (options.Faults)
        {
            builder = builder
                .WithCreateParameterModifier(parameters =>
                {
                    parameters.HostConfig!.Tmpfs = options.SmallDisks.ToDictionary(folder => folder, _ => SmallDisk);
                    // For root, who mounts; no program of the node is root.
                    parameters.HostConfig.CapAdd = ["SYS_ADMIN"];
                    parameters.HostConfig.SecurityOpt = ["apparmor=unconfined"];
                })
                .WithEnvironment(FaultPoints.Variable, FaultFolder)
                .WithEnvironment("SUPERVISE_VALIDATOR", "always")
                .WithEnvironment("SUPERVISE_AGENT", "always");
        }
        Container = builder.Build();
    }

    public string Name { get; }

    public Pubkey Unstaked { get; }

    public IContainer Container { get; }

    public string StakedTower => $"{Ledger}/{RecordFiles.Name(RecordKind.Tower, _keys.Staked.Public)}";

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

    /// <summary>The agent will stand still when it comes to the point.</summary>
    public Task ArmAsync(string point, CancellationToken ct) => ShellAsync($"mkdir -p {FaultFolder} && : >{FaultFolder}/{point}", ct);

    /// <summary>Whether the agent stands still at the point, every thread of it; looks for a while.</summary>
    public async Task<bool> StandsAtAsync(string point, CancellationToken ct) => (await Container.RunAsync(
        ct, "/bin/sh", "-c", $"for i in $(seq 50); do if [ -e {FaultFolder}/{point}{FaultPoints.Reached} ] && grep -q ') T ' /proc/{AgentPid}/stat; then exit 0; fi; sleep 0.02; done; exit 1")).ExitCode == 0;

    public async Task<bool> HasReachedAsync(string point, CancellationToken ct) =>
        (await Container.RunAsync(ct, "test", "-e", $"{FaultFolder}/{point}{FaultPoints.Reached}")).ExitCode == 0;

    /// <summary>The agent will not stand still there, unless it does already.</summary>
    public Task DisarmAsync(string point, CancellationToken ct) => ShellAsync($"rm -f {FaultFolder}/{point}", ct);

    /// <summary>Lets the agent go on from the point.</summary>
    public Task GoOnAsync(string point, CancellationToken ct) => ShellAsync($"rm {FaultFolder}/{point}{FaultPoints.Reached} && kill -CONT {AgentPid}", ct);

    public Task RestartValidatorAsync(CancellationToken ct) => ShellAsync("node restart validator", ct);

    /// <summary>Writes the folder's file system full, to the last byte.</summary>
    public Task FillAsync(string folder, CancellationToken ct) => ShellAsync(
        $"for size in 64k 1; do dd if=/dev/zero of={folder}/fill.$size bs=$size 2>/dev/null || true; done; [ \"$(df -P {folder} | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)\" = 0 ]", ct);

    public Task MakeRoomAsync(string folder, CancellationToken ct) => ShellAsync($"rm -f {folder}/fill.*", ct);

    /// <summary>As after an error of the disk. Remounting would ask for no file to be open for writing; a mount on top does not.</summary>
    public Task MakeReadOnlyAsync(string folder, CancellationToken ct) =>
        Container.AsRootAsync($"mount -o bind {folder} {folder} && mount -o remount,bind,ro {folder}", ct);

    public Task MakeWritableAsync(string folder, CancellationToken ct) => Container.AsRootAsync($"umount -l {folder}", ct);

    public Task KillAgentAsync(CancellationToken ct) => ShellAsync("node kill agent", ct);

    public Task StartAgentAsync(CancellationToken ct) => ShellAsync("node start agent", ct);

    /// <summary>As a service manager restarts it; with more arguments than before.</summary>
    public Task RestartValidatorAsync(string arguments, CancellationToken ct) => ShellAsync($"VALIDATOR_ARGS='{ControlArgument} {arguments}' node restart validator", ct);

    public async Task<bool> AgentLogHasAsync(string words, CancellationToken ct) =>
        (await Container.RunAsync(ct, "grep", "-qF", "--", words, $"{Home}/agent.log")).ExitCode == 0;

    public async Task<string> AgentLogAsync(CancellationToken ct) => await ShellAsync($"cat {Home}/agent.log", ct);

    /// <summary>What a failed test shows.</summary>
    public async Task<string> LogsAsync(CancellationToken ct) =>
        (await Container.RunAsync(ct, "/bin/sh", "-c", $"cd {Home} && ls -l . agent keys ledger && tail -n 60 agent.log && grep -v 'Unable to vote' validator.log | tail -n 40 && cat validator.out")).Output;

    public ValueTask DisposeAsync() => Container.DisposeAsync();

    public async Task<string> ShellAsync(string command, CancellationToken ct) => Succeeded(await Container.RunAsync(ct, "/bin/sh", "-c", command));

    private string Succeeded(CliResult result)
    {
        Assert.True(result.ExitCode == 0, $"{Name}: {result}");
        return result.Output;
    }

    // What only waiting for a person would make longer is short where handoffs are made to stop.
    private static string AgentToml(string name, string peer, string peerAddress, Pubkey voteAccount, WorldOptions options) => $"""
        [node]
        name = "{name}"
        state_dir = "{StateFolder}"

        [listen]
        address = "0.0.0.0:{AgentPort}"

        {ContainerFiles.TlsToml(name)}
        [identity]
        staked_keypair = "{StakedFile}"
        unstaked_keypair = "{UnstakedFile}"
        link = "{Link}"
        vote_account = "{voteAccount}"

        [validator]
        ledger = "{Ledger}"

        [handoff]
        {(options.Faults ? "needs_operator_after = \"5s\"" : "")}

        [[peers]]
        name = "{peer}"
        address = "{peerAddress}"
        """;
}
