using Failover.Agents;
using Failover.Coordination;
using Failover.Disks;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Validators;

namespace Failover.Examinations;

/// <summary>A host on which nothing is wrong, as an agent with the validator's own user (1000) sees it; tests change what they are about.</summary>
internal static class Hosts
{
    public const uint Sol = 1000;

    public static readonly NodeConfig Config = new()
    {
        Node = "tokyo",
        AgentVersion = "0.1.0",
        StateFolder = "/var/lib/failover",
        StakedKeypair = "/home/sol/staked-identity.json",
        UnstakedKeypair = "/home/sol/unstaked-identity.json",
        IdentityLink = "/home/sol/identity.json",
        VoteAccount = Samples.Vote,
        AuthorizedVoters = ["/home/sol/staked-identity.json"],
        Ledger = "/mnt/ledger",
        TowerFolder = "/mnt/ledger",
        StartScript = "/home/sol/bin/validator.sh",
    };

    public static readonly NodeFacts Facts = Samples.Standby("tokyo") with { Paths = Config.Paths };

    public static readonly NodeFacts ActiveFacts = Samples.Active("tokyo") with { Paths = Config.Paths };

    public static readonly HostFacts Host = new()
    {
        Now = Samples.Start,
        Uid = Sol,
        Config = new ConfigFacts([], true),
        ConfigFile = File("/etc/failover/agent.toml", 0b110_100_100, uid: 0),
        StateFolder = Folder("/var/lib/failover", 0b111_000_000),
        Certificate = new CertificateFacts(
            "/etc/failover/tls/tokyo.crt", File("/etc/failover/tls/tokyo.key", 0b110_000_000), "peer tokyo", true, Samples.Start.AddDays(200), ""),
        Staked = Key("/home/sol/staked-identity.json", Samples.Staked),
        Unstaked = Key("/home/sol/unstaked-identity.json", Facts.UnstakedIdentity!.Value),
        Link = new PathFacts("/home/sol/identity.json", new FileFacts(FileKind.Link, 0b111_111_111, Sol, Sol, 30, 7), "/home/sol/unstaked-identity.json", true, true),
        LinkFolder = Folder("/home/sol"),
        Ledger = Folder("/mnt/ledger"),
        TowerFolder = Folder("/mnt/ledger"),
        AdminSocket = new PathFacts("/mnt/ledger/admin.rpc", new FileFacts(FileKind.Other, 0b110_000_000, Sol, Sol, 0, 8), null, true, true),
        Records = [File("/mnt/ledger/tower-1_9-S.bin", 0b110_000_000)],
        Validator = Process("--identity", "/home/sol/identity.json", "--vote-account", $"{Samples.Vote}", "--ledger", "/mnt/ledger", "--rpc-port", "8899"),
        Rpc = new Uri("http://127.0.0.1:8899"),
    };

    public static HookFacts Hook(HookFile file) => new(HookPoint.BeforeCommit, "silence", "/usr/local/bin/silence", TimeSpan.FromSeconds(5), true, HandoffRole.Unknown, file);

    public static ProcessFacts Process(params string[] arguments) => new(4242, 1, ["agave-validator", .. arguments], Sol);

    public static PathFacts File(string path, int mode, uint uid = Sol) => new(path, new FileFacts(FileKind.Regular, mode, uid, uid, 230, 1), null, true, true);

    public static PathFacts Folder(string path, int mode = 0b111_101_101) => new(path, new FileFacts(FileKind.Folder, mode, Sol, Sol, 4096, 2), null, true, true);

    public static KeyFacts Key(string path, Identities.Pubkey key) => new(File(path, 0b110_000_000), File(path, 0b110_000_000), key, "");

    /// <summary>A keypair file that is refused.</summary>
    public static KeyFacts Refused(string path, PathFacts file) => new(file, file, null, $"the keypair file {path} is refused");

    public static IReadOnlyList<PreflightCheck> Examine(HostFacts? host = null, NodeFacts? facts = null, NodeConfig? config = null) =>
        NodeExamination.Run(config ?? Config, host ?? Host, facts ?? Facts, ["london"]);
}
