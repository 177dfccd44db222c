using System.Diagnostics;
using System.Text;
using Failover.Identities;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;

namespace Failover.Lab;

/// <summary>
/// A whole world on this machine: the fake cluster with its judge, and nodes with a fake validator and a real agent each, all as processes of their own, with real
/// keys, certificates, sockets and files.
/// </summary>
public sealed class LabWorld : IAsyncDisposable
{
    private readonly LabOptions _options;
    private readonly bool _ownFolder;

    private LabWorld(LabOptions options, string folder, bool ownFolder, LabCluster cluster, IReadOnlyList<LabNode> nodes, Pubkey staked, Pubkey voteAccount)
    {
        _options = options;
        _ownFolder = ownFolder;
        Folder = folder;
        Cluster = cluster;
        Nodes = nodes;
        Staked = staked;
        VoteAccount = voteAccount;
    }

    public string Folder { get; }

    public LabCluster Cluster { get; }

    public IReadOnlyList<LabNode> Nodes { get; }

    public Pubkey Staked { get; }

    public Pubkey VoteAccount { get; }

    /// <summary>Where the certificate authority lies.</summary>
    public string PkiFolder => Path.Combine(Folder, "pki");

    public string CoordinatorConfig => Path.Combine(Folder, "coordinator.toml");

    public LabNode this[string name] => Nodes.Single(node => node.Name == name);

    /// <param name="withAgents">Without, only cluster and validators run: the world of the published guide.</param>
    public static async Task<LabWorld> StartAsync(LabOptions options, bool withAgents, CancellationToken ct)
    {
        // Unix socket paths must be short, so the folder's name is.
        var folder = options.Folder ?? Directory.CreateTempSubdirectory("lab-").FullName;
        Directory.CreateDirectory(folder);
        using var staked = Keypair.Generate();
        using var vote = Keypair.Generate();
        var cluster = await LabCluster.StartAsync(options, vote.Public.ToString(), staked.Public.ToString(), folder, ct);
        var ports = Ports.Free(options.Nodes.Count);
        var nodes = options.Nodes.Select((name, i) => new LabNode(name, Path.Combine(folder, name), ports[i], options)).ToList();
        var world = new LabWorld(options, folder, options.Folder is null, cluster, nodes, staked.Public, vote.Public);
        try
        {
            world.WriteFiles(staked);
            // The target of the first handoff starts first: a spare is there before it is needed.
            foreach (var node in nodes.AsEnumerable().Reverse())
            {
                await world.StartValidatorAsync(node, ct);
            }
            if (withAgents)
            {
                nodes.ForEach(world.WriteAgentConfig);
                await Task.WhenAll(nodes.Select(node => node.StartAgentAsync(ct)));
            }
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public Task StartValidatorAsync(LabNode node, CancellationToken ct) => node.StartValidatorAsync(Cluster.Wire, VoteAccount.ToString(), ct);

    /// <summary>Runs the coordinator's command line as a user would, and collects what it says.</summary>
    public async Task<CliResult> FailoverAsync(CancellationToken ct, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.Coordinator, ["--config", CoordinatorConfig, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        return new CliResult(process.ExitCode, await output, await error);
    }

    /// <summary>The same, on this very terminal.</summary>
    public async Task<int> FailoverHereAsync(CancellationToken ct, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.Coordinator, ["--config", CoordinatorConfig, .. arguments]))!;
        await process.WaitForExitAsync(ct);
        return process.ExitCode;
    }

    /// <summary>Lets slots pass.</summary>
    public async Task PassSlotsAsync(ulong slots, CancellationToken ct)
    {
        var from = await Cluster.SlotAsync(ct);
        while (await Cluster.SlotAsync(ct) < from + slots)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(5, _options.Slot.TotalMilliseconds / 4)), TimeProvider.System, ct);
        }
    }

    /// <summary>Waits until the judge has seen so many votes more than now.</summary>
    public async Task PassVotesAsync(int votes, CancellationToken ct)
    {
        var from = (await Cluster.JudgeAsync(null, ct)).Votes;
        while ((await Cluster.JudgeAsync(null, ct)).Votes < from + votes)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(5, _options.Slot.TotalMilliseconds / 4)), TimeProvider.System, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));
        await Cluster.DisposeAsync();
        if (_ownFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void WriteFiles(Keypair staked)
    {
        var validity = TimeSpan.FromDays(90);
        using var authority = CertificateAuthority.Create("failover-lab", validity, TimeProvider.System);
        WriteText(Path.Combine(Folder, "ca.pem"), authority.CertificatePem);
        // The authority's own folder, as `failover pki` keeps it.
        Directory.CreateDirectory(PkiFolder);
        WriteText(Path.Combine(PkiFolder, "ca.crt"), authority.CertificatePem);
        WriteSecret(Path.Combine(PkiFolder, "ca.key"), Encoding.ASCII.GetBytes(authority.KeyPem));
        foreach (var (role, name) in Nodes.Select(node => (CertificateRole.Peer, node.Name))
            .Append((CertificateRole.Coordinator, "coordinator")).Append((CertificateRole.Observer, "observer")))
        {
            var issued = authority.Issue(role, name, validity);
            WriteText(Path.Combine(Folder, $"{name}.pem"), issued.CertificatePem);
            WriteSecret(Path.Combine(Folder, $"{name}.key"), Encoding.ASCII.GetBytes(issued.KeyPem));
            WriteText(Path.Combine(PkiFolder, $"{name}.crt"), issued.CertificatePem);
            WriteSecret(Path.Combine(PkiFolder, $"{name}.key"), Encoding.ASCII.GetBytes(issued.KeyPem));
        }
        WriteText(CoordinatorConfig, CoordinatorToml("coordinator"));
        WriteText(Path.Combine(Folder, "observer.toml"), CoordinatorToml("observer"));
        foreach (var (node, isFirst) in Nodes.Select((node, i) => (node, i == 0)))
        {
            Directory.CreateDirectory(node.Ledger);
            Directory.CreateDirectory(node.StateFolder);
            using var unstaked = Keypair.Generate();
            node.Unstaked = unstaked.Public;
            WriteSecret(node.StakedKeypair, KeypairFile.Format(staked));
            WriteSecret(node.UnstakedKeypair, KeypairFile.Format(unstaked));
            File.CreateSymbolicLink(node.IdentityLink, isFirst ? node.StakedKeypair : node.UnstakedKeypair);
        }
    }

    /// <summary>Writes a node's agent configuration; its validator must have run once, since its RPC port is in it.</summary>
    public void WriteAgentConfig(LabNode node)
    {
        var peers = string.Concat(Nodes.Where(other => other != node).Select(other => $"""

            [[peers]]
            name = "{other.Name}"
            address = "https://127.0.0.1:{other.PeerPort}"

            """));
        WriteText(node.AgentConfig, $"""
            [node]
            name = "{node.Name}"
            state_dir = "{node.StateFolder}"

            [listen]
            address = "{new Uri(node.AgentAddress).Authority}"

            [tls]
            ca = "{Folder}/ca.pem"
            certificate = "{Folder}/{node.Name}.pem"
            key = "{Folder}/{node.Name}.key"

            [identity]
            staked_keypair = "{node.StakedKeypair}"
            unstaked_keypair = "{node.UnstakedKeypair}"
            link = "{node.IdentityLink}"
            vote_account = "{VoteAccount}"

            [validator]
            driver = "auto"
            ledger = "{node.Ledger}"
            unit = "validator"
            start_script = "{node.StartScript}"
            rpc = "http://127.0.0.1:{node.RpcPort}"

            [handoff]
            {_options.AgentHandoffSettings}
            {peers}
            """);
    }

    private string CoordinatorToml(string who) => $"""
        [tls]
        ca = "{Folder}/ca.pem"
        certificate = "{Folder}/{who}.pem"
        key = "{Folder}/{who}.key"
        {string.Concat(Nodes.Select(node => $"""

        [[nodes]]
        name = "{node.Name}"
        address = "{node.AgentAddress}"

        """))}
        """;

    private static void WriteText(string path, string text)
    {
        using var file = new StreamWriter(path);
        file.Write(text);
    }

    private static void WriteSecret(string path, byte[] content)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(content);
    }
}

/// <summary>What the command line answered.</summary>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
