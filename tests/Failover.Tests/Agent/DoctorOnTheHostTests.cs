using System.Text.Json;
using Failover.Identities;
using Failover.Protocol.Tls;
using Failover.Tests.Disks;
using Failover.Tests.Testing;

namespace Failover.Tests.Agent;

/// <summary><c>failover-agent doctor</c>: an operator's first tool, where no agent runs yet.</summary>
public sealed class DoctorOnTheHostTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly TestPki _pki = new();
    private readonly string _config;

    public DoctorOnTheHostTests()
    {
        foreach (var name in new[] { "state", "ledger" })
        {
            Directory.CreateDirectory(_folder[name]);
        }
        foreach (var name in new[] { "staked.json", "unstaked.json" })
        {
            using var keypair = Keypair.Generate();
            new Failover.Disks.LinuxDisk().Create(_folder[name], KeypairFile.Format(keypair), null);
        }
        File.CreateSymbolicLink(_folder["identity.json"], _folder["unstaked.json"]);
        var tls = _pki.Files(CertificateRole.Peer, "london");
        _config = _folder.Write("agent.toml", $"""
            [node]
            name = "london"
            state_dir = "state"

            [tls]
            ca = "{tls.Ca}"
            certificate = "{tls.Certificate}"
            key = "{tls.Key}"

            [identity]
            staked_keypair = "staked.json"
            unstaked_keypair = "unstaked.json"
            link = "identity.json"
            vote_account = "{TestAgent.VoteAccount}"

            [validator]
            ledger = "ledger"
            rpc = "http://127.0.0.1:1"

            """);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _pki.Dispose();
    }

    [Fact]
    public async Task Before_the_validator_runs_that_is_all_that_fails()
    {
        var (code, output) = await RunAsync("doctor", "--config", _config);
        Assert.Equal(1, code);
        Assert.StartsWith("london\n", output, StringComparison.Ordinal);
        Assert.Contains("✓ config-valid", output, StringComparison.Ordinal);
        Assert.Contains("✓ staked-keypair", output, StringComparison.Ordinal);
        Assert.Contains("✗ validator-runs", output, StringComparison.Ordinal);
        Assert.Contains("\n      systemctl start sol   # on london\n", output, StringComparison.Ordinal);
        Assert.Equal(1, output.Split('✗').Length - 2); // The summary has a mark of its own.
    }

    [Fact]
    public async Task Mistakes_in_the_file_are_told_each_with_its_line()
    {
        var file = _folder.Write("bad.toml", "[node]\nname = \"london\"\ncolour = \"red\"\n");
        var (code, output) = await RunAsync("doctor", "--config", file);
        Assert.Equal(1, code);
        Assert.Contains($"sed -i '3s/^/# /' {file} && failover-agent check-config --config {file}   # on this host", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_it_is_the_document_that_the_coordinator_writes()
    {
        ScratchFolder.Chmod(_folder["staked.json"], (UnixFileMode)0b110_100_100);
        var (code, output) = await RunAsync("doctor", "--json", "--config", _config);
        Assert.Equal(1, code);
        var document = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("doctor", "fails"), (document.GetProperty("type").GetString(), document.GetProperty("outcome").GetString()));
        var node = document.GetProperty("nodes")[0];
        Assert.Equal("london", node.GetProperty("node").GetString());
        var check = node.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "staked-keypair");
        Assert.Equal(("fails", $"chmod 600 {_folder["staked.json"]}   # on london"), (check.GetProperty("outcome").GetString(), check.GetProperty("remedy").GetString()));
    }

    [Fact]
    public async Task Looking_writes_nothing()
    {
        await RunAsync("doctor", "--config", _config);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["state"]));
    }

    [Fact]
    public async Task A_command_line_that_cannot_be_right_is_2() => Assert.Equal(2, (await RunAsync("doctor", "--what")).Code);

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var code = await Failover.Agent.CommandLine.RunAsync(arguments, output, output);
        return (code, output.ToString());
    }
}
