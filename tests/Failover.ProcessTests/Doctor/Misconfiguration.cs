using System.Text;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Lab;
using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Failover.Records;

namespace Failover.ProcessTests.Doctor;

/// <summary>One thing that an operator gets wrong, and the one check that must find it.</summary>
/// <param name="Node">Where it is planted, and found.</param>
/// <param name="Plant">Makes it so, in a pair that was well.</param>
internal sealed record Misconfiguration(string What, string Node, string Check, Func<LabWorld, LabNode, CancellationToken, Task> Plant, string Outcome = "fails")
{
    private const string Tokyo = "tokyo";
    private const string London = "london";

    public static IReadOnlyList<Misconfiguration> All { get; } =
    [
        // The agent's own.
        new("a key that nobody knows", Tokyo, "config-valid", InConfig("[node]", "[node]\ncolour = \"red\"", restart: false)),
        new("a change that is not in force", Tokyo, "config-in-force", InConfig("[handoff]", "[handoff]\nprepare_life = \"5m\"", restart: false)),
        new("a configuration that everybody may write", Tokyo, "config-closed", Mode(node => node.AgentConfig, 0b110_110_110)),
        new("a state folder that everybody may write", Tokyo, "state-folder", Mode(node => node.StateFolder, 0b111_111_111)),
        new("an agent that does not run", Tokyo, "agent-answers", (_, node, _) => node.Agent!.KillAsync()),
        new("a key of the certificate that everybody may read", Tokyo, "certificate-usable", Mode((world, node) => Path.Combine(world.Folder, $"{node.Name}.key"), 0b110_100_100)),
        new("a certificate that soon expires", Tokyo, "certificate-expiry", ShortCertificateAsync, "warning"),
        new("no peer", Tokyo, "peer-named", EditConfig(text => text[..text.IndexOf("[[peers]]", StringComparison.Ordinal)])),
        new("a peer at a wrong address", Tokyo, "peer-answers", InConfig("address = \"https://127.0.0.1:", "address = \"https://127.0.0.9:", restart: true)),

        // Keypairs.
        new("a staked keypair that everybody may read", Tokyo, "staked-keypair", Mode(node => node.StakedKeypair, 0b110_100_100)),
        new("an unstaked keypair that the group may read", Tokyo, "unstaked-keypair", Mode(node => node.UnstakedKeypair, 0b110_100_000)),
        new("no staked keypair", Tokyo, "staked-keypair", Do((_, node) => File.Delete(node.StakedKeypair))),
        new("half a staked keypair", Tokyo, "staked-keypair", Do((_, node) => WriteSecret(node.StakedKeypair, "[1,2,3"u8.ToArray()))),
        new("somebody else's staked keypair", Tokyo, "vote-account-belongs-to-staked-identity", Do((_, node) => WriteSecret(node.StakedKeypair, AnyKeypair()))),
        new("no unstaked keypair", Tokyo, "unstaked-keypair", Do((_, node) => File.Delete(node.UnstakedKeypair))),

        // The identity link.
        new("no identity link", Tokyo, "link-leads-to-keypair", Do((_, node) => File.Delete(node.IdentityLink))),
        new("a copy in place of the link", Tokyo, "link-leads-to-keypair", Do((_, node) => Copy(node.UnstakedKeypair, node.IdentityLink))),
        new("a link to some other file", Tokyo, "link-leads-to-keypair", Do((world, node) => Relink(node, Path.Combine(world.Folder, "other.json")))),
        new("a standby that would restart with S", Tokyo, "identity-link", Do((_, node) => Relink(node, node.StakedKeypair))),
        new("an active node that would restart without S", London, "identity-link", Do((_, node) => Relink(node, node.UnstakedKeypair))),
        new("a folder of the link that everybody may write", Tokyo, "link-folder", Mode(node => node.Folder, 0b111_111_111)),

        // The validator's process and its command line.
        new("a validator that does not run", Tokyo, "validator-runs", (_, node, _) => node.Validator!.KillAsync()),
        new("--identity that is not the link", Tokyo, "command-line-identity", InScript(node => $"--identity {node.IdentityLink}", node => $"--identity {node.UnstakedKeypair}")),
        new("--vote-account of somebody else", Tokyo, "command-line-vote-account", InScript((world, _) => $"--vote-account {world.VoteAccount}", (_, _) => $"--vote-account {AnyKey()}")),
        new("no --authorized-voter", Tokyo, "authorized-voter", InScript(node => $"--authorized-voter {node.StakedKeypair} \\\n", _ => "\\\n")),
        new("an admin socket that is gone", Tokyo, "admin-socket", Do((_, node) => File.Delete(Path.Combine(node.Ledger, "admin.rpc")))),
        new("an identity that is neither S nor U", Tokyo, "holds-own-identity", ThirdIdentityAsync),
        new("an active validator without voters", London, "voters-loaded", (_, node, ct) => CliAsync(node, ct, "authorized-voter", "remove-all")),

        // What the agent's configuration says of the validator.
        new("another vote account than the validator's", Tokyo, "command-line-vote-account", EditConfig((world, text) => text.Replace($"{world.VoteAccount}", AnyKey(), StringComparison.Ordinal))),
        new("another tower folder than the validator's", Tokyo, "command-line-tower", EditConfig((world, text) =>
            text.Replace("[validator]", $"[validator]\ntower = \"{Directory.CreateDirectory(Path.Combine(world.Folder, "elsewhere")).FullName}\"", StringComparison.Ordinal))),
        new("another ledger than the validator's", Tokyo, "command-line-ledger", EditConfig((world, text) =>
            text.Replace($"ledger = \"{world[Tokyo].Ledger}\"", $"ledger = \"{Directory.CreateDirectory(Path.Combine(world.Folder, "elsewhere")).FullName}\"", StringComparison.Ordinal))),
        new("another port than the validator's", Tokyo, "rpc-answers", InConfig("rpc = \"http://127.0.0.1:", "rpc = \"http://127.0.0.1:1\" #", restart: true)),

        // The ledger and the records in it.
        new("a ledger that everybody may write", Tokyo, "ledger-folder", Mode(node => node.Ledger, 0b111_111_111)),
        new("a damaged tower on the standby", Tokyo, "record-readable", Do((world, node) => Write(TowerOf(world, node), "no tower"u8))),
        new("a half-written tower that nobody writes", Tokyo, "record-left-behind", Do((world, node) => Write(TowerOf(world, node) + RecordFiles.TemporarySuffix, "half"u8)), "warning"),

        // The agents' promises.
        new("a handoff that was prepared and left", Tokyo, "no-handoff-open", PreparedAsync),
    ];

    public override string ToString() => $"{What} on {Node}";

    private static Func<LabWorld, LabNode, CancellationToken, Task> Do(Action<LabWorld, LabNode> act) => (world, node, _) =>
    {
        act(world, node);
        return Task.CompletedTask;
    };

    private static Func<LabWorld, LabNode, CancellationToken, Task> Mode(Func<LabNode, string> path, int mode) => Mode((_, node) => path(node), mode);

    private static Func<LabWorld, LabNode, CancellationToken, Task> Mode(Func<LabWorld, LabNode, string> path, int mode) =>
        Do((world, node) => File.SetUnixFileMode(path(world, node), (UnixFileMode)mode));

    private static Func<LabWorld, LabNode, CancellationToken, Task> InConfig(string from, string to, bool restart) => async (_, node, ct) =>
    {
        Edit(node.AgentConfig, text => text.Replace(from, to, StringComparison.Ordinal));
        await (restart ? node.StartAgentAsync(ct) : Task.CompletedTask);
    };

    private static Func<LabWorld, LabNode, CancellationToken, Task> EditConfig(Func<string, string> edit) => EditConfig((_, text) => edit(text));

    private static Func<LabWorld, LabNode, CancellationToken, Task> EditConfig(Func<LabWorld, string, string> edit) => async (world, node, ct) =>
    {
        Edit(node.AgentConfig, text => edit(world, text));
        await node.StartAgentAsync(ct);
    };

    private static Func<LabWorld, LabNode, CancellationToken, Task> InScript(Func<LabNode, string> from, Func<LabNode, string> to) => InScript((_, node) => from(node), (_, node) => to(node));

    private static Func<LabWorld, LabNode, CancellationToken, Task> InScript(Func<LabWorld, LabNode, string> from, Func<LabWorld, LabNode, string> to) => async (world, node, ct) =>
    {
        Edit(node.StartScript, text => text.Replace(from(world, node), to(world, node), StringComparison.Ordinal));
        await world.StartValidatorAsync(node, ct);
    };

    private static void Edit(string path, Func<string, string> edit)
    {
        var before = File.ReadAllText(path);
        var after = edit(before);
        Assert.NotEqual(before, after);
        Write(path, Encoding.UTF8.GetBytes(after));
    }

    private static async Task ShortCertificateAsync(LabWorld world, LabNode node, CancellationToken ct)
    {
        using var authority = CertificateAuthority.Load(
            await File.ReadAllTextAsync(Path.Combine(world.PkiFolder, "ca.crt"), ct), await File.ReadAllTextAsync(Path.Combine(world.PkiFolder, "ca.key"), ct), TimeProvider.System);
        var issued = authority.Issue(CertificateRole.Peer, node.Name, TimeSpan.FromDays(20));
        Write(Path.Combine(world.Folder, $"{node.Name}.key"), Encoding.ASCII.GetBytes(issued.KeyPem));
        Write(Path.Combine(world.Folder, $"{node.Name}.pem"), Encoding.ASCII.GetBytes(issued.CertificatePem));
    }

    private static async Task ThirdIdentityAsync(LabWorld world, LabNode node, CancellationToken ct)
    {
        var file = Path.Combine(world.Folder, "third.json");
        WriteSecret(file, AnyKeypair());
        await CliAsync(node, ct, "set-identity", file);
    }

    private static async Task CliAsync(LabNode node, CancellationToken ct, params string[] words)
    {
        await using var cli = LabProcess.Start(Programs.FakeValidator, ["agave-cli", "--ledger", node.Ledger, .. words], Path.Combine(node.Folder, "cli.log"));
        Assert.Equal(0, await cli.ExitedAsync(ct));
    }

    /// <summary>As a coordinator leaves it that dies between the target and the source.</summary>
    private static async Task PreparedAsync(LabWorld world, LabNode node, CancellationToken ct)
    {
        var config = CoordinatorConfig.Load(world.CoordinatorConfig);
        using var agent = new RemoteAgent(
            config.Nodes.Single(address => address.Name == node.Name), new ClusterTrust(config.Tls, TimeProvider.System), new CallLimits(), TimeProvider.System);
        var facts = await agent.GetStatusAsync(ct);
        await agent.PrepareAsync(
            new HandoffOrder(new HandoffId("left-behind"), facts.HighestToken.Next, world.Staked, world.VoteAccount, facts.GenesisHash, London, node.Name), HandoffRole.Target, HookUse.Run, ct);
    }

    private static string TowerOf(LabWorld world, LabNode node) => Path.Combine(node.Ledger, RecordFiles.Name(RecordKind.Tower, world.Staked));

    private static void Relink(LabNode node, string to)
    {
        File.Delete(node.IdentityLink);
        File.CreateSymbolicLink(node.IdentityLink, to);
    }

    private static void Copy(string from, string to)
    {
        File.Delete(to);
        WriteSecret(to, File.ReadAllBytes(from));
    }

    private static byte[] AnyKeypair()
    {
        using var keypair = Keypair.Generate();
        return KeypairFile.Format(keypair);
    }

    private static string AnyKey()
    {
        using var keypair = Keypair.Generate();
        return keypair.Public.ToString();
    }

    private static void WriteSecret(string path, byte[] content)
    {
        Write(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.Write(content);
    }
}
