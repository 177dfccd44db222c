using System.Net;
using Failover.Agent.Configuration;
using Failover.Agent.Preparing;
using Failover.Identities;
using Failover.Protocol.Configuration;
using Failover.Simulation;

namespace Failover.Tests.Preparing;

public class ConfigTextTests
{
    private static readonly NodeSetup Setup = new()
    {
        Name = "london",
        User = new HostUser("sol", 1001, 1001, "/home/sol"),
        Ledger = "/mnt/a \"quoted\" ledger",
        Tower = "/mnt/tower",
        Rpc = "http://127.0.0.1:8999",
        VoteAccount = Keypairs.Of(9).Public,
        Staked = "/home/sol/staked.json",
        Unstaked = "/home/sol/unstaked.json",
        Link = "/home/sol/identity.json",
        Voters = ["/home/sol/voter-1.json", "/home/sol/voter-2.json"],
        Unit = "agave",
        StartScript = "/home/sol/bin/validator.sh",
        StateFolder = "/var/lib/other",
        Listen = IPEndPoint.Parse("[::1]:9443"),
        Peers = [new("tokyo", new Uri("https://tokyo.example.org:7443")), new("paris", new Uri("https://10.0.0.1:1"))],
        LinkTo = (HeldIdentity.Unstaked, ""),
    };

    [Fact]
    public void What_init_writes_is_read_back_as_it_was_said()
    {
        var config = Read(ConfigText.Of(Setup));
        var node = config.Node;
        Assert.Equal((Setup.Name, Setup.Ledger, Setup.Tower, Setup.VoteAccount), (node.Node, node.Ledger, node.TowerFolder, node.VoteAccount));
        Assert.Equal((Setup.Staked, Setup.Unstaked, Setup.Link), (node.StakedKeypair, node.UnstakedKeypair, node.IdentityLink));
        Assert.Equal((Setup.Unit, Setup.StartScript, Setup.StateFolder), (node.ValidatorUnit, node.StartScript, node.StateFolder));
        Assert.Equal(Setup.Voters, node.AuthorizedVoters);
        Assert.Equal((Setup.Listen, new Uri(Setup.Rpc)), (config.Listen, config.Validator.Rpc));
        Assert.Equal(Setup.Peers, config.Peers);
        Assert.Equal(("/etc/failover/tls/ca.crt", "/etc/failover/tls/agent.crt", "/etc/failover/tls/agent.key"), (config.Tls.Ca, config.Tls.Certificate, config.Tls.Key));
    }

    [Fact]
    public void What_is_usual_stays_commented_out()
    {
        var text = ConfigText.Of(Setup with { Voters = [Setup.Staked], StateFolder = null, StartScript = null, Peers = [] });
        var config = Read(text);
        Assert.Equal([Setup.Staked], config.Node.AuthorizedVoters);
        Assert.Contains("\n#authorized_voters = ", text, StringComparison.Ordinal);
        Assert.Contains("\n#state_dir = ", text, StringComparison.Ordinal);
        Assert.Empty(config.Peers);
    }

    [Fact]
    public void It_holds_nothing_of_the_example()
    {
        var text = ConfigText.Of(Setup);
        Assert.DoesNotContain("frankfurt", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Vote111", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Put yours here", text, StringComparison.Ordinal);
        Assert.Contains("# The symbolic link that the validator is started with as --identity.", text, StringComparison.Ordinal);
    }

    private static AgentConfig Read(string text) => AgentConfig.From(ConfigDocument.Parse("/etc/failover/agent.toml", text, []), "1");
}
