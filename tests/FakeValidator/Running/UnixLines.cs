using System.Net.Sockets;
using System.Text;

namespace FakeValidator.Running;

/// <summary>A server of text lines on a Unix socket: one answer a line.</summary>
public static class UnixLines
{
    /// <summary>Serves for ever. <paramref name="session"/> is called for each connection, with a reader and a writer that flushes.</summary>
    public static async Task ServeAsync(string path, Func<StreamReader, StreamWriter, CancellationToken, Task> session, CancellationToken stopping)
    {
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        while (true)
        {
            var client = await listener.AcceptAsync(stopping);
            _ = ServeOneAsync(client, session, stopping);
        }
    }

    /// <summary>Connects as a client.</summary>
    public static async Task<(StreamReader Reader, StreamWriter Writer)> ConnectAsync(string path, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
        return Open(new NetworkStream(socket, ownsSocket: true));
    }

    private static async Task ServeOneAsync(Socket client, Func<StreamReader, StreamWriter, CancellationToken, Task> session, CancellationToken stopping)
    {
        using var stream = new NetworkStream(client, ownsSocket: true);
        var (reader, writer) = Open(stream);
        try
        {
            await session(reader, writer, stopping);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // The client went away.
        }
    }

    private static (StreamReader, StreamWriter) Open(Stream stream)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return (new StreamReader(stream, utf8), new StreamWriter(stream, utf8) { AutoFlush = true, NewLine = "\n" });
    }
}
