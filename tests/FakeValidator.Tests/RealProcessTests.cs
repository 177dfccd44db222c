using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using FakeValidator.Faults;
using FakeWire;

namespace FakeValidator.Tests;

public sealed partial class RealProcessTests
{
    private const string Pid = """{"jsonrpc":"2.0","method":"pid","params":null,"id":0}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_replaces_a_stale_socket_with_one_for_its_owner_only_and_answers_during_the_start()
    {
        await using var validator = new RealProcess();
        Directory.CreateDirectory(validator.Ledger);
        await File.Create(validator.AdminSocket).DisposeAsync();
        validator.Launch();
        // The start waits for the cluster; the socket does not.
        var greeted = await validator.Cluster.AcceptAsync(Ct);
        Assert.Equal(
            """{"jsonrpc":"2.0","result":"SearchingForRpcService","id":1}""", await validator.AdminAsync("""{"jsonrpc":"2.0","method":"startProgress","id":1}""", Ct));
        await greeted();
        await validator.ReadyAsync(Ct);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsLinux() ? File.GetUnixFileMode(validator.AdminSocket) : default);
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{validator.Process.Id}},"id":0}""", await validator.AdminAsync(Pid, Ct));
        Assert.Equal(
            $$"""{"jsonrpc":"2.0","result":"{{validator.RpcAddress}}","id":"x"}""",
            await validator.AdminAsync("""{"jsonrpc":"2.0","method":"rpcAddress","id":"x"}""", Ct));
        Assert.Contains($"Removed existing file '{validator.AdminSocket}'.", await File.ReadAllTextAsync(validator.At("log"), Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_votes_and_the_published_set_identity_command_leaves_one_late_vote()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct);
        await validator.Cluster.BlockAsync(101, Ct);
        Assert.Equal(101UL, (await validator.Cluster.NextAsync<Vote>(Ct)).LastSlot);
        var (code, output) = await RealProcess.RunAsync(Ct, "agave-cli", "-l", validator.Ledger, "set-identity", validator.At("unstaked.json"));
        Assert.Equal((0, $"New validator identity path: {validator.At("unstaked.json")}\n"), (code, output));
        Assert.Equal(World.Unstaked.Text, (await validator.Cluster.NextAsync<Contact>(Ct)).Identity);

        await validator.Cluster.BlockAsync(102, Ct);
        var late = await validator.Cluster.NextAsync<Vote>(Ct);
        Assert.Equal((102UL, World.Staked.Text), (late.LastSlot, late.Identity));
    }

    [Fact]
    public async Task A_call_that_hangs_blocks_every_admin_call_until_it_is_released()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct, "--fake-fault", "hang-set-identity on");
        var hanging = validator.AdminAsync(
            $$"""{"jsonrpc":"2.0","method":"setIdentity","params":["{{validator.At("unstaked.json")}}",false,true],"id":1}""", Ct);
        Assert.Equal((0, "ok\n"), await validator.ControlAsync(Ct, "wait-held", "hang-set-identity"));
        var blocked = validator.AdminAsync(Pid, Ct);
        Assert.Contains(World.Staked.Text, (await validator.ControlAsync(Ct, "status")).Output, StringComparison.Ordinal);
        Assert.False(hanging.IsCompleted || blocked.IsCompleted);
        await validator.ControlAsync(Ct, "hang-set-identity", "off");
        Assert.Equal("""{"jsonrpc":"2.0","result":null,"id":1}""", await hanging);
        Assert.Contains("result", await blocked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_can_be_withheld_after_its_effect()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct, "--fake-fault", "close-without-reply removeAllAuthorizedVoters");
        Assert.Null(await validator.AdminAsync("""{"jsonrpc":"2.0","method":"removeAllAuthorizedVoters","id":1}""", Ct));
        Assert.Contains("\"voting_enabled\":false", await validator.AdminAsync("""{"jsonrpc":"2.0","method":"validatorAdmissionTicketStatus","id":2}""", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_ends_it_at_once_and_leaves_the_socket_behind()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct);
        Assert.Equal(0, Kill(validator.Process.Id, 15));
        await validator.Process.WaitForExitAsync(Ct);
        Assert.Equal(128 + 15, validator.Process.ExitCode);
        Assert.True(File.Exists(validator.AdminSocket));
    }

    [Fact]
    public async Task A_partition_breaks_the_link_and_its_end_dials_again()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct);
        await validator.ControlAsync(Ct, "partition", "on");
        await Assert.ThrowsAsync<InvalidOperationException>(() => validator.Cluster.NextAsync<Vote>(Ct));
        await validator.ControlAsync(Ct, "partition", "off");
        await validator.Cluster.WelcomeAsync(Ct);
        await validator.Cluster.BlockAsync(101, Ct);
        Assert.Equal(101UL, (await validator.Cluster.NextAsync<Vote>(Ct)).LastSlot);
    }

    [Fact]
    public async Task It_dies_at_a_point_as_by_sigkill()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct, "--fake-fault", $"die-at {Point.AfterStoreBeforeSend}");
        await validator.Cluster.BlockAsync(101, Ct);
        await validator.Process.WaitForExitAsync(Ct);
        Assert.Equal(128 + 9, validator.Process.ExitCode);
        Assert.True(File.Exists(Path.Combine(validator.Ledger, $"tower-1_9-{World.Staked.Text}.bin")));
    }

    [Fact]
    public async Task A_newer_claimant_ends_it_with_code_1()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct);
        await validator.Cluster.SendAsync(new Contact("there", World.Staked.Text, long.MaxValue), Ct);
        await validator.Process.WaitForExitAsync(Ct);
        Assert.Equal(1, validator.Process.ExitCode);
    }

    [Fact]
    public async Task Exit_is_answered_first_and_ends_it_with_code_0_without_the_socket()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct, "--fake-exit-ms", "1");
        Assert.Equal("""{"jsonrpc":"2.0","result":null,"id":1}""", await validator.AdminAsync("""{"jsonrpc":"2.0","method":"exit","id":1}""", Ct));
        await validator.Process.WaitForExitAsync(Ct);
        Assert.Equal(0, validator.Process.ExitCode);
        Assert.False(File.Exists(validator.AdminSocket));
    }

    [Fact]
    public async Task Json_rpc_over_http_has_the_real_servers_manners()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{validator.RpcAddress}") };
        using var identity = await PostAsync(http, "getIdentity", "[]", "application/json");
        Assert.Equal($$$"""{"jsonrpc":"2.0","result":{"identity":"{{{World.Staked.Text}}}"},"id":1}""" + "\n", await identity.Content.ReadAsStringAsync(Ct));
        Assert.Equal("application/json; charset=utf-8", identity.Content.Headers.ContentType?.ToString());
        using var full = await PostAsync(http, "getClusterNodes", "[]", "application/json");
        Assert.Contains("-32601", await full.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        using var wrongType = await PostAsync(http, "getIdentity", "[]", "text/plain");
        using var get = await http.GetAsync(new Uri("/", UriKind.Relative), Ct);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, HttpStatusCode.MethodNotAllowed), (wrongType.StatusCode, get.StatusCode));
        Assert.Equal("unknown", await http.GetStringAsync(new Uri("/health", UriKind.Relative), Ct));
    }

    [Fact]
    public async Task Fdctl_switches_frankendancer_and_a_killed_switch_needs_force()
    {
        await using var validator = new RealProcess();
        await validator.StartAsync(Ct, "--fake-client", "frankendancer");
        string[] set = ["fdctl", "set-identity", "--ledger", validator.Ledger, validator.At("unstaked.json")];
        Assert.Equal((0, $"NOTICE  Validator identity key switched to `{World.Unstaked.Text}`\n"), await RealProcess.RunAsync(Ct, set));
        Assert.Equal(128 + 9, (await RealProcess.RunAsync(Ct, [.. set, "--fake-abandon"])).Code);
        var refused = await RealProcess.RunAsync(Ct, set);
        Assert.Equal(1, refused.Code);
        Assert.Contains("already in the process of switching keys", refused.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RealProcess.RunAsync(Ct, [.. set, "--force"])).Code);
        Assert.Equal((0, World.Unstaked.Text + "\n"), await RealProcess.RunAsync(Ct, "fdctl", "get-identity", "--ledger", validator.Ledger));
    }

    [Fact]
    public async Task The_command_line_tools_fail_in_the_words_of_the_real_ones()
    {
        var (code, output) = await RealProcess.RunAsync(Ct, "agave-cli", "-l", "/nowhere", "contact-info");
        Assert.Equal((1, "Validator command failed: Client error: /nowhere/admin.rpc does not exist\n"), (code, output));
        Assert.Equal((1, "error: Unrecognized option '--fake-typo'\n"), await RealProcess.RunAsync(Ct, "--identity", "x", "--vote-account", "y", "--fake-typo"));
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string method, string parameters, string type)
    {
        using var body = new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", Encoding.UTF8, type);
        return await http.PostAsync(new Uri("/", UriKind.Relative), body, Ct);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
