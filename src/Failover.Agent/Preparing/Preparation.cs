using System.Security.Cryptography;
using System.Text;
using Failover.Agent.Configuration;
using Failover.Disks;
using Failover.Examinations;
using Failover.Identities;
using Failover.Protocol.Configuration;
using Failover.Protocol.Joining;
using Failover.Protocol.Tls;

namespace Failover.Agent.Preparing;

/// <summary>Writes what a node lacks, one thing after the other, and leaves alone what is there. Tells each of them.</summary>
internal sealed class Preparation(LinuxDisk disk, NodeSetup setup, TlsFiles tls, TextWriter output)
{
    private const int KeyMode = 0b110_000_000; // 0600
    private const int FileMode = 0b110_100_100; // 0644
    private const int FolderMode = 0b111_101_101; // 0755
    private const int SecretFolderMode = 0b111_000_000; // 0700

    /// <summary>The throw-away identity, in the form that solana-keygen writes.</summary>
    public void MakeUnstakedKeypair()
    {
        if (disk.Stat(setup.Unstaked) is not null)
        {
            Kept("unstaked keypair", setup.Unstaked);
            return;
        }
        using var keypair = Keypair.Generate();
        var text = KeypairFile.Format(keypair);
        try
        {
            AsUser(() =>
            {
                disk.MakeFolder(Path.GetDirectoryName(setup.Unstaked)!, Owned(SecretFolderMode));
                DurableFile.CreateNew(disk, setup.Unstaked, text, Owned(KeyMode));
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
        Made("unstaked keypair", $"{setup.Unstaked}, {keypair.Public}");
    }

    /// <summary>Only where nothing is there: what the validator is started with today may be the key itself.</summary>
    public void MakeLink()
    {
        if (disk.Stat(setup.Link) is not null)
        {
            Kept("identity link", setup.Link);
            return;
        }
        var target = setup.LinkTo.Identity == HeldIdentity.Staked ? setup.Staked : setup.Unstaked;
        AsUser(() =>
        {
            disk.MakeFolder(Path.GetDirectoryName(setup.Link)!, Owned(SecretFolderMode));
            disk.CreateSymlink(setup.Link, target);
            disk.SyncFolder(Path.GetDirectoryName(setup.Link)!);
        });
        Made("identity link", $"{setup.Link} -> {target}: {setup.LinkTo.Why}");
    }

    /// <summary>The key of the node's certificate: made here, and never leaves this host.</summary>
    public ECDsa TlsKeyOrNew()
    {
        if (disk.Stat(tls.Key) is not null)
        {
            Kept("key of the certificate", tls.Key);
            var there = ECDsa.Create();
            try
            {
                there.ImportFromPem(Encoding.ASCII.GetString(disk.Read(tls.Key, KeypairFile.MaxBytes)));
                return there;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                there.Dispose();
                throw new InitException($"{tls.Key} is no private key (PEM, not encrypted): {e.Message}. Move it aside if it is not needed; it is never overwritten");
            }
        }
        disk.MakeFolder(Path.GetDirectoryName(tls.Key)!, Ours(FolderMode));
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DurableFile.CreateNew(disk, tls.Key, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), Owned(KeyMode));
        Made("key of the certificate", tls.Key);
        return key;
    }

    /// <summary>What a join brought. An older certificate of this node is replaced: the coordinator has just issued this one.</summary>
    public void TakeCertificate(JoinedNode joined)
    {
        DurableFile.Replace(disk, tls.Ca, Encoding.ASCII.GetBytes(joined.AuthorityPem), Ours(FileMode));
        DurableFile.Replace(disk, tls.Certificate, Encoding.ASCII.GetBytes(joined.CertificatePem), Ours(FileMode));
        Made("certificate", $"{tls.Certificate}, and what it is trusted by: {tls.Ca}");
    }

    /// <param name="named">The setup, with what the join brought.</param>
    public void MakeConfig(NodeSetup named, string configFile)
    {
        var text = ConfigText.Of(named);
        // Whatever was typed is judged as the agent will, before it is written.
        AgentConfig.From(ConfigDocument.Parse(configFile, text, []), CommandLine.Version);
        disk.MakeFolder(Path.GetDirectoryName(configFile)!, Ours(FolderMode));
        DurableFile.CreateNew(disk, configFile, Encoding.UTF8.GetBytes(text), Ours(FileMode));
        Made("configuration", configFile);
    }

    public void MakeStateFolder(string folder)
    {
        if (disk.Stat(folder) is not null)
        {
            Kept("state folder", folder);
            return;
        }
        disk.MakeFolder(folder, Owned(SecretFolderMode));
        Made("state folder", folder);
    }

    /// <summary>The agent's unit runs as the validator's user and may write where this validator has its files.</summary>
    /// <param name="folder">Where systemd's own files are; nothing happens when it is not there.</param>
    public void MakeUnitSettings(string folder)
    {
        if (disk.Stat(folder) is null)
        {
            return;
        }
        var file = Path.Combine(folder, "failover-agent.service.d", "10-init.conf");
        if (disk.Stat(file) is not null)
        {
            Kept("settings of the unit", file);
            return;
        }
        string[] written = [Path.GetDirectoryName(setup.Link)!, setup.Ledger, setup.Tower];
        // A line break in a path would be a line of the unit's.
        if (written.FirstOrDefault(path => path.Any(c => char.IsControl(c) || c is '"' or '\\')) is { } odd)
        {
            throw new InitException($"the path {Shell.Word(odd)} cannot stand in a unit: name one without quotes, backslashes and line breaks");
        }
        disk.MakeFolder(Path.GetDirectoryName(file)!, Ours(FolderMode));
        DurableFile.CreateNew(disk, file, Encoding.UTF8.GetBytes(
            $"# Written by failover-agent init.\n[Service]\nUser={setup.User.Name}\nGroup={setup.User.Gid}\nReadWritePaths=\nReadWritePaths={string.Join(' ', written.Distinct().Select(path => $"\"-{path.Replace("%", "%%", StringComparison.Ordinal)}\""))}\n"),
            Ours(FileMode));
        Made("settings of the unit", $"{file}: runs as {setup.User.Name}");
    }

    /// <summary>In folders that are the validator's user's.</summary>
    private void AsUser(Action writing) => LinuxDisk.As(setup.User.Uid, setup.User.Gid, writing);

    /// <summary>What is believed the next time that root runs this must not be the validator's user's to change.</summary>
    private FileOwner Ours(int mode) => disk.Stat("/proc/self") is { } self ? new(self.Uid, self.Gid, mode) : throw new IOException("/proc/self is not there");

    private FileOwner Owned(int mode) => new(setup.User.Uid, setup.User.Gid, mode);

    private void Made(string what, string which) => output.WriteLine($"  made   {what}: {which}");

    private void Kept(string what, string which) => output.WriteLine($"  kept   {what}: {which} is there already");
}
