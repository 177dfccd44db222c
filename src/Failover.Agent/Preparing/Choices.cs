using System.Net;
using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Disks;
using Failover.Identities;
using Failover.Protocol.Clients;

namespace Failover.Agent.Preparing;

/// <summary>What was said on the command line; null where nothing was.</summary>
internal sealed record InitOptions(
    bool Join, string? Name, string? Ledger, string? Tower, string? Rpc, string? VoteAccount, string? Staked, string? Unstaked, string? Link, string? Unit,
    string? StartScript, string? User, string? StateFolder, string Listen, IReadOnlyList<string> Peers, bool Yes);

/// <summary>What a node's setup is to be: what was said, else what the operator answers, else what was found.</summary>
internal static class Choices
{
    /// <summary>For a host without a configuration.</summary>
    /// <param name="joins">A join is to bring the name and the other nodes.</param>
    /// <exception cref="InitException">What was said cannot be right, or something is neither said nor found.</exception>
    public static NodeSetup Of(InitOptions said, Findings findings, Questions questions, bool joins, LinuxDisk disk)
    {
        var validator = findings.Validator;
        var user = said.User is { } named
            ? HostUser.Find(user => user.Name == named) ?? throw new InitException($"--user: there is no user {named}")
            : HostUser.Find(user => user.Uid == (validator?.Process.Uid ?? disk.Stat("/proc/self")!.Uid)) ?? throw new InitException("the validator's user has no name on this host: say one with --user");
        var holdsStaked = findings.OnChain is { } onChain && findings.IdentityFile?.Key == onChain;
        var keys = findings.IdentityFile is { } file ? Path.GetDirectoryName(file.Path)! : user.Home;
        var name = said.Name ?? (joins ? "" : questions.Ask("name of this node", "--name", null, NodeAddress.IsName(Environment.MachineName.ToLowerInvariant()) ? Environment.MachineName.ToLowerInvariant() : null));
        var ledger = questions.Ask("ledger", "--ledger", said.Ledger, validator?.Ledger);
        var voteAccount = questions.Ask("vote account", "--vote-account", said.VoteAccount, findings.VoteAccount?.ToString());
        var staked = Path.GetFullPath(questions.Ask("staked keypair", "--staked-keypair", said.Staked, holdsStaked ? findings.IdentityFile!.Value.Path : Path.Combine(keys, "staked-identity.json")));
        var unstaked = Path.GetFullPath(questions.Ask("unstaked keypair", "--unstaked-keypair", said.Unstaked,
            !holdsStaked && findings is { OnChain: not null, IdentityFile: { } own } ? own.Path : Path.Combine(keys, "unstaked-identity.json")));
        return new NodeSetup
        {
            Name = name,
            User = user,
            Ledger = Path.GetFullPath(ledger),
            Tower = Path.GetFullPath(said.Tower ?? validator?.Tower ?? ledger),
            Rpc = questions.Ask("JSON-RPC", "--rpc", said.Rpc, Findings.RpcOf(validator)),
            VoteAccount = Pubkey.TryParse(voteAccount, out var account) ? account : throw new InitException($"--vote-account: \"{voteAccount}\" is no address"),
            Staked = staked,
            Unstaked = unstaked,
            Link = Path.GetFullPath(questions.Ask("identity link", "--link", said.Link, findings.IdentityIsLink ? validator!.Identity : Path.Combine(keys, "identity.json"))),
            Voters = validator?.Voters ?? [],
            Unit = questions.Ask("the validator's unit", "--unit", said.Unit, validator?.Unit is { } unit ? Path.GetFileNameWithoutExtension(unit) : NodeConfig.UsualValidatorUnit),
            StartScript = said.StartScript ?? findings.StartScript,
            StateFolder = said.StateFolder is { } state ? Path.GetFullPath(state) : null,
            Listen = IPEndPoint.TryParse(said.Listen, out var listen) && listen.Port > 0 ? listen : throw new InitException($"--listen: \"{said.Listen}\" is no IP address with a port"),
            Peers = [.. said.Peers.Select(PeerOf)],
            LinkTo = LinkTo(findings, staked, disk, user),
        };
    }

    /// <summary>For a host whose configuration is there already: that is what counts.</summary>
    public static NodeSetup Of(AgentConfig config, Findings findings, string? userName, LinuxDisk disk)
    {
        var owner = disk.Stat(config.Node.Ledger)?.Uid;
        var user = (userName is { } named ? HostUser.Find(user => user.Name == named) : HostUser.Find(user => user.Uid == owner))
            ?? throw new InitException("whose files are to be made is not known: say it with --user");
        return new NodeSetup
        {
            Name = config.Node.Node,
            User = user,
            Ledger = config.Node.Ledger,
            Tower = config.Node.TowerFolder,
            Rpc = config.Validator.Rpc.ToString(),
            VoteAccount = config.Node.VoteAccount,
            Staked = config.Node.StakedKeypair,
            Unstaked = config.Node.UnstakedKeypair,
            Link = config.Node.IdentityLink,
            Unit = config.Node.ValidatorUnit,
            Listen = config.Listen,
            LinkTo = LinkTo(findings, config.Node.StakedKeypair, disk, user),
        };
    }

    /// <summary>To what the validator is now, as far as that is certain: a restart is to bring up nothing else. In doubt to the unstaked one, which cannot vote.</summary>
    private static (HeldIdentity Identity, string Why) LinkTo(Findings findings, string staked, LinuxDisk disk, HostUser user)
    {
        Pubkey? key = null;
        try
        {
            key = KeypairFile.ReadPublic(disk, staked, user.Uid);
        }
        catch (KeypairFileException)
        {
            // Not here yet, or not as it must be: the examination at the end says so.
        }
        // Another node's word would bring this one up with S.
        return findings is { OwnRpc: true, Reported: { } reported } && reported == key
            ? (HeldIdentity.Staked, "the validator runs with the staked identity")
            : (HeldIdentity.Unstaked, findings.Reported is null || !findings.OwnRpc ? "nothing says that this node is the active one" : "the validator does not run with the staked identity");
    }

    private static NodeAddress PeerOf(string text) =>
        text.Split('=', 2) is [var name, var address] && NodeAddress.IsName(name) && Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
            ? new NodeAddress(name, url)
            : throw new InitException($"--peer: \"{text}\" is not of the form NODE=https://host:port");
}
