using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DotNet.Testcontainers.Configurations;
using Failover.ContainerTests.Images;
using Failover.ContainerTests.Packages;
using Failover.ContainerTests.Worlds;
using Failover.Identities;

namespace Failover.ContainerTests.FirstDay;

/// <summary>What the README says about the first five minutes, typed on bare systems: from the packages to a handoff.</summary>
public sealed partial class FirstDayTests(Engine engine)
{
    private const int Limit = 300_000;
    private const string Section = "## Five minutes from two running validators to the first handoff";

    /// <summary>Stands in for systemd, which does not run in a container: does with the unit and its settings what the line asks for.</summary>
    private const string Systemctl = """
        #!/bin/sh
        [ "$*" = "enable --now failover-agent" ] || { echo "systemctl $*: only what the README says" >&2; exit 1; }
        unit=/usr/lib/systemd/system/failover-agent.service
        user=$(cat $unit /etc/systemd/system/failover-agent.service.d/*.conf | sed -n 's/^User=//p' | tail -n 1)
        setsid runuser -u "$user" -- $(sed -n 's/^ExecStart=//p' $unit) >/var/log/failover-agent.log 2>&1 </dev/null &
        until grep -q 'Application started' /var/log/failover-agent.log; do kill -0 $! || exit 1; sleep 0.1; done
        """;

    /// <summary>The bare system has dpkg alone; what the packages need is there already.</summary>
    private const string Apt = """
        #!/bin/sh
        [ "$1" = install ] && shift && exec dpkg -i "$@"
        """;

    [Fact(Timeout = Limit)]
    public async Task What_the_README_says_leads_from_two_running_validators_to_a_handoff()
    {
        var ct = TestContext.Current.CancellationToken;
        var (orders, host, handoff) = Blocks();
        using var keys = new WorldKeys();
        await using var network = engine.Network().Build();
        await network.CreateAsync(ct);
        await using var cluster = new ClusterContainer(engine, network, new WorldOptions(), keys);
        await cluster.StartAsync(ct);
        await using var ops = await DebianContainer.StartAsync(engine, builder => builder.WithNetwork(network).WithText("/usr/local/bin/apt", Apt), ct);
        await ops.RunAsync("chmod 755 /usr/local/bin/apt", ct);
        await using var london = await ValidatorHostAsync("london", HeldIdentity.Staked);
        await using var tokyo = await ValidatorHostAsync("tokyo", HeldIdentity.Unstaked);
        await PassVotesAsync(5);

        foreach (var line in orders.SkipLast(1))
        {
            await TypeAsync(ops, line);
        }
        await JoinAsync(london, orders[^1]);
        await JoinAsync(tokyo, orders[^1].Replace("london", "tokyo", StringComparison.Ordinal));
        foreach (var line in handoff.SkipLast(1))
        {
            await TypeAsync(ops, line);
        }
        // It asks, and the operator says yes.
        await TypeAsync(ops, $"echo y | script -qec '{handoff[^1]}' /dev/null");

        await PassVotesAsync(3);
        var verdict = await cluster.JudgeAsync(1, ct);
        Assert.True(verdict.Safe, string.Join('\n', verdict.Violations.Select(violation => $"{violation.Kind}: {violation.Sentence}")));
        Assert.Equal((1, "tokyo"), (verdict.Switches, verdict.Tenures[^1].Host));
        Assert.Equal("/home/sol/unstaked-identity.json", (await london.RunAsync("readlink /home/sol/identity.json", ct)).Trim());
        Assert.Equal("/home/sol/staked-identity.json", (await tokyo.RunAsync("readlink /home/sol/identity.json", ct)).Trim());

        // As a host is after the published guide's preparation: a user, the keypairs, the link, a validator that runs.
        async Task<DebianContainer> ValidatorHostAsync(string name, HeldIdentity starts)
        {
            var started = await DebianContainer.StartAsync(
                engine,
                builder => builder.WithNetwork(network).WithNetworkAliases($"{name}.example.org").WithHostname(name)
                    .WithBindMount(Path.Combine(DebianContainer.Artifacts, "images", "failover-testnode", "fake-validator"), "/opt/fake-validator", AccessMode.ReadOnly)
                    .WithBindMount(new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent!.Parent!.Parent!.FullName, "/opt/dotnet", AccessMode.ReadOnly)
                    .WithEnvironment("DOTNET_ROOT", "/opt/dotnet").WithEnvironment("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
                    .WithSecret("/root/staked-identity.json", KeypairFile.Format(keys.Staked))
                    .WithText("/usr/local/bin/systemctl", Systemctl).WithText("/usr/local/bin/apt", Apt),
                ct);
            await started.RunAsync($"""
                set -e
                chmod 755 /usr/local/bin/systemctl /usr/local/bin/apt
                echo 'sol:x:1001:1001::/home/sol:/bin/sh' >>/etc/passwd && echo 'sol:x:1001:' >>/etc/group
                install -d -o sol -g sol /home/sol
                install -o sol -g sol -m 600 /root/staked-identity.json /home/sol/staked-identity.json && rm /root/staked-identity.json
                install -d -o sol -g sol /mnt/ledger
                runuser -u sol -- /opt/fake-validator/fake-validator solana-keygen new -s --no-bip39-passphrase -o /home/sol/unstaked-identity.json
                runuser -u sol -- ln -s /home/sol/{(starts == HeldIdentity.Staked ? "staked" : "unstaked")}-identity.json /home/sol/identity.json
                setsid runuser -u sol -- /opt/fake-validator/fake-validator --identity /home/sol/identity.json --vote-account {keys.VoteAccount} \
                    --authorized-voter /home/sol/staked-identity.json --ledger /mnt/ledger --rpc-port 8899 --full-rpc-api --log /home/sol/validator.log \
                    --fake-cluster {ClusterContainer.Name}:{ClusterContainer.WirePort} --fake-host {name} --fake-version 4.2 >/home/sol/validator.out 2>&1 </dev/null &
                """, ct);
            return started;
        }

        async Task JoinAsync(DebianContainer node, string line)
        {
            // It waits while the operator types elsewhere.
            var joining = TypeAsync(ops, $"{line} | tee /tmp/shown");
            var code = "";
            await Condition.HoldsAsync(
                async () => (code = Code().Match((await ops.TryAsync("cat /tmp/shown", ct)).Output).Value).Length > 0, ct);
            foreach (var typed in host)
            {
                // The one that joins asks for the code.
                await TypeAsync(node, typed.EndsWith("--join", StringComparison.Ordinal) ? $"echo {code} | {typed}" : typed);
            }
            await joining;
            await ops.RunAsync("rm /tmp/shown", ct);
        }

        async Task TypeAsync(DebianContainer where, string line) => await where.RunAsync($"cd /packages && {line}", ct);

        async Task PassVotesAsync(int votes)
        {
            var wanted = (await cluster.JudgeAsync(null, ct)).Votes + votes;
            await Condition.HoldsAsync(async () => (await cluster.JudgeAsync(null, ct)).Votes >= wanted, ct);
        }
    }

    /// <summary>The three blocks of lines to type: where the orders are given, on a host, and for the handoff.</summary>
    private static (string[] Orders, string[] Host, string[] Handoff) Blocks()
    {
        var readme = File.ReadAllText(Path.Combine(Directory.GetParent(DebianContainer.Artifacts)!.FullName, "README.md"));
        var section = readme[readme.IndexOf(Section, StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", Section.Length, StringComparison.Ordinal)];
        var blocks = Block().Matches(section).Select(block => block.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(3, blocks.Count);
        return (blocks[0], blocks[1], blocks[2]);
    }

    [GeneratedRegex(@"(?:^ {4}\S.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}")]
    private static partial Regex Code();
}
