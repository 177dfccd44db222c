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
}
