using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Failover.Tests.Disks;

namespace Failover.Tests.Validators;

/// <summary>The server side of an admin socket, told by the test what to say and when. One connection at a time.</summary>
internal sealed class AdminServer : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StringBuilder _received = new();
    private Socket? _client;

    public AdminServer(bool listens = true, int backlog = 8)
    {
        if (listens)
        {
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen(backlog);
        }
    }

    public string Path => _folder["admin.rpc"];

    public int Accepted { get; private set; }

    public Socket Client => _client ?? throw new InvalidOperationException("nobody has connected");

    public async Task AcceptAsync(CancellationToken ct)
    {
        _client?.Dispose();
        _received.Clear();
        _client = await _listener.AcceptAsync(ct);
        Accepted++;
    }

    /// <summary>The next request as it was sent, without its line feed; accepts a connection when there is none. Null at the end.</summary>
    public async Task<string?> ReceiveAsync(CancellationToken ct)
    {
        if (_client is null)
        {
            await AcceptAsync(ct);
        }
        var buffer = new byte[4096];
        int end;
        while ((end = _received.ToString().IndexOf('\n', StringComparison.Ordinal)) < 0)
        {
            var read = await Client.ReceiveAsync(buffer, ct);
            if (read == 0)
            {
                return null;
            }
            _received.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        var request = _received.ToString(0, end);
        _received.Remove(0, end + 1);
        return request;
    }

    public Task SendAsync(string text, CancellationToken ct) => SendAsync(Encoding.UTF8.GetBytes(text), ct);

    public async Task SendAsync(byte[] bytes, CancellationToken ct)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await Client.SendAsync(bytes.AsMemory(sent), ct);
        }
    }

    public void Close()
    {
        // Disposing alone is seen late when another test starts a process just now: until it has become its program it holds the socket too.
        _client?.Shutdown(SocketShutdown.Both);
        _client?.Dispose();
        _client = null;
    }

    /// <summary>Answers each request by what the function says of its method and parameters, until the client closes; returns what was asked.</summary>
    public async Task<List<string>> AnswerAsync(Func<string, JsonElement, string> answer, CancellationToken ct)
    {
        List<string> asked = [];
        while (await ReceiveAsync(ct) is { } request)
        {
            using var document = JsonDocument.Parse(request);
            var root = document.RootElement;
            asked.Add(request);
            var body = answer(root.GetProperty("method").GetString()!, root.GetProperty("params"));
            await SendAsync($$"""{"jsonrpc":"2.0",{{body}},"id":{{root.GetProperty("id").GetUInt64()}}}""" + "\n", ct);
        }
        return asked;
    }

    public static string Result(string json) => $"\"result\":{json}";

    public static string Error(int code, string message) =>
        $$"""
        "error":{"code":{{code}},"message":"{{JsonEncodedText.Encode(message)}}"}
        """;

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
        _folder.Dispose();
    }
}
