using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Failover.Validators;

/// <summary>
/// One connection to the admin socket. The validator cuts requests where their brackets close, and ends each reply with one line feed
/// (jsonrpc-core 18's stream codec); it never speaks unasked. A cancelled read loses nothing: the next one goes on where it stopped.
/// </summary>
internal sealed class AdminConnection : IDisposable
{
    /// <summary>Far above every reply that is asked for here (contactInfo has some 600 bytes).</summary>
    public const int LongestLine = 1024 * 1024;

    private readonly Socket _socket;
    private readonly PipeReader _reader;

    private AdminConnection(Socket socket)
    {
        _socket = socket;
        _reader = PipeReader.Create(new NetworkStream(socket, ownsSocket: true));
    }

    /// <exception cref="SocketException">Nobody listens, or not for us.</exception>
    public static async Task<AdminConnection> OpenAsync(UnixDomainSocketEndPoint endPoint, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, ct);
            return new AdminConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the validator has closed its side and no late reply is left to read: seen without waiting.</summary>
    public bool IsOver => _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;

    /// <summary>Hands the whole request to the kernel. A cancelled send leaves an unknown part of it there.</summary>
    /// <exception cref="SocketException">The validator has closed its side.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> request, CancellationToken ct) => await _socket.SendAsync(request, SocketFlags.None, ct);

    /// <summary>The next reply.</summary>
    /// <exception cref="EndOfStreamException">The validator closed the connection.</exception>
    /// <exception cref="InvalidDataException">What came is no reply.</exception>
    public async Task<AdminReply> ReadReplyAsync(CancellationToken ct)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(ct);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end && buffer.Slice(0, end).Length <= LongestLine)
            {
                var good = AdminReply.TryParse(buffer.Slice(0, end), out var reply, out var wrong);
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return good ? reply! : throw new InvalidDataException($"a reply cannot be understood: {wrong}");
            }
            var length = buffer.Length;
            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (length > LongestLine)
            {
                throw new InvalidDataException($"a reply is longer than {LongestLine} bytes");
            }
            if (read.IsCompleted)
            {
                throw new EndOfStreamException(
                    length == 0 ? "the validator closed the connection" : "the validator closed the connection within a reply");
            }
        }
    }

    /// <summary>Says that no more requests will come. The validator finishes those it has, then closes.</summary>
    public void EndRequests()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Closed from the other side already, which is all that is wanted.
        }
    }

    /// <summary>Throws away whatever comes until the validator closes: after that nothing asked here is still pending.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await _reader.ReadAsync(ct);
            }
            catch (IOException)
            {
                return;
            }
            _reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    public void Dispose() => _reader.Complete();
}
