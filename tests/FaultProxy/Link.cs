using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FaultProxy;

/// <summary>A way from one machine to another, with everything that can happen on it. Faults stay until <see cref="Pass"/>, unless said otherwise.</summary>
public sealed class Link(string name, IPEndPoint listen, string host, int port, TimeProvider time)
{
    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private volatile bool _cut;
    private int _cuts;

    public string Name => name;

    /// <summary>From who connects to where the link leads.</summary>
    public Flow Up { get; } = new();

    public Flow Down { get; } = new();

    /// <summary>How many connections <see cref="Flow.CutAt"/> has cut.</summary>
    public int Cuts => _cuts;

    /// <summary>Reads <c>NAME=PORT=HOST:PORT</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Link Parse(string words, TimeProvider time) =>
        words.Split('=', ':') is [var name, var listen, var host, var port]
            ? new Link(name, new IPEndPoint(IPAddress.Any, int.Parse(listen, CultureInfo.InvariantCulture)), host, int.Parse(port, CultureInfo.InvariantCulture), time)
            : throw new FormatException($"a link is NAME=PORT=HOST:PORT, not {words}");

    /// <summary>Every connection is reset, and every new one too.</summary>
    public void Cut()
    {
        _cut = true;
        Reset();
    }

    /// <summary>Every connection is reset, once.</summary>
    public void Reset()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    public void Pass()
    {
        _cut = false;
        Up.Pass();
        Down.Pass();
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(listen);
        listener.Listen();
        while (true)
        {
            _ = CarryAsync(await listener.AcceptAsync(stopping), stopping);
        }
    }

    private async Task CarryAsync(Socket client, CancellationToken stopping)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using var connection = new Connection(client, server, time);
        try
        {
            if (_cut)
            {
                connection.Reset();
                return;
            }
            // Where a way is held, nobody learns that somebody wants to connect.
            await Task.WhenAll(Up.OpenAsync(stopping), Down.OpenAsync(stopping));
            await server.ConnectAsync(host, port, stopping);
            _connections.TryAdd(connection, true);
            if (_cut)
            {
                connection.Reset();
            }
            if (await connection.RunAsync(Up, Down, stopping))
            {
                Interlocked.Increment(ref _cuts);
            }
        }
        catch (SocketException)
        {
            connection.Reset(); // Nobody is there.
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }
}
