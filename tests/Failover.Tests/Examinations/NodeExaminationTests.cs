using Failover.Agents;
using Failover.Cluster;
using Failover.Coordination;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Examinations;

public sealed class NodeExaminationTests
{
    private static readonly NodeFacts Facts = Hosts.Facts;

    private static readonly HostFacts Host = Hosts.Host;

    // What a node shows whose keypair files cannot be read.
    private static readonly NodeFacts NoKeys = Facts with { StakedIdentity = null, Holds = HeldIdentity.Unknown, Records = [], UnstakedIdentityStake = null, Problems = ["a keypair"] };

    private static readonly NodeFacts Stopped = Facts with
    {
        ProcessRunning = false,
        CommandLineUsesLink = null,
        CommandLineHasVoter = null,
        CommandLineVoteAccountMatches = null,
        RunningIdentity = null,
        Holds = HeldIdentity.Unknown,
        Started = null,
        VotingEnabled = null,
        AdminLatency = null,
        ProcessedSlot = null,
        FinalizedSlot = null,
        Health = null,
        VoteAccountOnChain = null,
        UnstakedIdentityStake = null,
        Problems = ["no validator process runs on this node's ledger"],
    };

    private static readonly NodeFacts Silent = Stopped with
    {
        ProcessRunning = true,
        CommandLineUsesLink = true,
        CommandLineHasVoter = true,
        CommandLineVoteAccountMatches = true,
        ProcessedSlot = Facts.ProcessedSlot,
        FinalizedSlot = Facts.FinalizedSlot,
        Health = Facts.Health,
        VoteAccountOnChain = Facts.VoteAccountOnChain,
        UnstakedIdentityStake = 0,
    };

    /// <summary>Each makes the one check not ok that it is named after, and no other that has a cause of its own; with the command that cures it.</summary>
    private static readonly (string Check, HostFacts Host, NodeFacts Facts, string Remedy)[] Cases =
    [
        ("config-valid", Host with { Config = new ConfigFacts([new ConfigFault("agent.toml:7: node.colour: is not a key that is known", 7, 7)], null) }, Facts,
            "sed -i '7s/^/# /' /etc/failover/agent.toml && failover-agent check-config --config /etc/failover/agent.toml   # on tokyo"),
        ("config-valid", Host with { Config = new ConfigFacts([new ConfigFault("agent.toml:9: node.name: must be a name", 9, null)], null) }, Facts,
            "\"${EDITOR:-vi}\" +9 /etc/failover/agent.toml && failover-agent check-config --config /etc/failover/agent.toml   # on tokyo"),
        ("config-in-force", Host with { Config = new ConfigFacts([], false) }, Facts, "systemctl restart failover-agent   # on tokyo"),
        ("config-closed", Host with { ConfigFile = Hosts.File("/etc/failover/agent.toml", 0b110_110_100) }, Facts, "chmod go-w /etc/failover/agent.toml   # on tokyo"),
        ("state-folder", Host with { StateFolder = Hosts.Folder("/var/lib/failover", 0b111_111_111) }, Facts,
            "mkdir -p /var/lib/failover && chown 1000 /var/lib/failover && chmod 700 /var/lib/failover   # on tokyo"),
        ("state-folder", Host with { StateFolder = Host.StateFolder with { Facts = null } }, Facts, "mkdir -p /var/lib/failover"),
        ("state-folder", Host with { StateFolder = Host.StateFolder with { Facts = Host.StateFolder.Facts! with { Uid = 1001 } } }, Facts, "mkdir -p /var/lib/failover && chown 1000"),
        ("certificate-usable", Host with { Certificate = Host.Certificate with { Key = Hosts.File("/etc/failover/tls/tokyo.key", 0b110_100_100) } }, Facts,
            "chmod 600 /etc/failover/tls/tokyo.key   # on tokyo"),
        ("certificate-usable", Host with { Certificate = Host.Certificate with { Problem = "no PEM", NamesThisNode = false, ValidUntil = null } }, Facts,
            "failover pki renew tokyo && scp pki/tokyo.key tokyo:/etc/failover/tls/tokyo.key && scp pki/tokyo.crt tokyo:/etc/failover/tls/tokyo.crt"),
        ("certificate-name", Host with { Certificate = Host.Certificate with { NamesThisNode = false, Identity = "observer tokyo" } }, Facts, "failover pki issue peer tokyo && scp"),
        ("certificate-expiry", Host with { Certificate = Host.Certificate with { ValidUntil = Samples.Start.AddDays(29.5) } }, Facts, "failover pki renew tokyo && scp"),
        ("certificate-expiry", Host with { Certificate = Host.Certificate with { ValidUntil = Samples.Start.AddDays(-1) } }, Facts, "failover pki renew tokyo && scp"),
        ("staked-keypair", Host with { Staked = Hosts.Refused("S", Hosts.File(Hosts.Config.StakedKeypair, 0b110_100_000)) }, NoKeys, "chmod 600 /home/sol/staked-identity.json   # on tokyo"),
        ("staked-keypair", Host with { Staked = Hosts.Refused("S", Hosts.File(Hosts.Config.StakedKeypair, 0b110_000_000, uid: 1001)) }, NoKeys, "chown 1000 /home/sol/staked-identity.json   # on tokyo"),
        ("staked-keypair", Host with { Staked = Hosts.Refused("S", Host.Staked.File with { Facts = null }) }, NoKeys,
            "scp london:/home/sol/staked-identity.json /home/sol/staked-identity.json && chmod 600 /home/sol/staked-identity.json   # on tokyo"),
        ("staked-keypair", Host with { Staked = Hosts.Refused("S", Host.Staked.File) }, NoKeys, "mv --backup=numbered /home/sol/staked-identity.json /home/sol/staked-identity.json.before && scp london:"),
        ("unstaked-keypair", Host with { Unstaked = Hosts.Refused("U", Host.Unstaked.File with { Facts = null }) }, NoKeys with { UnstakedIdentity = null },
            "(umask 077 && solana-keygen new -s --no-bip39-passphrase -o /home/sol/unstaked-identity.json)   # on tokyo"),
        ("keypairs-differ", Host with { Unstaked = Host.Staked }, Facts, "mv --backup=numbered /home/sol/unstaked-identity.json /home/sol/unstaked-identity.json.before && (umask 077 && solana-keygen new"),
        ("keypairs-for-validator", Host with { Staked = Host.Staked with { Target = Hosts.File(Hosts.Config.StakedKeypair, 0b110_000_000, uid: 0) } }, Facts,
            "chown 1000 /home/sol/staked-identity.json   # on tokyo"),
        ("validator-runs", Host with { Validator = null }, Stopped, "systemctl start sol   # on tokyo"),
        ("validator-runs", Host with { Validator = null, ValidatorProblem = "/proc hides it" }, Stopped with { ProcessRunning = null }, "# run the agent where it sees the validator's process"),
        ("command-line-identity", Host, Facts with { CommandLineUsesLink = false },
            "sed -i 's|--identity[= ][^ ]*|--identity /home/sol/identity.json|' /home/sol/bin/validator.sh && systemctl restart sol   # on tokyo"),
        ("command-line-vote-account", Host, Facts with { CommandLineVoteAccountMatches = false }, $"sed -i 's|--vote-account[= ][^ ]*|--vote-account {Samples.Vote}|' /home/sol/bin/validator.sh"),
        // The chain says that it is the agent's configuration that is wrong.
        ("command-line-vote-account", Host, Facts with { CommandLineVoteAccountMatches = false, VoteAccountOnChain = null },
            $"sed -i -e '/^ *vote_account *=/d' -e '/^ *\\[identity\\]/a vote_account = \"{Samples.Vote}\"' /etc/failover/agent.toml && systemctl restart failover-agent   # on tokyo"),
        ("authorized-voter", Host, Facts with { CommandLineHasVoter = false }, "sed -i 's|--vote-account|--authorized-voter /home/sol/staked-identity.json --vote-account|'"),
        ("authorized-voter", Host, Facts with { CommandLineHasVoter = false, Paths = Facts.Paths! with { StartScript = "" } },
            "systemctl edit --full sol   # on tokyo: --authorized-voter /home/sol/staked-identity.json; then systemctl restart sol"),
        ("command-line-ledger", Host with { Validator = Hosts.Process("--ledger", "/mnt/other") }, Facts, "sed -i -e '/^ *ledger *=/d' -e '/^ *\\[validator\\]/a ledger = \"/mnt/other\"' "),
        ("command-line-tower", Host with { Validator = Hosts.Process("--ledger", "/mnt/ledger/", "--tower", "/mnt/towers") }, Facts, "sed -i -e '/^ *tower *=/d' -e '/^ *\\[validator\\]/a tower = \"/mnt/towers\"' "),
        ("link-folder", Host with { LinkFolder = Hosts.Folder("/home/sol", 0b111_111_111) }, Facts, "chmod go-w /home/sol   # on tokyo"),
        ("link-folder", Host with { LinkFolder = Host.LinkFolder with { Writable = false } }, Facts, "setfacl -m u:1000:rwx /home/sol   # on tokyo"),
        ("ledger-folder", Host with { Ledger = Host.Ledger with { Facts = null } }, Facts, "mkdir -p /mnt/ledger   # on tokyo"),
        ("tower-folder", Host with { TowerFolder = Hosts.Folder("/mnt/towers", 0b111_111_111), Validator = Hosts.Process("--tower", "/mnt/towers") }, Facts, "chmod go-w /mnt/towers   # on tokyo"),
        ("admin-socket", Host with { AdminSocket = Host.AdminSocket! with { Facts = null } }, Silent, "systemctl restart sol   # on tokyo"),
        ("admin-socket", Host with { AdminSocket = Host.AdminSocket! with { Writable = false } }, Silent, "# run the agent as the validator's user"),
        ("validator-started", Host, Silent with { Started = false, StartProgress = "LoadingLedger" }, "agave-validator -l /mnt/ledger monitor   # on tokyo"),
        ("admin-answers", Host, Silent with { Started = true }, "systemctl restart sol   # on tokyo"),
        ("admin-answers", Host, Facts with { AdminLatency = TimeSpan.FromMilliseconds(400) }, ""),
        ("holds-own-identity", Host, Facts with { RunningIdentity = Samples.Key("third"), Holds = HeldIdentity.Unknown, Problems = ["neither"] }, "failover node set-identity tokyo unstaked"),
        ("voters-loaded", Host, Facts with { VotingEnabled = false }, "agave-validator -l /mnt/ledger authorized-voter add /home/sol/staked-identity.json   # on tokyo"),
        ("voters-loaded", Host, Hosts.ActiveFacts with { VotingEnabled = false }, "failover node set-identity tokyo staked"),
        ("proof-that-voting-stops", Host, Facts with { Proof = VotingStopProof.Unknown }, "# choose a [validator] driver that gives a proof"),
        ("link-leads-to-keypair", Host with { Link = Host.Link with { Facts = null, PointsTo = null } }, Facts with { LinkPointsTo = HeldIdentity.Unknown },
            "ln -sfn /home/sol/unstaked-identity.json /home/sol/identity.json   # on tokyo"),
        ("link-leads-to-keypair", Host with { Link = Hosts.File(Hosts.Config.IdentityLink, 0b110_000_000) }, Facts with { LinkPointsTo = HeldIdentity.Unknown },
            "mv --backup=numbered /home/sol/identity.json /home/sol/identity.json.before && ln -sfn /home/sol/unstaked-identity.json /home/sol/identity.json   # on tokyo"),
        ("link-leads-to-keypair", Host with { Link = Host.Link with { PointsTo = "/tmp/x" } }, Hosts.ActiveFacts with { LinkPointsTo = HeldIdentity.Unknown },
            "ln -sfn /home/sol/staked-identity.json /home/sol/identity.json   # on tokyo"),
        ("identity-link", Host, Facts with { LinkPointsTo = HeldIdentity.Staked }, "failover node relink tokyo unstaked"),
        ("identity-link", Host, Hosts.ActiveFacts with { LinkPointsTo = HeldIdentity.Unstaked }, "failover node relink tokyo staked"),
        ("record-readable", Host with { DamagedRecord = "/mnt/ledger/tower-1_9-S.bin" }, Facts with { RecordProblem = "it is damaged", Problems = ["it is damaged"] },
            "mv --backup=numbered /mnt/ledger/tower-1_9-S.bin /mnt/ledger/tower-1_9-S.bin.damaged   # on tokyo, unless this node voted last"),
        ("record-present", Host, Hosts.ActiveFacts with { Records = [] }, "agave-validator -l /mnt/ledger monitor   # on tokyo: wait until it votes"),
        ("record-owner", Host with { Records = [Hosts.File("/mnt/ledger/tower-1_9-S.bin", 0b110_000_000, uid: 1001)] }, Facts, "chown 1000 /mnt/ledger/tower-1_9-S.bin   # on tokyo"),
        ("record-left-behind", Host with { LeftBehind = ["/mnt/ledger/tower-1_9-S.bin.new"] }, Facts, "mv --backup=numbered /mnt/ledger/tower-1_9-S.bin.new /mnt/ledger/tower-1_9-S.bin.new.left   # on tokyo"),
        ("record-watch", Host with { WatchProblem = "cannot watch: too many open files" }, Facts, "sysctl -w fs.inotify.max_user_instances=1024"),
        ("disk-space", Host, Facts with { FreeBytes = 1000 }, "df -h /mnt/ledger   # on tokyo: make room there"),
        ("rpc-answers", Host with { Rpc = new Uri("http://127.0.0.1:8900") }, Facts with { ProcessedSlot = null, FinalizedSlot = null, Health = null, VoteAccountOnChain = null, UnstakedIdentityStake = null },
            "sed -i -e '/^ *rpc *=/d' -e '/^ *\\[validator\\]/a rpc = \"http://127.0.0.1:8899\"' /etc/failover/agent.toml && systemctl restart failover-agent   # on tokyo"),
        ("healthy", Host, Facts with { Health = new NodeHealth(false, 230, "behind") }, "agave-validator -l /mnt/ledger monitor   # on tokyo: wait until it is healthy"),
        ("roots-advance", Host, Facts with { FinalizedSlot = Samples.Slot - 200 }, "agave-validator -l /mnt/ledger monitor   # on tokyo: wait until it roots slots again"),
        ("vote-account-belongs-to-staked-identity", Host, Facts with { VoteAccountOnChain = Facts.VoteAccountOnChain! with { Node = Samples.Key("other") } },
            "mv --backup=numbered /home/sol/staked-identity.json /home/sol/staked-identity.json.before && scp london:/home/sol/staked-identity.json"),
        ("vote-account-belongs-to-staked-identity", Host, Hosts.ActiveFacts with { VoteAccountOnChain = Facts.VoteAccountOnChain! with { Node = Samples.Key("other") } }, "solana vote-update-validator"),
        ("not-delinquent", Host, Hosts.ActiveFacts with { VoteAccountOnChain = Facts.VoteAccountOnChain! with { Delinquent = true } }, "agave-validator -l /mnt/ledger monitor   # on tokyo: its votes do not land"),
        ("unstaked-identity-has-no-stake", Host, Facts with { UnstakedIdentityStake = 5 }, "mv --backup=numbered /home/sol/unstaked-identity.json /home/sol/unstaked-identity.json.before && "),
        ("no-handoff-open", Host, Facts with { LastHandoff = Samples.Outcome(HandoffPhase.Prepared, HandoffEnding.Unknown) }, "failover abort"),
        ("no-handoff-open", Host, Facts with { LastHandoff = Samples.Outcome(HandoffPhase.HandedOver, HandoffEnding.Unknown) }, "failover resume"),
        ("last-word", Host, Facts with { Promised = PromisedRole.Active }, "failover node set-identity tokyo unstaked   # after making certain who holds S: failover status"),
        ("last-word", Host, Hosts.ActiveFacts with { Promised = PromisedRole.Standby }, "failover node set-identity tokyo unstaked"),
        ("voters-returned", Host, Facts with { VotersOwed = true }, "# wait for a few slots and look again"),
        ("hooks-runnable", Host, Facts with { Hooks = [Hosts.Hook(HookFile.Missing)] },
            "\"${EDITOR:-vi}\" /etc/failover/agent.toml && failover-agent check-config --config /etc/failover/agent.toml && systemctl restart failover-agent   # on tokyo: correct [[hooks]]"),
        ("hooks-runnable", Host, Facts with { Hooks = [Hosts.Hook(HookFile.NotExecutable), Hosts.Hook(HookFile.NotExecutable)] }, "chmod a+x /usr/local/bin/silence   # on tokyo"),
        ("hooks-runnable", Host, Facts with { Hooks = [Hosts.Hook(HookFile.WritableByOthers)] },
            "chown root: /usr/local/bin/silence && chmod go-w /usr/local/bin/silence   # on tokyo; and the folders above it: namei -l /usr/local/bin/silence"),
        ("problem", Host, Facts with { Problems = ["the disk is slow"] }, "failover status   # see what else it says"),
    ];

    private static readonly string[] Warnings = ["admin-answers", "certificate-expiry", "record-left-behind", "voters-returned", "problem"];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Fact]
    public void A_proper_standby_and_a_proper_active_node_pass_every_check()
    {
        Assert.All(Hosts.Examine(), check => Assert.True(check.Outcome == CheckOutcome.Ok, $"{check.Name}: {check.Seen}"));
        Assert.All(Hosts.Examine(facts: Hosts.ActiveFacts), check => Assert.True(check.Outcome == CheckOutcome.Ok, $"{check.Name}: {check.Seen}"));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Each_fault_shows_as_the_check_named_after_it_with_the_command_that_cures_it(int number)
    {
        var (name, host, facts, remedy) = Cases[number];

        var found = Assert.Single(Hosts.Examine(host, facts, Hosts.Config with { TowerFolder = host.TowerFolder.Path }), check => check.Outcome is not (CheckOutcome.Ok or CheckOutcome.NotLookedAt));

        Assert.Equal(name, found.Name);
        Assert.True(found.Outcome == CheckOutcome.Fails || Warnings.Contains(name), $"{name} only warns");
        Assert.NotEmpty(found.Seen);
        Assert.StartsWith(remedy, found.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_a_case_for_every_check_of_one_node() => Assert.Equal(
        CheckCatalogue.All.Where(check => !check.Together && check.Name is not ("agent-answers" or "peer-answers" or "peer-named")).Select(check => check.Name).Order(),
        Cases.Select(line => line.Check).Distinct().Order());

    [Fact]
    public void Checks_are_made_in_the_order_of_the_catalogue()
    {
        var order = CheckCatalogue.All.Select(check => check.Name).ToList();
        var made = Hosts.Examine(Host with { TowerFolder = Hosts.Folder("/mnt/towers") }).Select(check => order.IndexOf(check.Name)).ToList();
        Assert.Equal(made.Order(), made);
    }

    [Fact]
    public void A_validator_driven_by_commands_needs_no_socket() =>
        Assert.DoesNotContain(Hosts.Examine(Host with { AdminSocket = null }), check => check.Name == "admin-socket" || check.Outcome != CheckOutcome.Ok);

    [Fact]
    public void Root_reads_every_keypair() =>
        Assert.All(Hosts.Examine(Host with { Validator = Host.Validator! with { Uid = 0 }, Records = [] }), check => Assert.Equal(CheckOutcome.Ok, check.Outcome));

    [Fact]
    public void A_path_with_a_space_or_a_quote_is_still_one_word()
    {
        var config = Hosts.Config with { Ledger = "/mnt/my ledger's" };
        var host = Host with { Ledger = Hosts.Folder("/mnt/my ledger's", 0b111_111_111), TowerFolder = Hosts.Folder("/mnt/ledger"), Validator = Hosts.Process("--ledger", "/mnt/my ledger's", "--tower", "/mnt/ledger") };
        Assert.Equal("chmod go-w '/mnt/my ledger'\\''s'   # on tokyo", Hosts.Examine(host, config: config).Single(check => check.Outcome == CheckOutcome.Fails).Remedy);
    }

    [Fact]
    public void A_configuration_that_cannot_be_used_is_all_that_is_told()
    {
        var checks = NodeExamination.OfMistakes("/etc/failover/agent.toml", [new ConfigFault("one", 1, null), new ConfigFault("two", 2, 2)]);
        Assert.Equal([("config-valid", "one"), ("config-valid", "two")], checks.Select(check => (check.Name, check.Seen)));
    }
}
