using Failover.Coordinator;
using Failover.Testing;

namespace Failover.Coordination.Cli;

public sealed class RecordCommandTests : IDisposable
{
    private const string Name = $"tower-1_9-{GoldenTowers.IdentityText}.bin";

    private readonly string _folder = Directory.CreateTempSubdirectory("failover-record-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_valid_tower_is_shown_with_everything_in_it()
    {
        var run = await InspectAsync(Name, GoldenTowers.Full);
        Assert.Equal((int)ExitCode.Ok, run.Code);
        Assert.Equal(
            """
            ✓ A valid tower, signed by its identity
              file         FOLDER/tower-1_9-FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF.bin
              identity     FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF
              format       Tower1_14_11
              last vote    slot 350,000,030, 2025-10-09 08:53:20Z
              root         slot 349,999,999
              size         2,319 bytes
              sha256       ad43e15d80fa80ef13fbe7ce9f4c00a99ede77761c4d314a6ff8065efbcee7ee
              lockouts     31, oldest first: slot and confirmations
                350,000,000 ×31    350,000,008 ×23    350,000,016 ×15    350,000,024 ×7
                350,000,001 ×30    350,000,009 ×22    350,000,017 ×14    350,000,025 ×6
                350,000,002 ×29    350,000,010 ×21    350,000,018 ×13    350,000,026 ×5
                350,000,003 ×28    350,000,011 ×20    350,000,019 ×12    350,000,027 ×4
                350,000,004 ×27    350,000,012 ×19    350,000,020 ×11    350,000,028 ×3
                350,000,005 ×26    350,000,013 ×18    350,000,021 ×10    350,000,029 ×2
                350,000,006 ×25    350,000,014 ×17    350,000,022 ×9     350,000,030 ×1
                350,000,007 ×24    350,000,015 ×16    350,000,023 ×8

            """, run.Out);
    }

    [Fact]
    public async Task A_damaged_tower_is_refused_by_the_name_of_the_test_with_its_own_exit_code()
    {
        var damaged = GoldenTowers.Full[..^1];
        var run = await InspectAsync(Name, damaged);
        Assert.Equal((int)ExitCode.RecordRefused, run.Code);
        Assert.StartsWith("✗ Not a valid tower: the test size-matches-length-field fails\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_identitys_tower_is_refused()
    {
        var run = await InspectAsync($"tower-1_9-{Samples.Staked}.bin", GoldenTowers.Full);
        Assert.Equal((int)ExitCode.RecordRefused, run.Code);
        Assert.Contains("node-is-identity", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_tells_no_identity_needs_one_given()
    {
        Assert.Equal((int)ExitCode.Usage, (await InspectAsync("backup", GoldenTowers.Full)).Code);
        Assert.Equal((int)ExitCode.Ok, (await InspectAsync("backup", GoldenTowers.Full, "--identity", GoldenTowers.IdentityText)).Code);
        Assert.Equal((int)ExitCode.Usage, (await InspectAsync("backup", GoldenTowers.Full, "--identity", "nobody")).Code);
    }

    [Fact]
    public async Task A_backup_with_a_suffix_is_recognised() => Assert.Equal((int)ExitCode.Ok, (await InspectAsync($"{Name}.2026-11-24", GoldenTowers.Full)).Code);

    [Fact]
    public async Task A_tower_under_its_legacy_name_is_read_without_its_tag() =>
        Assert.Equal((int)ExitCode.RecordRefused, (await InspectAsync($"tower-{GoldenTowers.IdentityText}.bin", GoldenTowers.Full)).Code);

    [Fact]
    public async Task As_json_the_lockouts_are_numbers()
    {
        var document = (await InspectAsync(Name, GoldenTowers.Short, "--output", "json")).Document;
        Assert.True(document.GetProperty("valid").GetBoolean());
        Assert.Equal((1000, 3), (document.GetProperty("lockouts")[0].GetProperty("slot").GetInt32(), document.GetProperty("lockouts")[0].GetProperty("confirmations").GetInt32()));
        Assert.Equal(GoldenTowers.ShortSha256, document.GetProperty("sha256").GetString());
    }

    private async Task<CliRun> InspectAsync(string name, byte[] content, params string[] options)
    {
        var path = Path.Combine(_folder, name);
        await using (var file = File.Create(path))
        {
            await file.WriteAsync(content, CancellationToken.None);
        }
        // Wide enough that the folder, which differs with each run, does not decide where lines break.
        var run = await CliRun.RunAsync(new Pair(), ["record", "inspect", path, .. options], width: 200);
        return run with { Out = run.Out.Replace(_folder, "FOLDER", StringComparison.Ordinal) };
    }
}
