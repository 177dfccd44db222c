using Failover.ContainerTests.Images;

namespace Failover.ContainerTests.Packages;

/// <summary>install.sh and the tar.gz.</summary>
public sealed class InstallScriptTests(Engine engine)
{
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task What_has_the_right_checksum_is_installed_below_the_prefix()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        Assert.Contains("its checksum was right", await host.RunAsync("/packages/install.sh --from /packages --prefix /opt/failover", ct), StringComparison.Ordinal);
        await host.RunAsync("/opt/failover/bin/failover --version && /opt/failover/bin/failover-agent --version", ct);
        await host.RunAsync("grep -q '^ExecStart=/opt/failover/bin/failover-agent ' /opt/failover/lib/systemd/system/failover-agent.service", ct);
        await host.RunAsync("grep -q '^ExecStartPre=/opt/failover/bin/failover-agent ' /opt/failover/share/doc/failover-agent/examples/validator-guard.conf", ct);

        // Again over itself, as an upgrade does it.
        await host.RunAsync("/packages/install.sh --from /packages --prefix /opt/failover", ct);
        Assert.Equal("", await host.RunAsync("find /opt/failover -name '*.new'; ls /tmp", ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData("for f in $r/*.tar.gz; do printf x >>$f; done", "the checksum of failover_")]
    [InlineData("sed -i 's/^[0-9a-f]\\{8\\}/00000000/' $r/SHA256SUMS", "the checksum of failover_")]
    [InlineData(": >$r/SHA256SUMS", "SHA256SUMS names no archive")]
    [InlineData("rm $r/SHA256SUMS", "there is no /release/SHA256SUMS")]
    [InlineData("rm $r/*.tar.gz", "there is no /release/failover_")]
    [InlineData("sed -i 's/\\(.*  failover_\\)[^_]*\\(_linux.*\\)/&\\n\\19.9\\2/' $r/SHA256SUMS", "names several archives")]
    public async Task With_anything_else_nothing_is_installed_and_the_reason_is_told(string harm, string reason)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await host.RunAsync($"r=/release; mkdir $r; cp /packages/*.tar.gz /packages/SHA256SUMS /packages/install.sh $r; {harm}", ct);
        var result = await host.TryAsync("/release/install.sh --prefix /opt/failover", ct);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Equal("", await host.RunAsync("ls -A /opt; ls -A /tmp", ct));
    }

    [Fact(Timeout = Limit)]
    public async Task Checksums_that_came_another_way_outrank_those_beside_the_files()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        await host.RunAsync("""
            r=/release; mkdir $r; cp /packages/*.tar.gz /packages/SHA256SUMS $r; cp $r/SHA256SUMS /trusted
            printf x >>$(ls $r/*.tar.gz); cd $r; sha256sum *.tar.gz >SHA256SUMS
            """, ct);
        var result = await host.TryAsync("/packages/install.sh --from /release --sums /trusted --prefix /opt/failover", ct);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("nothing was installed", result.Error, StringComparison.Ordinal);
        await host.RunAsync("test ! -e /opt/failover", ct);
    }

    [Theory(Timeout = Limit)]
    [InlineData("--from http://localhost/x", "only https addresses and folders")]
    [InlineData("--prefix opt", "the prefix has to be an absolute path")]
    [InlineData("--from", "--from needs a value")]
    [InlineData("--what", "unknown argument --what")]
    public async Task A_wrong_command_line_is_told(string arguments, string reason)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await DebianContainer.StartAsync(engine, ct);
        var result = await host.TryAsync($"/packages/install.sh {arguments}", ct);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }
}
