using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FakeCluster.World;
using FakeWire;

namespace FakeCluster.Wire;

/// <summary>Lets validators in other processes join over TCP.</summary>
public sealed class WireServer(ClusterWorld world, IPEndPoint address) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(address);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _links = [];
    private Task _accepting = Task.CompletedTask;

    public IPEndPoint Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
        return (IPEndPoint)_listener.LocalEndpoint;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_links);
        _listener.Dispose();
        _stopping.Dispose();
    }

    /// <summary>One validator's link, to its end. The stream may be anything.</summary>
    public static async Task ServeAsync(ClusterWorld world, Stream stream, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var connection = world.Connect();
        await using var link = new WireLink(stream);
        var sending = SendAsync(connection, link, ended.Token);
        try
        {
            while (await link.ReceiveAsync(ended.Token) is { } message)
            {
                connection.Send(message);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or JsonException or InvalidOperationException)
        {
            // The validator died, or speaks nonsense: either way the link is over, and the cluster goes on.
        }

        await ended.CancelAsync();
        await sending;
    }

    private static async Task SendAsync(ClusterConnection connection, WireLink link, CancellationToken ended)
    {
        try
        {
            await foreach (var message in connection.Inbox.ReadAllAsync(ended))
            {
                await link.SendAsync(message, ended);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The reading side notices as well, and ends the link.
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                client.NoDelay = true;
                _links.RemoveAll(link => link.IsCompleted);
                _links.Add(ServeAsync(world, client.GetStream(), _stopping.Token));
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
