using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Failover.Tests.Disks;
using Failover.Validators;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Tests.Validators;

public sealed class AdminSocketTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly AdminServer _server = new();
    private readonly AdminSocket _socket;

    public AdminSocketTests() => _socket = SocketTo(_server);

    public void Dispose()
    {
        _socket.Dispose();
        _server.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private AdminSocket SocketTo(AdminServer server) => new(server.Path, Timeout, _time, NullLogger<AdminSocket>.Instance);

    private Task<AdminReply> Call(string method = "pid") => _socket.CallAsync(method, null, Ct);

    private static async Task<ValidatorException> FailureOf(Task call) => await Assert.ThrowsAsync<ValidatorException>(() => call);

    private static void Is(Effect effect, ValidatorFailure failure, ValidatorException e) =>
        Assert.Equal((effect, failure), (e.Effect, e.Failure));

    /// <summary>A call that the server has received and not answered, ended by its deadline.</summary>
    private async Task TimesOutAsync()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        _time.Advance(Timeout);
        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task A_request_is_written_as_the_official_client_writes_it()
    {
        var call = _socket.CallAsync("setIdentity", WriteParameters, Ct);
        Assert.Equal("""{"jsonrpc":"2.0","method":"setIdentity","params":["/home/sol/staked.json",true,true],"id":1}""", await _server.ReceiveAsync(Ct));
        await _server.SendAsync("""{"jsonrpc":"2.0","result":null,"id":1}""" + "\n", Ct);
        Assert.Equal(JsonValueKind.Null, (await call).Result.ValueKind);

        var second = Call();
        Assert.Equal("""{"jsonrpc":"2.0","method":"pid","params":null,"id":2}""", await _server.ReceiveAsync(Ct));
        await _server.SendAsync("""{"jsonrpc":"2.0","result":7,"id":2}""" + "\n", Ct);
        Assert.Equal(7, (await second).Result.GetInt32());

        static void WriteParameters(Utf8JsonWriter json)
        {
            json.WriteStringValue("/home/sol/staked.json");
            json.WriteBooleanValue(true);
            json.WriteBooleanValue(true);
        }
    }

    [Theory]
    [InlineData("null", JsonValueKind.Null)]
    [InlineData("\"text with a \\n line feed\"", JsonValueKind.String)]
    [InlineData("[1,2]", JsonValueKind.Array)]
    [InlineData("{\"id\":5}", JsonValueKind.Object)]
    [InlineData("false", JsonValueKind.False)]
    public async Task Any_json_can_be_a_result(string json, JsonValueKind kind)
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync($$"""{"jsonrpc":"2.0","result":{{json}},"id":1}""" + "\n", Ct);

        Assert.Equal(kind, (await call).Result.ValueKind);
    }

    [Fact]
    public async Task A_reply_without_its_version_member_is_a_reply()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"error":{"code":-32600,"message":"Unsupported JSON-RPC protocol version"},"id":1}""" + "\n", Ct);

        Assert.Equal(new AdminError(-32600, "Unsupported JSON-RPC protocol version"), (await call).Error);
    }

    [Fact]
    public async Task A_reply_that_drips_in_byte_by_byte_is_read_whole()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        foreach (var one in Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","result":"ü","id":1}""" + "\n"))
        {
            await _server.SendAsync([one], Ct);
        }

        Assert.Equal("ü", (await call).Result.GetString());
    }

    [Fact]
    public async Task A_late_answer_joined_to_the_next_one_is_never_taken_for_it()
    {
        await TimesOutAsync();

        var next = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":"late","id":1}""" + "\n" + """{"jsonrpc":"2.0","result":"own","id":2}""" + "\n", Ct);

        Assert.Equal("own", (await next).Result.GetString());
        Assert.Equal(1, _server.Accepted);
    }

    [Fact]
    public async Task After_a_timeout_within_a_reply_its_rest_is_dropped_as_well()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","resu""", Ct);
        _time.Advance(Timeout);
        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));

        var next = Call();
        await _server.SendAsync("""lt":"late","id":1}""" + "\n", Ct);
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":"own","id":2}""" + "\n", Ct);

        Assert.Equal("own", (await next).Result.GetString());
    }

    [Fact]
    public async Task Late_answers_to_several_calls_are_dropped()
    {
        await TimesOutAsync();
        await TimesOutAsync();

        var next = Call();
        await _server.ReceiveAsync(Ct);
        for (var id = 1; id <= 3; id++)
        {
            await _server.SendAsync($$"""{"jsonrpc":"2.0","result":{{id}},"id":{{id}}}""" + "\n", Ct);
        }

        Assert.Equal(3, (await next).Result.GetInt32());
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}{}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":null}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":\"1\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":-1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1.5}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":99999999999999999999}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":2}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":2,\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"error\":{\"code\":1,\"message\":\"x\"},\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":null,\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":\"x\",\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":{\"message\":\"x\"},\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":\"1\",\"message\":\"x\"},\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":null},\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"\\ud800\"},\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"},\"id\":null}")]
    [InlineData("HTTP/1.1 400 Bad Request")]
    public async Task What_is_no_reply_to_the_call_is_refused_with_unknown_effect(string line)
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync(line + "\n", Ct);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync([.. "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\""u8, 0xff, 0xfe, .. "\"},\"id\":1}\n"u8], Ct);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync($$"""{"jsonrpc":"2.0","result":{{new string('[', 100_000)}}""" + "\n", Ct);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task A_line_of_a_gigabyte_is_refused_within_the_bound()
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        var chunk = new byte[1024 * 1024];
        var sent = 0L;
        var writer = SendGigabyteAsync();

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));

        // What was read beyond the bound is at most what the kernel and one read hold; the server is stuck on the rest.
        Assert.InRange(Interlocked.Read(ref sent), 0, 8 * 1024 * 1024);
        _server.Close();
        await Assert.ThrowsAnyAsync<SocketException>(() => writer);

        async Task SendGigabyteAsync()
        {
            for (var i = 0; i < 1024; i++)
            {
                await _server.SendAsync(chunk, Ct);
                Interlocked.Add(ref sent, chunk.Length);
            }
        }
    }

    [Fact]
    public async Task After_garbage_the_old_connection_comes_to_its_end_before_a_new_one_is_used()
    {
        var call = Call("setIdentity");
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("garbage\n", Ct);
        await FailureOf(call);

        // The server may still be busy with what it has: until it closes, nothing more is asked.
        var tooEarly = Call();
        Assert.Null(await _server.ReceiveAsync(Ct));
        _time.Advance(Timeout);
        Is(Effect.None, ValidatorFailure.NoAnswer, await FailureOf(tooEarly));

        var next = Call();
        await _server.SendAsync("""{"jsonrpc":"2.0","result":"late","id":1}""" + "\n", Ct);
        _server.Close();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":"own","id":3}""" + "\n", Ct);
        Assert.Equal("own", (await next).Result.GetString());
        Assert.Equal(2, _server.Accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":nu")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}")]
    public async Task A_connection_closed_instead_of_a_reply_leaves_the_effect_unknown(string part)
    {
        var call = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync(part, Ct);
        _server.Close();

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task A_connection_that_was_closed_meanwhile_is_opened_again()
    {
        var first = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":1,"id":1}""" + "\n", Ct);
        await first;
        _server.Close();

        var second = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":2,"id":2}""" + "\n", Ct);

        Assert.Equal(2, (await second).Result.GetInt32());
        Assert.Equal(2, _server.Accepted);
    }

    [Fact]
    public async Task A_connection_closed_behind_a_late_reply_is_opened_again()
    {
        await TimesOutAsync();
        await _server.SendAsync("""{"jsonrpc":"2.0","result":"late","id":1}""" + "\n", Ct);
        _server.Close();

        var second = Call();
        await _server.ReceiveAsync(Ct);
        await _server.SendAsync("""{"jsonrpc":"2.0","result":2,"id":2}""" + "\n", Ct);

        Assert.Equal(2, (await second).Result.GetInt32());
    }

    [Fact]
    public async Task Calls_are_made_one_at_a_time_and_waiting_in_vain_has_no_effect()
    {
        var first = Call();
        var second = Call();
        await _server.ReceiveAsync(Ct);
        _time.Advance(Timeout);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(first));
        Is(Effect.None, ValidatorFailure.NoAnswer, await FailureOf(second));
        Assert.Equal(0, _server.Client.Available);
    }

    [Fact]
    public async Task Cancelling_is_a_deadline_too()
    {
        using var before = new CancellationTokenSource();
        await before.CancelAsync();
        Is(Effect.None, ValidatorFailure.NoAnswer, await FailureOf(_socket.CallAsync("pid", null, before.Token)));

        using var after = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var call = _socket.CallAsync("pid", null, after.Token);
        await _server.ReceiveAsync(Ct);
        await after.CancelAsync();
        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task A_request_that_is_half_taken_leaves_the_effect_unknown()
    {
        var large = new string('x', 10_000_000);
        var call = _socket.CallAsync("setIdentity", json => json.WriteStringValue(large), Ct);
        await _server.AcceptAsync(Ct);
        await _server.Client.ReceiveAsync(new byte[1], Ct);
        _time.Advance(Timeout);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(call));
    }

    [Fact]
    public async Task No_socket_means_not_running()
    {
        using var nobody = new AdminServer(listens: false);
        using var socket = SocketTo(nobody);

        var e = await FailureOf(socket.CallAsync("pid", null, Ct));

        Is(Effect.None, ValidatorFailure.NotRunning, e);
        Assert.Contains(nobody.Path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_left_behind_by_a_dead_validator_means_not_running()
    {
        using var folder = new ScratchFolder();
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(folder["bound"]));
            // .NET removes the file of a socket it closes; a killed process does not.
            File.Move(folder["bound"], folder["admin.rpc"]);
        }
        using var socket = new AdminSocket(folder["admin.rpc"], Timeout, _time, NullLogger<AdminSocket>.Instance);

        Is(Effect.None, ValidatorFailure.NotRunning, await FailureOf(socket.CallAsync("pid", null, Ct)));
    }

    [Fact]
    public async Task A_socket_that_may_not_be_opened_means_not_permitted()
    {
        ScratchFolder.Chmod(_server.Path, UnixFileMode.None);

        var call = ScratchFolder.AsNobody(() => Call());

        Is(Effect.None, ValidatorFailure.NotPermitted, await FailureOf(call));
    }

    [Fact]
    public async Task A_validator_that_accepts_no_connection_has_no_effect()
    {
        using var busy = new AdminServer(backlog: 0);
        using var socket = SocketTo(busy);
        var waiting = FillQueue(busy.Path);

        var call = socket.CallAsync("pid", null, Ct);
        _time.Advance(Timeout);

        Is(Effect.None, ValidatorFailure.NoAnswer, await FailureOf(call));
        waiting.ForEach(one => one.Dispose());

        static List<Socket> FillQueue(string path)
        {
            List<Socket> sockets = [];
            try
            {
                while (true)
                {
                    sockets.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false });
                    sockets[^1].Connect(new UnixDomainSocketEndPoint(path));
                }
            }
            catch (SocketException)
            {
                return sockets;
            }
        }
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_refused_at_once() =>
        Assert.ThrowsAny<ArgumentException>(
            () => new AdminSocket("/" + new string('x', 200), Timeout, _time, NullLogger<AdminSocket>.Instance));
}
