using System.Text.Json;
using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;
using Failover.Coordinator;
using Failover.Protocol.Pki;

namespace Failover.ContainerTests.Faults;

/// <summary>A world whose network and agents can be disturbed. One handoff after the other is run in it: whoever is active when one begins is its source.</summary>
public sealed class FaultWorld : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ContainerWorld _containers;
    private readonly DirectoryInfo _operatorFolder = Directory.CreateTempSubdirectory("failover-operator");
    private NodeContainer _active;
    private int _switches;

    private FaultWorld(ContainerWorld containers) => (_containers, _active) = (containers, containers.London);

    public ProxyContainer Proxy => _containers.Proxy!;

    public ClusterContainer Cluster => _containers.Cluster;

    /// <summary>Who has the identity.</summary>
    public NodeContainer Active => _active;

    public NodeContainer Standby => _containers.Nodes.Single(node => node != _active);

    public static async Task<FaultWorld> StartAsync(Engine engine, WorldOptions options, CancellationToken ct)
    {
        var containers = new ContainerWorld(engine, options with { Faults = true });
        try
        {
            await containers.StartAsync(ct);
            var world = new FaultWorld(containers);
            world.WriteOperatorsFiles();
            return world;
        }
        catch
        {
            await containers.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Begins a handoff to the standby. Returns once the agent that the fault point belongs to stands still there; without one, when the operator's command has ended.
    /// </summary>
    public async Task<RunningHandoff> BeginAsync(CancellationToken ct, string? at = null)
    {
        var before = await StatusAsync();
        while (true)
        {
            if (at is not null)
            {
                await NodeAt(at).ArmAsync(at, ct);
            }
            var handoff = new RunningHandoff(this, before, _active, Standby, at, OperateAsync("handoff", "--to", Standby.Name, "--now", "--yes"));
            if (await handoff.HasBegunAsync(ct))
            {
                return handoff;
            }
            // The nodes are not ready yet for a handoff, so soon after the one before.
            await Task.Delay(Look, TimeProvider.System, ct);
        }
    }

    /// <summary>Whose agent comes to the point.</summary>
    public NodeContainer NodeAt(string point) => point.StartsWith("source.", StringComparison.Ordinal) ? Active : Standby;

    /// <summary>Returns once the operator's status shows nothing amiss.</summary>
    public Task ReadyAsync(CancellationToken ct) =>
        Condition.HoldsAsync(async () => (await StatusAsync()).GetProperty("verdict").GetProperty("kind").GetString() == "good", ct);

    public Task<JsonElement> StatusAsync() => OperateAsync("status");

    /// <summary>
    /// The command itself, in this process, on the other side of the proxy: a container in which it is started each time would take longer than everything else. Returns the last
    /// document that it writes. It has its own limits; without ours, what it said last is known when a handoff does not end.
    /// </summary>
    public async Task<JsonElement> OperateAsync(params string[] command)
    {
        await Task.Yield();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await FailoverCli.RunAsync(["--config", Path.Combine(_operatorFolder.FullName, "failover.toml"), "--output", "json", .. command], new Surroundings
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            Variable = _ => null,
            Time = TimeProvider.System,
            Connect = file => Connector.Connect(file, _ => null, TimeProvider.System),
        }, CancellationToken.None);
        Assert.False(code is 1 or 2 or 7, $"failover {string.Join(' ', command)}: exit code {code}\n{output}\n{error}");
        return JsonDocument.Parse(output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
    }

    /// <summary>The end of every handoff: the judge has seen no second voter and no stale record, and one node votes, reports S and comes up with it when restarted.</summary>
    public async Task CheckAsync(string ending, CancellationToken ct)
    {
        if (ending == "completed")
        {
            (_switches, _active) = (_switches + 1, Standby);
        }
        else if (ending == "went back")
        {
            await _containers.PassVotesAsync(1, ct);
            // A target that had voted gives its record along with its refusal: there and back.
            var seen = (await Cluster.JudgeAsync(null, ct)).Switches;
            _switches = seen == _switches + 2 ? seen : _switches;
        }
        await _containers.AssertActiveAsync(_active, _switches, ct);
    }

    public Task<string> LogsAsync(CancellationToken ct) => _containers.LogsAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await _containers.DisposeAsync();
        _operatorFolder.Delete(recursive: true);
    }

    private void WriteOperatorsFiles()
    {
        var tls = _operatorFolder.CreateSubdirectory("tls").FullName;
        var issued = _containers.Keys.Coordinator();
        CertificateFiles.WriteCertificate(Path.Combine(tls, "ca.crt"), _containers.Keys.AuthorityPem);
        CertificateFiles.WriteCertificate(Path.Combine(tls, "operator.crt"), issued.CertificatePem);
        CertificateFiles.WriteKey(Path.Combine(tls, "operator.key"), issued.KeyPem);
        using var config = File.CreateText(Path.Combine(_operatorFolder.FullName, "failover.toml"));
        config.Write(ContainerFiles.CoordinatorToml("operator", Proxy.AddressForOperator));
    }
}
