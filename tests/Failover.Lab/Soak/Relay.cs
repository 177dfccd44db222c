using System.Net;
using System.Net.Sockets;

namespace Failover.Lab.Soak;

/// <summary>Passes bytes on between one agent and another, and can cut what it passes.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IPEndPoint _to;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];

    public Relay(int port, int to)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _to = new IPEndPoint(IPAddress.Loopback, to);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Every connection ends here and now; the next ones are passed on again.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (var socket in _open)
            {
                socket.Close(timeout: 0);
            }
            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = PassAsync(await _listener.AcceptSocketAsync(_ending.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException && _ending.IsCancellationRequested)
        {
            // The relay ends.
        }
    }

    private async Task PassAsync(Socket near)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        try
        {
            lock (_lock)
            {
                _open.UnionWith([near, far]);
            }
            await far.ConnectAsync(_to, _ending.Token);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The agent there is down, or the connection was cut.
        }
        finally
        {
            lock (_lock)
            {
                _open.ExceptWith([near, far]);
            }
            near.Dispose();
        }
    }

    /// <summary>Returns when either side has ended, however.</summary>
    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var length)
            {
                for (var sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), _ending.Token);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut, or the other side is gone.
        }
    }
}
