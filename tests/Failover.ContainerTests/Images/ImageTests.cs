namespace Failover.ContainerTests.Images;

public sealed class ImageTests(Engine engine)
{
    private static readonly string[] Idle = ["/bin/sh", "-c", "exec sleep 60"];

    [Theory]
    [InlineData(Image.Agent, "failover-agent")]
    [InlineData(Image.Coordinator, "failover")]
    [InlineData(Image.Cluster, "fake-cluster")]
    [InlineData(Image.Node, "failover-agent")]
    [InlineData(Image.Node, "fake-validator")]
    public async Task The_images_exist_and_run_as_a_plain_user(string image, string program)
    {
        await using var container = engine.Container(image).WithEntrypoint(Idle).Build();
        await container.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("1000", (await RunAsync("id -u")).Trim());
        Assert.Equal($"/usr/local/bin/{program}", (await RunAsync($"command -v {program}")).Trim());

        // Whoever takes over a program must not be able to change what is started next time.
        Assert.Equal("", await RunAsync("find /opt /usr/local/bin ! -type l \\( -perm -002 -o -user 1000 \\)"));

        async Task<string> RunAsync(string command)
        {
            var result = await container.ExecAsync(["/bin/sh", "-c", command], TestContext.Current.CancellationToken);
            Assert.True(result.ExitCode == 0, $"{command}: exit code {result.ExitCode}, {result.Stderr}");
            return result.Stdout;
        }
    }

    [Fact]
    public async Task A_keypair_made_in_a_node_is_for_its_owner_only()
    {
        await using var container = engine.Container(Image.Node).WithEntrypoint(Idle).Build();
        await container.StartAsync(TestContext.Current.CancellationToken);

        var made = await container.ExecAsync(["make-keypair", "/var/lib/node/key.json"], TestContext.Current.CancellationToken);

        Assert.Equal(0, made.ExitCode);
        Assert.Matches("^[1-9A-HJ-NP-Za-km-z]{32,44}\n$", made.Stdout);
        var file = await container.ExecAsync(["/bin/sh", "-c", "stat -c %a key.json; cat key.json"], TestContext.Current.CancellationToken);
        Assert.Matches(@"^600\n\[(\d{1,3},){63}\d{1,3}\]\n$", file.Stdout);
    }
}
