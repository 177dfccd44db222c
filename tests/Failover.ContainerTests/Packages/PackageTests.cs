using Failover.ContainerTests.Images;
using Failover.Handoff;

namespace Failover.ContainerTests.Packages;

/// <summary>The Debian packages with the real dpkg, where no service manager runs.</summary>
public sealed class PackageTests(Engine engine)
{
    private const int Limit = 240_000;
    private const string Agent = "failover-agent";
    private const string Cli = "failover";

    [Fact(Timeout = Limit)]
    public async Task Both_install_on_a_bare_system_and_the_agent_waits_for_its_configuration()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        Assert.Contains("not started, there is no /etc/failover/agent.toml yet", await host.InstallAsync(Agent, ct), StringComparison.Ordinal);
        await host.InstallAsync(Cli, ct);

        Assert.Equal("", await host.RunAsync($"dpkg --verify {Agent} {Cli}", ct));
        var version = (await host.RunAsync($"dpkg-query -f '${{Version}}' -W {Agent}", ct)).Trim();
        Assert.StartsWith($"{version}+", await host.RunAsync("failover-agent --version", ct), StringComparison.Ordinal);
        Assert.StartsWith($"{version}+", await host.RunAsync("failover --version", ct), StringComparison.Ordinal);
        Assert.Equal(2, (await host.TryAsync("failover status", ct)).ExitCode);

        // Enabled for the next start of the machine; without a configuration systemd passes it over.
        await host.RunAsync("test -L /etc/systemd/system/multi-user.target.wants/failover-agent.service", ct);
        await host.RunAsync("grep -qx ConditionPathExists=/etc/failover/agent.toml /usr/lib/systemd/system/failover-agent.service", ct);
        Assert.Equal("", await host.RunAsync("ls /etc/failover", ct));
        Assert.Equal("OK\n", await host.RunAsync("failover-agent check-config --config /usr/share/doc/failover-agent/examples/agent.toml", ct));
        await host.RunAsync("bash -ec 'for name in failover failover-agent; do . /usr/share/bash-completion/completions/$name; complete -p $name; done'", ct);
        Assert.Contains(".TH \"FAILOVER\\-AGENT\" 8 ", await host.RunAsync("gzip -dc /usr/share/man/man8/failover-agent.8.gz", ct), StringComparison.Ordinal);
        Assert.Contains(".TH \"FAILOVER\" 1 ", await host.RunAsync("gzip -dc /usr/share/man/man1/failover.1.gz", ct), StringComparison.Ordinal);
        Assert.Equal("", await host.RunAsync($"dpkg -L {Agent} {Cli} | grep . | sort -u | while read -r f; do find \"$f\" -maxdepth 0 ! -type l \\( -perm /022 -o ! -user root \\); done", ct));
    }

    [Fact(Timeout = Limit)]
    public async Task An_upgrade_keeps_configuration_and_state_and_asks_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await InstallWithConfigurationAsync(host, ct);
        await host.WriteStateAsync(HandoffPhase.Ended, ct);
        const string Sums = "sha256sum /etc/failover/agent.toml /var/lib/failover/state.json";
        var before = await host.RunAsync(Sums, ct);

        await host.MakeNewerAsync(Agent, "/tmp/newer.deb", ct);
        await host.RunAsync("dpkg -i /tmp/newer.deb </dev/null", ct);

        Assert.Equal("ok installed 99.0", await StatusAsync(host, ct));
        Assert.Equal(before, await host.RunAsync(Sums, ct));
    }

    [Fact(Timeout = Limit)]
    public async Task In_the_middle_of_a_handoff_neither_upgrade_nor_removal_takes_place_unless_it_is_insisted_on()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await InstallWithConfigurationAsync(host, ct);
        await host.MakeNewerAsync(Agent, "/tmp/newer.deb", ct);
        await host.WriteStateAsync(HandoffPhase.HandedOver, ct);
        var before = await StatusAsync(host, ct);

        foreach (var command in new[] { "dpkg -i /tmp/newer.deb", $"dpkg -r {Agent}" })
        {
            var refused = await host.TryAsync($"FAILOVER_STOP_WAIT=1s {command}", ct);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("handoff 20261124-030000-abc123 from london to frankfurt has not ended, this node's part is HandedOver", refused.Text, StringComparison.Ordinal);
            Assert.Contains("What to do: failover resume", refused.Text, StringComparison.Ordinal);
            Assert.Contains("FAILOVER_STOP_ANYWAY=yes", refused.Text, StringComparison.Ordinal);
            Assert.Equal(before, await StatusAsync(host, ct));
        }

        await host.RunAsync("FAILOVER_STOP_ANYWAY=yes dpkg -i /tmp/newer.deb", ct);
        Assert.Equal("ok installed 99.0", await StatusAsync(host, ct));
    }

    [Fact(Timeout = Limit)]
    public async Task An_upgrade_waits_for_the_ending_of_a_handoff()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await InstallWithConfigurationAsync(host, ct);
        await host.MakeNewerAsync(Agent, "/tmp/newer.deb", ct);
        await host.WriteStateAsync(HandoffPhase.Demoting, ct);
        var before = await StatusAsync(host, ct);

        var upgrade = host.RunAsync("FAILOVER_STOP_WAIT=200s dpkg -i /tmp/newer.deb", ct);
        await host.RunAsync("until grep -qs may-stop /proc/[0-9]*/cmdline; do sleep 0.1; done", ct);
        Assert.EndsWith(before[before.LastIndexOf(' ')..], await StatusAsync(host, ct), StringComparison.Ordinal);
        await host.WriteStateAsync(HandoffPhase.Ended, ct);

        await upgrade;
        Assert.Equal("ok installed 99.0", await StatusAsync(host, ct));
    }

    [Fact(Timeout = Limit)]
    public async Task Removing_keeps_what_is_the_operators_and_purging_leaves_every_key_and_record_of_the_validator()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await InstallWithConfigurationAsync(host, ct);
        await host.RunAsync("""
            cd /etc/failover
            mkdir tls && echo '-----BEGIN CERTIFICATE-----' | tee tls/ca.crt tls/london.crt >/dev/null
            echo '-----BEGIN PRIVATE KEY-----' | tee tls/ca.key tls/london.key >/dev/null
            echo '[1,2,3]' | tee staked-identity.json unstaked-identity.json tls/mistaken.key >/dev/null && ln -s unstaked-identity.json identity.json
            mkdir -p /etc/systemd/system/sol.service.d && cp /usr/share/doc/failover-agent/examples/validator-guard.conf /etc/systemd/system/sol.service.d/
            """, ct);
        await host.WriteStateAsync(HandoffPhase.Ended, ct);
        await host.RunAsync("echo x | tee /var/lib/failover/history-000001.jsonl /var/lib/failover/aside-tokyo-tower-1_9-S.bin", ct);

        var removed = await host.RunAsync($"dpkg -r {Agent}", ct);
        Assert.Contains("will not start any more until they are removed: /etc/systemd/system/sol.service.d/validator-guard.conf", removed.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        await host.RunAsync("test ! -e /usr/bin/failover-agent && test -e /etc/failover/agent.toml && test -e /var/lib/failover/state.json", ct);

        var purged = await host.RunAsync($"dpkg -P {Agent}", ct);
        string[] left =
        [
            "/etc/failover/identity.json", "/etc/failover/staked-identity.json", "/etc/failover/tls/ca.key", "/etc/failover/tls/mistaken.key", "/etc/failover/unstaked-identity.json",
            "/var/lib/failover/aside-tokyo-tower-1_9-S.bin",
        ];
        Assert.Equal(string.Join('\n', left), (await host.RunAsync("find /etc/failover /var/lib/failover ! -type d | sort", ct)).Trim());
        Assert.All(left, file => Assert.Contains(file, purged, StringComparison.Ordinal));
        Assert.Equal("", await host.RunAsync("find /etc/systemd /var/lib/systemd -name '*failover-agent*'", ct));
    }

    [Fact(Timeout = Limit)]
    public async Task Purging_one_leaves_the_others_certificates_and_purging_both_leaves_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await InstallWithConfigurationAsync(host, ct);
        await host.InstallAsync(Cli, ct);
        await host.RunAsync("""
            cp /usr/share/doc/failover/examples/coordinator.toml /etc/failover/
            mkdir /etc/failover/tls && echo '-----BEGIN CERTIFICATE-----' >/etc/failover/tls/ops.crt
            """, ct);

        await host.RunAsync($"dpkg -P {Agent}", ct);
        Assert.Equal("/etc/failover/coordinator.toml\n/etc/failover/tls/ops.crt", (await host.RunAsync("find /etc/failover -type f | sort", ct)).Trim());

        await host.RunAsync($"dpkg -P {Cli}", ct);
        Assert.Equal("", await host.RunAsync("find / -xdev -name '*failover*' -not -path '/packages*' -not -path '/proc/*' -not -path '/tmp/*' -not -path '/var/lib/dpkg/*' -not -path '/var/log/*'", ct));
    }

    private static async Task InstallWithConfigurationAsync(DebianContainer host, CancellationToken ct)
    {
        await host.InstallAsync(Agent, ct);
        await host.RunAsync("""
            sed 's/^#prepare_life = .*/prepare_life = "7m"/' /usr/share/doc/failover-agent/examples/agent.toml >/etc/failover/agent.toml
            mkdir -p -m 700 /var/lib/failover
            failover-agent check-config
            """, ct);
    }

    private static async Task<string> StatusAsync(DebianContainer host, CancellationToken ct) =>
        (await host.RunAsync($"dpkg-query -f '${{db:Status-Eflag}} ${{db:Status-Status}} ${{Version}}' -W {Agent}", ct)).Trim();
}
