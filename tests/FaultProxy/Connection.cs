using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;

namespace FaultProxy;

/// <summary>One connection that is carried: from whoever connected (its way is <em>up</em>) to where the link leads, and back (<em>down</em>).</summary>
internal sealed class Connection(Socket client, Socket server, TimeProvider time) : IDisposable
{
    // More than anybody sends ahead here; a sender that is held for long is slowed down by it, as by a full window.
    private const int Waiting = 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelivery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _ending = new();
    private bool _disposed;

    private enum Kind
    {
        Record = 1,

        /// <summary>The sender has ended its side.</summary>
        End = 2,

        /// <summary>The sender is gone.</summary>
        Broken = 3,
    }

    private readonly record struct Item(Kind Kind, TlsRecord Record, long Due);

    /// <summary>Returns when both sides have ended, or the connection was reset.</summary>
    /// <returns>Whether a rule cut it.</returns>
    public async Task<bool> RunAsync(Flow up, Flow down, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token, stopping);
        var both = await Task.WhenAll(CarryAsync(client, server, up, either.Token), CarryAsync(server, client, down, either.Token));
        return both.Any(cut => cut);
    }

    /// <summary>Ends the connection for both sides at once, by a reset.</summary>
    public void Reset()
    {
        lock (_ending)
        {
            if (!_disposed)
            {
                client.LingerState = server.LingerState = new LingerOption(enable: true, seconds: 0);
                _ended.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (_ending)
        {
            _disposed = true;
            client.Dispose();
            server.Dispose();
            _ended.Dispose();
        }
    }

    private async Task<bool> CarryAsync(Socket from, Socket to, Flow flow, CancellationToken ct)
    {
        var queue = Channel.CreateBounded<Item>(Waiting);
        var reading = ReadAsync(from, flow, queue.Writer, ct);
        try
        {
            return await WriteAsync(to, flow, queue.Reader, ct);
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // Nobody to write to any more; whoever reads from there hears of it, and says so to the other side.
            return false;
        }
        finally
        {
            await reading;
        }
    }

    private async Task ReadAsync(Socket from, Flow flow, ChannelWriter<Item> queue, CancellationToken ct)
    {
        var due = 0L;
        try
        {
            Item item;
            do
            {
                item = await ReadAsync(from, ct);
                // Never before the one before it: a connection keeps its order.
                due = Math.Max(due, time.GetTimestamp() + (long)(flow.NextDelay().TotalSeconds * time.TimestampFrequency));
                await queue.WriteAsync(item with { Due = due }, ct);
            }
            while (item.Kind == Kind.Record);
            queue.Complete();
        }
        catch (OperationCanceledException)
        {
            queue.Complete();
        }
    }

    private static async Task<Item> ReadAsync(Socket from, CancellationToken ct)
    {
        try
        {
            return await TlsRecord.ReadAsync(from, ct) is { } record ? new Item(Kind.Record, record, 0) : new Item(Kind.End, default, 0);
        }
        catch (Exception end) when (end is SocketException or InvalidDataException)
        {
            return new Item(Kind.Broken, default, 0);
        }
    }

    /// <returns>Whether a rule cut the connection.</returns>
    private async Task<bool> WriteAsync(Socket to, Flow flow, ChannelReader<Item> queue, CancellationToken ct)
    {
        await foreach (var item in queue.ReadAllAsync(ct))
        {
            var wait = time.GetElapsedTime(time.GetTimestamp(), item.Due);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, ct);
            }
            await flow.OpenAsync(ct);
            switch (item.Kind)
            {
                case Kind.Record:
                    var passage = flow.Take(item.Record);
                    await SendAsync(to, item.Record.Bytes.AsMemory(0, passage.Bytes), ct);
                    if (!passage.Cut)
                    {
                        break;
                    }
                    await DeliveredAsync(to, ct);
                    Reset();
                    return true;
                case Kind.End:
                    to.Shutdown(SocketShutdown.Send);
                    return false;
                default:
                    Reset();
                    return false;
            }
        }
        return false;
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, ct)..];
        }
    }

    /// <summary>A reset takes back what the other kernel does not have yet, and the cut is to be behind the last byte that was let through.</summary>
    private async Task DeliveredAsync(Socket to, CancellationToken ct)
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int Unacknowledged = 24;
        var info = new byte[104];
        var began = time.GetTimestamp();
        do
        {
            _ = to.GetRawSocketOption(Tcp, TcpInfo, info);
            if (BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(Unacknowledged)) == 0)
            {
                return;
            }
            await Task.Delay(Look, time, ct);
        }
        while (time.GetElapsedTime(began) < LongestDelivery);
    }
}
