using System.Net;
using System.Net.Sockets;
using FaultProxy;

namespace Failover.ContainerTests.Faults;

/// <summary>The proxy itself: a bad network that is not as bad as it says would prove nothing. No container is needed for it.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private const int Limit = 60_000;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private ControlServer _control = null!;
    private Task _running = Task.CompletedTask;
    private int _port;

    public ValueTask InitializeAsync()
    {
        _server.Start();
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        var link = Link.Parse($"a-b={_port}=127.0.0.1:{((IPEndPoint)_server.LocalEndpoint).Port}", TimeProvider.System);
        _control = new ControlServer(new IPEndPoint(IPAddress.Loopback, 0), [link]);
        _running = link.RunAsync(_stopping.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _server.Dispose();
        _stopping.Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task What_comes_goes_through_in_both_directions_and_so_does_the_end()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);

        await pair.Client.SendAsync(Record(23, 1), ct);
        await pair.Server.SendAsync(Record(22, 2), ct);

        Assert.Equal(Record(23, 1), await ReadAsync(pair.Server, ct));
        Assert.Equal(Record(22, 2), await ReadAsync(pair.Client, ct));
        // Of the two only one is application data.
        Assert.Equal("1 8 0 8 0", _control.Answer("counted a-b"));
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[1], ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData("before", 1)]
    [InlineData("after", 2)]
    public async Task A_cut_at_the_second_record_lets_through_exactly_what_is_before_it(string side, int through)
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer($"cut-at a-b up records 2 {side}"));

        await pair.Client.SendAsync((byte[])[.. Record(23, 1), .. Record(20, 9), .. Record(23, 2), .. Record(23, 3)], ct);

        Assert.Equal(Record(23, 1), await ReadAsync(pair.Server, ct));
        Assert.Equal(Record(20, 9), await ReadAsync(pair.Server, ct));
        if (through == 2)
        {
            Assert.Equal(Record(23, 2), await ReadAsync(pair.Server, ct));
        }
        await AssertResetAsync(pair.Server, ct);
        await AssertResetAsync(pair.Client, ct);
        using var next = await ConnectAsync(ct);
        await next.Client.SendAsync(Record(23, 4), ct);
        Assert.Equal(Record(23, 4), await ReadAsync(next.Server, ct));
    }

    [Fact(Timeout = Limit)]
    public async Task A_cut_at_a_byte_lets_through_the_part_before_it()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer("cut-at a-b down bytes 10 after"));

        await pair.Server.SendAsync((byte[])[.. Record(23, 1), .. Record(23, 2)], ct);

        Assert.Equal(Record(23, 1), await ReadAsync(pair.Client, ct));
        Assert.Equal(Record(23, 2)[..2], await ReadAsync(pair.Client, ct, 2));
        await AssertResetAsync(pair.Client, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_held_waits_in_one_direction_only_and_goes_on_in_order()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer("hold a-b up"));

        await pair.Client.SendAsync(Record(23, 1), ct);
        await pair.Client.SendAsync(Record(23, 2), ct);
        await pair.Server.SendAsync(Record(23, 3), ct);

        Assert.Equal(Record(23, 3), await ReadAsync(pair.Client, ct));
        await Task.Delay(Quiet, TimeProvider.System, ct);
        Assert.Equal(0, pair.Server.Available);
        Assert.Equal("ok", _control.Answer("pass a-b"));
        Assert.Equal((byte[])[.. Record(23, 1), .. Record(23, 2)], await ReadAsync(pair.Server, ct, 16));
    }

    [Fact(Timeout = Limit)]
    public async Task A_reset_is_not_heard_where_nothing_goes_through()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer("hold a-b up"));

        pair.Client.LingerState = new LingerOption(true, 0);
        pair.Client.Dispose();

        var heard = pair.Server.ReceiveAsync(new byte[1], ct).AsTask();
        await Task.WhenAny(heard, Task.Delay(Quiet, TimeProvider.System, ct));
        Assert.False(heard.IsCompleted);
        Assert.Equal("ok", _control.Answer("pass a-b"));
        await Assert.ThrowsAsync<SocketException>(() => heard);
    }

    [Fact(Timeout = Limit)]
    public async Task A_link_that_is_cut_resets_what_is_there_and_what_comes_until_it_passes_again()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer("cut all"));

        await AssertResetAsync(pair.Client, ct);
        await AssertResetAsync(pair.Server, ct);
        using (var refused = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            // It depends on who is faster whether the connection is there for a moment.
            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                await refused.ConnectAsync(IPAddress.Loopback, _port, ct);
                await refused.ReceiveAsync(new byte[1], ct);
            });
        }
        Assert.Equal("ok", _control.Answer("pass all"));
        using var next = await ConnectAsync(ct);
        await next.Client.SendAsync(Record(23, 4), ct);
        Assert.Equal(Record(23, 4), await ReadAsync(next.Server, ct));
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_delayed_keeps_its_order()
    {
        var ct = TestContext.Current.CancellationToken;
        using var pair = await ConnectAsync(ct);
        Assert.Equal("ok", _control.Answer("delay a-b 20 20"));

        for (byte i = 0; i < 50; i++)
        {
            await pair.Client.SendAsync(Record(23, i), ct);
        }

        for (byte i = 0; i < 50; i++)
        {
            Assert.Equal(Record(23, i), await ReadAsync(pair.Server, ct));
        }
    }

    [Theory]
    [InlineData("cut b-a", "error no such link: b-a")]
    [InlineData("hold a-b sideways", "error up, down or both, not sideways")]
    [InlineData("cut-at a-b up records 2", "error not understood: cut-at a-b up records 2")]
    public void Words_that_are_not_understood_are_refused(string words, string answer) => Assert.Equal(answer, _control.Answer(words));

    private async Task<Pair> ConnectAsync(CancellationToken ct)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, _port, ct);
        return new Pair(client, await _server.AcceptSocketAsync(ct));
    }

    private static byte[] Record(byte type, byte content) => [type, 3, 3, 0, 3, content, content, content];

    private static async Task<byte[]> ReadAsync(Socket socket, CancellationToken ct, int count = 8)
    {
        using var stream = new NetworkStream(socket);
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }

    private static async Task AssertResetAsync(Socket socket, CancellationToken ct)
    {
        var reset = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveAsync(new byte[1], ct).AsTask());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    private sealed record Pair(Socket Client, Socket Server) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
