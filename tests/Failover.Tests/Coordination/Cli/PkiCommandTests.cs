using System.Text.Json;
using Failover.Coordinator;

namespace Failover.Coordination.Cli;

public sealed class PkiCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("failover-pki-").FullName;
    private readonly Pair _pair = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_folder_is_made_filled_renewed_and_shown()
    {
        Assert.Equal(0, (await PkiAsync("init")).Code);
        Assert.Equal(0, (await PkiAsync("issue", "peer", "london")).Code);
        Assert.Equal(0, (await PkiAsync("issue", "coordinator", "ops", "--validity", "13d")).Code);
        var old = await File.ReadAllTextAsync(Path.Combine(_folder, "london.crt"), CancellationToken.None);
        Assert.Equal(0, (await PkiAsync("renew", "london")).Code);
        Assert.NotEqual(old, await File.ReadAllTextAsync(Path.Combine(_folder, "london.crt"), CancellationToken.None));
        Assert.Equal(
            """
              ✓ ca.crt      authority    OU=ca, CN=failover  until 2036-11-21, 3650 days
              ✓ london.crt  peer         london              until 2027-11-24, 365 days
              ! ops.crt     coordinator  ops                 until 2026-12-07, 13 days

            """, (await PkiAsync("show")).Out);
        _pair.Time.Advance(TimeSpan.FromDays(14));
        Assert.Contains("✗ ops.crt     coordinator  ops                 EXPIRED 2026-12-07", (await PkiAsync("show")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_overwritten_except_by_renewing()
    {
        await PkiAsync("init");
        await PkiAsync("issue", "peer", "london");
        Assert.Equal((int)ExitCode.Usage, (await PkiAsync("init")).Code);
        Assert.Equal((int)ExitCode.Usage, (await PkiAsync("issue", "peer", "london")).Code);
        Assert.Equal((int)ExitCode.Usage, (await PkiAsync("issue", "peer", "ca")).Code);
        Assert.Equal((int)ExitCode.Usage, (await PkiAsync("renew", "ca")).Code);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("issue peer london")]
    [InlineData("renew london")]
    public async Task Without_an_authority_the_way_to_one_is_told(string command)
    {
        var run = await CliRun.RunAsync(_pair, ["pki", .. command.Split(' '), "--folder", Path.Combine(_folder, "none")]);
        Assert.Equal((int)ExitCode.Usage, run.Code);
    }

    [Theory]
    [InlineData("../london")]
    [InlineData("London")]
    public async Task A_name_that_could_lead_out_of_the_folder_is_refused(string name)
    {
        await PkiAsync("init");
        Assert.Equal((int)ExitCode.Usage, (await PkiAsync("issue", "peer", name)).Code);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public async Task Keys_are_readable_by_their_owner_only()
    {
        await PkiAsync("init");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "ca.key")));
        }
    }

    [Fact]
    public async Task As_json_the_days_are_a_number()
    {
        await PkiAsync("init");
        var run = await PkiAsync("show", "--output", "json");
        Assert.Equal(3650, JsonDocument.Parse(run.Out).RootElement.GetProperty("certificates")[0].GetProperty("days_left").GetInt32());
    }

    private Task<CliRun> PkiAsync(params string[] arguments) => CliRun.RunAsync(_pair, ["pki", .. arguments, "--folder", _folder]);
}
