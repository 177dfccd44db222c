using System.Globalization;
using Failover.Identities;

namespace Failover.Lab;

/// <summary>One node: its files, its validator and its agent.</summary>
public sealed class LabNode(string name, string folder, int agentPort, LabOptions options) : IAsyncDisposable
{
    private int _starts;
    private int? _peerPort;

    public string Name => name;

    public string Folder => folder;

    public string Ledger => Path.Combine(folder, "ledger");

    public string StakedKeypair => Path.Combine(folder, "staked-identity.json");

    public string UnstakedKeypair => Path.Combine(folder, "unstaked-identity.json");

    public string IdentityLink => Path.Combine(folder, "identity.json");

    public string StateFolder => Path.Combine(folder, "state");

    public string ControlSocket => Path.Combine(folder, "control.sock");

    public string AgentConfig => Path.Combine(folder, "agent.toml");

    public string AgentAddress => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{agentPort}");

    /// <summary>Where the other agents look for this one; a test may put something in between.</summary>
    public int PeerPort
    {
        get => _peerPort ?? agentPort;
        set => _peerPort = value;
    }

    public int AgentPort => agentPort;

    /// <summary>The validator's start-up script, as an operator has one; written at the first start and then left alone.</summary>
    public string StartScript => Path.Combine(folder, "validator.sh");

    public string ValidatorLog => Path.Combine(folder, "validator.log");

    public string AgentLog => Path.Combine(folder, "agent.log");

    public LabProcess? Validator { get; private set; }

    public LabProcess? Agent { get; private set; }

    /// <summary>Variables of the agent from its next start on.</summary>
    public IReadOnlyDictionary<string, string>? AgentEnvironment { get; set; }

    /// <summary>JSON-RPC port of the running validator; the same after a restart.</summary>
    public int RpcPort { get; private set; }

    public Pubkey Unstaked { get; internal set; }

    public HeldIdentity LinkPointsTo => File.ResolveLinkTarget(IdentityLink, returnFinalTarget: false)?.FullName is { } target
        ? target == StakedKeypair ? HeldIdentity.Staked : target == UnstakedKeypair ? HeldIdentity.Unstaked : HeldIdentity.Unknown
        : HeldIdentity.Unknown;

    public async Task StartValidatorAsync(string cluster, string voteAccount, CancellationToken ct)
    {
        _starts++;
        if (!File.Exists(StartScript))
        {
            WriteStartScript(cluster, voteAccount);
        }
        if (Validator is { } old)
        {
            await old.DisposeAsync();
        }
        Validator = LabProcess.Start(
            "/bin/sh", [StartScript], Path.Combine(folder, "validator.out"),
            new Dictionary<string, string> { ["RPC_PORT"] = Text(RpcPort), ["SEED"] = Text((options.Seed * 1000) + _starts) });
        var ready = await Validator.LineAsync("ready ", ct);
        RpcPort = int.Parse(ready[(ready.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }

    public async Task StartAgentAsync(CancellationToken ct)
    {
        await BeginAgentAsync();
        await AgentAnswersAsync(ct);
    }

    /// <summary>Starts the agent and does not wait for it.</summary>
    public async Task BeginAgentAsync()
    {
        if (Agent is { } old)
        {
            await old.DisposeAsync();
        }
        Agent = LabProcess.Start(Programs.Agent, ["--config", AgentConfig], AgentLog, AgentEnvironment);
    }

    public Task AgentAnswersAsync(CancellationToken ct) => Ports.AnswersAsync(agentPort, Agent!, ct);

    /// <summary>Makes the validator misbehave, or behave again.</summary>
    public async Task ControlAsync(CancellationToken ct, params string[] words)
    {
        await using var control = LabProcess.Start(Programs.FakeValidator, ["control", "--socket", ControlSocket, .. words], Path.Combine(folder, "control.log"));
        if (await control.ExitedAsync(ct) != 0)
        {
            throw new InvalidOperationException($"the fake validator does not know: {string.Join(' ', words)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Agent is not null)
        {
            await Agent.DisposeAsync();
        }
        if (Validator is not null)
        {
            await Validator.DisposeAsync();
        }
    }

    private void WriteStartScript(string cluster, string voteAccount)
    {
        using var script = new StreamWriter(StartScript);
        script.Write($"""
            exec {Programs.FakeValidator} \
                --identity {IdentityLink} \
                --vote-account {voteAccount} \
                --authorized-voter {StakedKeypair} \
                --ledger {Ledger} \
                --rpc-port $RPC_PORT --log {ValidatorLog} --full-rpc-api \
                --fake-cluster {cluster} --fake-host {name} --fake-version {options.Version} --fake-control {ControlSocket} --fake-seed $SEED \
                {(options.Alpenglow ? "--fake-alpenglow " : "")}{string.Join(' ', options.ValidatorFlags.Select(flag => $"'{flag}'"))}

            """);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
