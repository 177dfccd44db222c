using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Disks;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Protocol.Configuration;

namespace Failover.Tests.Agent;

public sealed class AgentConfigTests
{
    private const string Good = """
        [node]
        name = "london"
        state_dir = "/var/lib/failover"
        [tls]
        ca = "tls/ca.crt"
        certificate = "tls/london.crt"
        key = "tls/london.key"
        [identity]
        staked_keypair = "staked.json"
        unstaked_keypair = "unstaked.json"
        link = "identity.json"
        vote_account = "Vote111111111111111111111111111111111111111"
        [validator]
        driver = "auto"
        ledger = "/mnt/ledger"
        rpc = "http://127.0.0.1:8899"
        admin_timeout = "2s"
        [handoff]
        drain = "50ms"
        max_slots_apart = 50
        standby_fenced = false
        [listen]
        address = "0.0.0.0:7443"
        [[peers]]
        name = "frankfurt"
        address = "https://frankfurt:7443"
        [validator.command]
        set_identity_staked = ["/usr/bin/fdctl", "set-identity", "--require-tower", "staked.json"]
        set_identity_unstaked = ["/usr/bin/fdctl", "set-identity", "unstaked.json"]
        guarantee = false
        [[hooks]]
        at = "before-commit"
        argv = ["/usr/local/bin/silence-alerts", "--for", "10m"]
        time_limit = "5s"
        must_succeed = true
        """;

    // What is replaced, by what, and the mistake that must come out of it.
    private static readonly (string Old, string New, string Mistake)[] Mistakes =
    [
        ("[node]", "[node", "agent.toml:1: syntax: "),
        ("name = \"london\"", "name = london", "agent.toml:2: syntax: "),
        ("name = \"london\"", "name = \"london\"\nname = \"paris\"", "agent.toml:3: syntax: "),
        ("name = \"london\"", "name = \"London\"", "agent.toml:2: node.name: must be 1 to 64 of a-z, 0-9 and -; "),
        ("name = \"london\"", "name = \"\"", "agent.toml:2: node.name: must be 1 to 64"),
        ("name = \"london\"", "name = 5", "agent.toml:2: node.name: must be 1 to 64"),
        ("name = \"london\"\n", "", "agent.toml:1: node.name: is missing; add name = \"london-1\""),
        ("name = \"london\"", "name = \"london\"\nnmae = \"x\"", "agent.toml:3: node.nmae: is not a key that is known; there are in node: name, state_dir"),
        ("state_dir = \"/var/lib/failover\"", "state_dir = 1", "agent.toml:3: node.state_dir: must be a path; "),
        ("[tls]\n", "[tls]\nverify = false\n", "agent.toml:5: tls.verify: is not a key that is known; there are in tls: ca, certificate, key"),
        ("ca = \"tls/ca.crt\"\n", "", "agent.toml:4: tls.ca: is missing; add ca = "),
        ("certificate = \"tls/london.crt\"", "certificate = [\"tls/london.crt\"]", "agent.toml:6: tls.certificate: must be a path"),
        ("unstaked_keypair = \"unstaked.json\"", "unstaked_keypair = \"./staked.json\"", "agent.toml:10: identity.unstaked_keypair: is the staked keypair; "),
        ("link = \"identity.json\"", "link = \"staked.json\"", "agent.toml:11: identity.link: is a keypair file; "),
        ("vote_account = \"Vote111111111111111111111111111111111111111\"", "vote_account = \"Vote\"", "agent.toml:12: identity.vote_account: must be a public key"),
        ("link = \"identity.json\"", "link = \"identity.json\"\nauthorized_voters = []", "agent.toml:12: identity.authorized_voters: must be a list of at least one path"),
        ("link = \"identity.json\"", "link = \"identity.json\"\nauthorized_voters = [1]", "agent.toml:12: identity.authorized_voters: must be a list of at least one path"),
        ("driver = \"auto\"", "driver = \"jito\"", "agent.toml:14: validator.driver: must be one of \"auto\", \"agave\", \"command\"; "),
        ("driver = \"auto\"", "driver = \"agave\"", "agent.toml:14: validator.driver: \"agave\" uses no commands; remove [validator.command]"),
        ("ledger = \"/mnt/ledger\"\n", "", "agent.toml:13: validator.ledger: is missing; "),
        ("rpc = \"http://127.0.0.1:8899\"", "rpc = \"127.0.0.1:8899\"", "agent.toml:16: validator.rpc: must be an address that begins with http:// or https://"),
        ("rpc = \"http://127.0.0.1:8899\"", "rpc = \"http://user:word@host\"", "agent.toml:16: validator.rpc: must be an address"),
        ("admin_timeout = \"2s\"", "admin_timeout = 2", "agent.toml:17: validator.admin_timeout: must be a duration from \"100ms\" to \"1m\"; write for example admin_timeout = \"2s\""),
        ("admin_timeout = \"2s\"", "admin_timeout = \"2 seconds\"", "agent.toml:17: validator.admin_timeout: must be a duration"),
        ("drain = \"50ms\"", "drain = \"1ms\"", "agent.toml:19: handoff.drain: must be a duration from \"10ms\" to \"2s\"; "),
        ("drain = \"50ms\"", "drain = \"-50ms\"", "agent.toml:19: handoff.drain: must be a duration"),
        ("drain = \"50ms\"", "permit_life = \"2s\"", "agent.toml:19: handoff.permit_life: must be a duration from \"3s\" to \"10m\""),
        ("max_slots_apart = 50", "max_slots_apart = \"50\"", "agent.toml:20: handoff.max_slots_apart: must be a number from 1 to 1000, without quotes"),
        ("max_slots_apart = 50", "max_slots_apart = -1", "agent.toml:20: handoff.max_slots_apart: must be a number"),
        ("standby_fenced = false", "standby_fenced = \"no\"", "agent.toml:21: handoff.standby_fenced: must be true or false, without quotes"),
        ("address = \"0.0.0.0:7443\"", "address = \"0.0.0.0\"", "agent.toml:23: listen.address: must be an IP address and a port"),
        ("address = \"0.0.0.0:7443\"", "address = \"localhost:7443\"", "agent.toml:23: listen.address: must be an IP address and a port"),
        ("address = \"0.0.0.0:7443\"", "address = \"::0\"", "agent.toml:23: listen.address: must be an IP address and a port"),
        ("name = \"frankfurt\"", "name = \"london\"", "agent.toml:25: peers[0].name: is this node itself; "),
        ("name = \"frankfurt\"\n", "", "agent.toml:24: peers[0].name: is missing"),
        ("address = \"https://frankfurt:7443\"", "address = \"http://frankfurt:7443\"", "agent.toml:26: peers[0].address: must be an address of the form https://host:port"),
        ("address = \"https://frankfurt:7443\"", "address = \"https://frankfurt\"", "agent.toml:26: peers[0].address: must be an address of the form"),
        ("address = \"https://frankfurt:7443\"", "address = \"https://frankfurt:7443/x\"", "agent.toml:26: peers[0].address: must be an address of the form"),
        ("[validator.command]", "[[peers]]\nname = \"frankfurt\"\naddress = \"https://other:7443\"\n[validator.command]", "agent.toml:28: peers[1].name: \"frankfurt\" is there twice; "),
        ("[validator.command]", "[[peers]]\nname = \"paris\"\naddress = \"https://frankfurt:7443\"\n[validator.command]", "agent.toml:29: peers[1].address: \"https://frankfurt:7443\" is there twice"),
        ("guarantee = false", "guarantee = 1", "agent.toml:30: validator.command.guarantee: must be true or false"),
        ("guarantee = false", "remove_all_voters = [\"/bin/true\"]", "agent.toml:30: validator.command.remove_all_voters: is only of use together"),
        ("guarantee = false", "add_voters = [[\"/bin/true\"]]", "agent.toml:30: validator.command.add_voters: is only of use together"),
        ("guarantee = false", "get_identity = [\"fdctl\", \"get-identity\"]", "agent.toml:30: validator.command.get_identity: must be a list of arguments with the absolute path"),
        ("guarantee = false", "get_identity = \"/usr/bin/fdctl\"", "agent.toml:30: validator.command.get_identity: must be a list of arguments"),
        ("guarantee = false", "add_voters = [\"/bin/true\"]", "agent.toml:30: validator.command.add_voters: must be a list of commands"),
        ("set_identity_unstaked = [\"/usr/bin/fdctl\", \"set-identity\", \"unstaked.json\"]\n", "", "agent.toml:27: validator.command.set_identity_unstaked: is missing"),
        ("at = \"before-commit\"", "at = \"in-the-middle\"", "agent.toml:32: hooks[0].at: must be one of \"before-prepare\", \"after-prepare\", \"before-commit\", \"after-commit\", \"after-ending\"; "),
        ("at = \"before-commit\"\n", "", "agent.toml:31: hooks[0].at: is missing; add at = \"before-commit\""),
        ("at = \"before-commit\"", "at = \"after-commit\"", "agent.toml:35: hooks[0].must_succeed: cannot be asked of after-commit: what it comes after is done; remove it"),
        ("at = \"before-commit\"", "at = \"after-ending\"", "agent.toml:35: hooks[0].must_succeed: cannot be asked of after-ending"),
        ("[\"/usr/local/bin/silence-alerts\"", "[\"silence-alerts\"", "agent.toml:33: hooks[0].argv: must be a list of arguments with the absolute path of the program first"),
        ("[\"/usr/local/bin/silence-alerts\", \"--for\", \"10m\"]", "\"/usr/local/bin/silence-alerts --for 10m\"", "agent.toml:33: hooks[0].argv: must be a list of arguments"),
        ("argv = [\"/usr/local/bin/silence-alerts\", \"--for\", \"10m\"]\n", "", "agent.toml:31: hooks[0].argv: is missing; add argv = "),
        ("time_limit = \"5s\"", "time_limit = \"1h\"", "agent.toml:34: hooks[0].time_limit: must be a duration from \"100ms\" to \"5m\""),
        ("time_limit = \"5s\"", "timeout = \"5s\"", "agent.toml:34: hooks[0].timeout: is not a key that is known; there are in hooks[0]: "),
        ("must_succeed = true", "role = \"leader\"", "agent.toml:35: hooks[0].role: must be one of \"both\", \"source\", \"target\""),
        ("must_succeed = true", "name = \"Silence!\"", "agent.toml:35: hooks[0].name: must be 1 to 64 of a-z, 0-9 and -"),
        ("must_succeed = true", "[[hooks]]\nat = \"after-ending\"\nargv = [\"/bin/true\"]\ntime_limit = \"296s\"", "agent.toml:38: hooks[1].time_limit: with those above it lets hooks take more than 5 minutes in all"),
        ("[listen]", "[listens]", "agent.toml:22: listens: is not a section that is known; "),
        ("[listen]", "[peer.tls]\n[listen]", "agent.toml:22: peer.tls: is not a section that is known"),
        ("[node]", "loose = 1\n[node]", "agent.toml:1: loose: is not a key that is known"),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Mistakes.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_mistake_is_named_with_its_file_line_and_key(int row)
    {
        var (old, @new, mistake) = Mistakes[row];
        Assert.Contains(old, Good, StringComparison.Ordinal);
        var text = Good[..Good.IndexOf(old, StringComparison.Ordinal)] + @new + Good[(Good.IndexOf(old, StringComparison.Ordinal) + old.Length)..];
        var e = Assert.Throws<ConfigException>(() => Read(text));
        Assert.Contains(e.Mistakes, found => found.ToString().StartsWith(mistake, StringComparison.Ordinal));
        Assert.All(e.Mistakes, found => Assert.NotEmpty(found.Remedy));
    }

    [Fact]
    public void A_good_file_says_everything()
    {
        var config = Read(Good);
        Assert.Equal("london", config.Node.Node);
        // Relative to the file's folder, which here is the current one.
        Assert.Equal(Path.GetFullPath("tls/ca.crt"), config.Tls.Ca);
        Assert.Equal(Path.GetFullPath("staked.json"), config.Node.StakedKeypair);
        Assert.Equal([Path.GetFullPath("staked.json")], config.Node.AuthorizedVoters);
        Assert.Equal("/mnt/ledger", config.Node.TowerFolder);
        Assert.Equal("0.0.0.0:7443", config.Listen.ToString());
        Assert.Equal(DriverKind.Auto, config.Validator.Driver);
        Assert.Equal(["/usr/bin/fdctl", "set-identity", "unstaked.json"], config.Validator.Commands!.SetIdentityUnstaked);
        Assert.Equal(new Uri("https://frankfurt:7443"), config.Peers.Single().Address);
        Assert.Equal(new HandoffTimings(), config.Node.Timings);
        var hook = Assert.Single(config.Node.Hooks);
        Assert.Equal(["/usr/local/bin/silence-alerts", "--for", "10m"], hook.Command);
        Assert.Equal(
            (HookPoint.BeforeCommit, "silence-alerts", TimeSpan.FromSeconds(5), true, HandoffRole.Unknown), (hook.At, hook.Name, hook.TimeLimit, hook.MustSucceed, hook.OnlyAs));
    }

    [Fact]
    public void A_hook_that_says_little_has_ten_seconds_and_need_not_succeed()
    {
        var hook = Read($"{Good}\n[[hooks]]\nat = \"after-ending\"\nargv = [\"/opt/Pager_2.sh\"]\nrole = \"source\"").Node.Hooks[1];
        Assert.Equal((HookPoint.AfterEnding, "pager-2", TimeSpan.FromSeconds(10), false, HandoffRole.Source), (hook.At, hook.Name, hook.TimeLimit, hook.MustSucceed, hook.OnlyAs));
    }

    [Fact]
    public void A_hook_with_another_argument_is_another_configuration()
    {
        Assert.True(Read(Good).SaysTheSameAs(Read(Good)));
        Assert.False(Read(Good).SaysTheSameAs(Read(Good.Replace("10m", "20m", StringComparison.Ordinal))));
    }

    [Fact]
    public void An_empty_file_lacks_all_that_has_no_default_and_nothing_else() => Assert.Equal(
        ["identity.link", "identity.staked_keypair", "identity.unstaked_keypair", "identity.vote_account", "node.name", "tls.ca", "tls.certificate", "tls.key",
            "validator.ledger"],
        Assert.Throws<ConfigException>(() => Read("")).Mistakes.Select(mistake => mistake.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void All_mistakes_come_at_once_in_the_order_of_their_lines()
    {
        var text = Good.Replace("\"50ms\"", "5", StringComparison.Ordinal).Replace("\"london\"", "\"L\"", StringComparison.Ordinal)
            .Replace("standby_fenced", "standby_fence", StringComparison.Ordinal);
        Assert.Equal(
            ["agent.toml:2", "agent.toml:19", "agent.toml:21"], Assert.Throws<ConfigException>(() => Read(text)).Mistakes.Select(mistake => mistake.Where));
    }

    [Fact]
    public void Sections_dotted_keys_and_inline_tables_say_the_same()
    {
        var text = Good.Replace("[node]\nname = \"london\"\nstate_dir = \"/var/lib/failover\"\n", "node = { name = \"london\", state_dir = \"/x\" }\n", StringComparison.Ordinal)
            .Replace("[[peers]]\nname = \"frankfurt\"\naddress = \"https://frankfurt:7443\"\n", "", StringComparison.Ordinal);
        text = "peers = [{ name = \"frankfurt\", address = \"https://frankfurt:7443\" }, { name = \"paris\", address = \"https://paris:7443\" }]\n" + text;
        var config = Read(text);
        Assert.Equal("/x", config.Node.StateFolder);
        Assert.Equal(["frankfurt", "paris"], config.Peers.Select(peer => peer.Name));
    }

    [Fact]
    public void The_environment_overrides_any_key()
    {
        var config = Read(
            Good, ("FAILOVER__NODE__NAME", "paris"), ("FAILOVER__PEERS__0__ADDRESS", "https://[::1]:7443"), ("FAILOVER__HANDOFF__MAX_SLOTS_APART", "9"),
            ("FAILOVER__HANDOFF__STANDBY_FENCED", "true"), ("FAILOVER__VALIDATOR__COMMAND__GET_IDENTITY", "[\"/bin/id\", \"-u\"]"),
            ("FAILOVER__HANDOFF__DRAIN", "70ms"), ("PATH", "/bin"));
        Assert.Equal(("paris", 9UL, true), (config.Node.Node, config.Node.Timings.MaxSlotsApart, config.Node.StandbyFenced));
        Assert.Equal("https://[::1]:7443/", config.Peers.Single().Address.ToString());
        Assert.Equal(["/bin/id", "-u"], config.Validator.Commands!.GetIdentity);
        Assert.Equal(TimeSpan.FromMilliseconds(70), config.Node.Timings.Drain);
    }

    [Theory]
    [InlineData("FAILOVER__NODE__NAME", "Nope", "environment: FAILOVER__NODE__NAME: must be 1 to 64")]
    [InlineData("FAILOVER__NODE__NAMES", "x", "environment: FAILOVER__NODE__NAMES: overrides no key that is known; correct or unset it")]
    [InlineData("FAILOVER__HANDOFF__STANDBY_FENCED", "yes", "environment: FAILOVER__HANDOFF__STANDBY_FENCED: must be true or false")]
    [InlineData("FAILOVER__VALIDATOR__COMMAND__GET_IDENTITY", "[\"/bin/id\"", "environment: FAILOVER__VALIDATOR__COMMAND__GET_IDENTITY: must be a list of arguments")]
    public void A_mistake_in_the_environment_is_named_by_its_variable(string name, string value, string mistake) =>
        Assert.StartsWith(mistake, Assert.Throws<ConfigException>(() => Read(Good, (name, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_driver_by_commands_needs_commands()
    {
        var text = Good[..Good.IndexOf("[validator.command]", StringComparison.Ordinal)].Replace("\"auto\"", "\"command\"", StringComparison.Ordinal);
        Assert.StartsWith("agent.toml:14: validator.driver: \"command\" needs commands", Assert.Throws<ConfigException>(() => Read(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_is_right_and_what_it_comments_out_is_the_default()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "config", "agent.example.toml");
        var asItIs = AgentConfig.From(ConfigDocument.Load(file, []), "test");
        var handoff = string.Join('\n', File.ReadLines(file).Select(line => line.StartsWith('#') && line.Contains(" = ", StringComparison.Ordinal)
            && !line.StartsWith("# ", StringComparison.Ordinal) ? line[1..] : line));
        var commentsIn = AgentConfig.From(ConfigDocument.Parse(file, handoff.Replace("#[validator.command]", "[validator.command]", StringComparison.Ordinal), []), "test");
        Assert.Equal(asItIs.Node.Timings, commentsIn.Node.Timings);
        Assert.Equal(asItIs.Node.AuthorizedVoters, commentsIn.Node.AuthorizedVoters);
        Assert.Equal(
            asItIs.Node with { AuthorizedVoters = [] },
            commentsIn.Node with { AuthorizedVoters = [] });
        Assert.Equal((asItIs.Listen, asItIs.Tls), (commentsIn.Listen, commentsIn.Tls));
        Assert.Equal((asItIs.Validator.Rpc, asItIs.Validator.AdminTimeout), (commentsIn.Validator.Rpc, commentsIn.Validator.AdminTimeout));
        Assert.Equal(new CommandConfig { SetIdentityStaked = [], SetIdentityUnstaked = [] }.Timeout, commentsIn.Validator.Commands!.Timeout);
    }

    [Fact]
    public async Task Check_config_prints_OK_or_the_mistakes()
    {
        using var folder = new Disks.ScratchFolder();
        var output = new StringWriter();
        var errors = new StringWriter();
        var good = Path.Combine(AppContext.BaseDirectory, "config", "agent.example.toml");
        Assert.Equal(0, await Failover.Agent.CommandLine.RunAsync(["check-config", "--config", good], output, errors));
        Assert.Equal("OK", output.ToString().Trim());

        var bad = folder.Write("bad.toml", "[node]\nname = 1\n");
        Assert.Equal(2, await Failover.Agent.CommandLine.RunAsync(["check-config", "--config", bad], output, errors));
        Assert.Contains($"{bad}:2: node.name: ", errors.ToString(), StringComparison.Ordinal);

        Assert.Equal(2, await Failover.Agent.CommandLine.RunAsync(["check-config", "--config", folder["none.toml"]], output, errors));
        Assert.Equal(2, await Failover.Agent.CommandLine.RunAsync(["--config", bad], output, errors));
        Assert.Equal(2, await Failover.Agent.CommandLine.RunAsync(["--what"], output, errors));
    }

    [Fact]
    public async Task May_start_is_for_the_validators_own_unit_and_says_why_not_and_what_to_do()
    {
        using var folder = new Disks.ScratchFolder();
        var (output, errors) = (new StringWriter(), new StringWriter());
        var example = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "config", "agent.example.toml"), TestContext.Current.CancellationToken);
        var config = folder.Write("agent.toml", example.Replace("#state_dir = \"/var/lib/failover\"", $"state_dir = \"{folder["state"]}\"", StringComparison.Ordinal));
        var node = AgentConfig.Load(config, "test").Node;
        File.CreateSymbolicLink(node.IdentityLink, node.StakedKeypair);
        Assert.Equal(0, await Failover.Agent.CommandLine.RunAsync(["may-start", "--config", config], output, errors));
        Assert.Contains("may start", output.ToString(), StringComparison.Ordinal);

        Directory.CreateDirectory(node.StateFolder);
        AgentJournal.Open(new LinuxDisk(), node.StateFolder).Write(state => state with { Promised = PromisedRole.Standby });
        Assert.Equal(1, await Failover.Agent.CommandLine.RunAsync(["may-start", "--config", config], output, errors));
        Assert.Contains("must not start", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains($"ln -sfn {node.UnstakedKeypair} {node.IdentityLink}", errors.ToString(), StringComparison.Ordinal);

        Assert.Equal(2, await Failover.Agent.CommandLine.RunAsync(["may-start", "--config", folder["none.toml"]], output, errors));
    }

    private static AgentConfig Read(string text, params (string Name, string Value)[] environment) => AgentConfig.From(
        ConfigDocument.Parse("agent.toml", text, environment.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value))), "test");
}
