using System.Net;
using Failover.Agent.Preparing;
using Failover.Disks;
using Failover.Identities;
using Failover.Protocol.Tls;
using Failover.Simulation;
using Failover.Tests.Disks;

namespace Failover.Tests.Preparing;

public sealed class PreparationTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LinuxDisk _disk = new();
    private readonly StringWriter _output = new();

    private NodeSetup Setup => new()
    {
        Name = "london",
        User = HostUser.Find(user => user.Uid == _disk.Stat(_folder["."])!.Uid)!,
        Ledger = _folder["ledger"],
        Tower = _folder["ledger"],
        Rpc = "http://127.0.0.1:8899",
        VoteAccount = Keypairs.Of(9).Public,
        Staked = _folder["keys/staked.json"],
        Unstaked = _folder["keys/unstaked.json"],
        Link = _folder["keys/identity.json"],
        Unit = "sol",
        Listen = IPEndPoint.Parse("127.0.0.1:7443"),
        LinkTo = (HeldIdentity.Unstaked, "nothing says that this node is the active one"),
    };

    private Preparation Make(NodeSetup setup) => new(_disk, setup, new TlsFiles(_folder["etc/tls/ca.crt"], _folder["etc/tls/agent.crt"], _folder["etc/tls/agent.key"]), _output);

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void The_unstaked_keypair_is_one_that_the_agent_accepts_and_is_nobody_elses()
    {
        Make(Setup).MakeUnstakedKeypair();
        var key = KeypairFile.ReadPublic(_disk, Setup.Unstaked);
        Assert.Contains($"{key}", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0b110_000_000, _disk.Stat(Setup.Unstaked)!.Mode);
        Assert.Equal(["unstaked.json"], _disk.List(_folder["keys"], ""));
    }

    [Theory]
    [InlineData("a keypair")]
    [InlineData("a link to nowhere")]
    public void A_key_that_is_there_is_never_overwritten(string what)
    {
        Directory.CreateDirectory(_folder["keys"]);
        if (what == "a keypair")
        {
            _folder.Write("keys/unstaked.json", "something");
        }
        else
        {
            _disk.CreateSymlink(Setup.Unstaked, _folder["gone"]);
        }

        Make(Setup).MakeUnstakedKeypair();

        Assert.Equal(what == "a keypair" ? "something" : _folder["gone"], _disk.ReadLink(Setup.Unstaked) ?? File.ReadAllText(Setup.Unstaked));
        Assert.Contains($"kept   unstaked keypair: {Setup.Unstaked}", _output.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["gone"]));
    }

    [Theory]
    [InlineData(HeldIdentity.Staked, "keys/staked.json")]
    [InlineData(HeldIdentity.Unstaked, "keys/unstaked.json")]
    public void The_link_points_to_what_it_is_to_be(HeldIdentity identity, string target)
    {
        Make(Setup with { LinkTo = (identity, "so it is") }).MakeLink();
        Assert.Equal(_folder[target], _disk.ReadLink(Setup.Link));
        Assert.Contains("so it is", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_validator_is_started_with_stays_when_it_is_no_link()
    {
        _folder.Write("keys/identity.json", "the key itself");
        Make(Setup).MakeLink();
        Assert.Equal("the key itself", File.ReadAllText(Setup.Link));
    }

    [Fact]
    public void The_certificates_key_is_made_once_closed_to_others_and_read_again()
    {
        using var first = Make(Setup).TlsKeyOrNew();
        using var again = Make(Setup).TlsKeyOrNew();
        Assert.Equal(first.ExportSubjectPublicKeyInfo(), again.ExportSubjectPublicKeyInfo());
        Assert.Equal(0b110_000_000, _disk.Stat(_folder["etc/tls/agent.key"])!.Mode);
    }

    [Fact]
    public void A_key_that_cannot_be_read_is_told_and_stays()
    {
        _folder.Write("etc/tls/agent.key", "no key");
        var said = Assert.Throws<InitException>(() => Make(Setup).TlsKeyOrNew());
        Assert.Contains("it is never overwritten", said.Message, StringComparison.Ordinal);
        Assert.Equal("no key", File.ReadAllText(_folder["etc/tls/agent.key"]));
    }

    [Fact]
    public void The_unit_runs_as_the_validators_user_and_writes_where_its_files_are()
    {
        Directory.CreateDirectory(_folder["systemd"]);
        Make(Setup).MakeUnitSettings(_folder["systemd"]);
        var text = File.ReadAllText(_folder["systemd/failover-agent.service.d/10-init.conf"]);
        Assert.Contains($"User={Setup.User.Name}\n", text, StringComparison.Ordinal);
        Assert.Contains($"ReadWritePaths=\"-{_folder["keys"]}\" \"-{_folder["ledger"]}\"\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ledger\nExecStartPre=+/bin/x")]
    [InlineData("ledger\" \"/etc")]
    public void A_path_that_would_be_more_than_a_path_in_the_unit_is_refused(string ledger)
    {
        Directory.CreateDirectory(_folder["systemd"]);
        Assert.Throws<InitException>(() => Make(Setup with { Ledger = _folder[ledger] }).MakeUnitSettings(_folder["systemd"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["systemd"]));
    }

    [Fact]
    public void Without_systemd_there_is_nothing_to_set()
    {
        Make(Setup).MakeUnitSettings(_folder["systemd"]);
        Assert.False(Directory.Exists(_folder["systemd"]));
    }
}
