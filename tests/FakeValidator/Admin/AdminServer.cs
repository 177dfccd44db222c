using System.Net.Sockets;
using System.Text;
using FakeValidator.Faults;
using FakeValidator.Logs;

namespace FakeValidator.Admin;

/// <summary>
/// The Unix socket <c>admin.rpc</c> in the ledger folder. All calls of all connections run one after another in one task, as in the real
/// one: a call that hangs hangs everybody.
/// </summary>
public sealed class AdminServer(string ledger, JsonRpcEnvelope envelope, FaultSet faults, AgaveLog log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly string _path = Path.Combine(Path.GetFullPath(ledger), "admin.rpc");
    private Socket? _listener;

    public string SocketPath => _path;

    /// <summary>Removes a left-over socket, binds, and makes it the owner's. When that fails the validator runs without it.</summary>
    public void Bind()
    {
        if (File.Exists(_path))
        {
            File.Delete(_path);
            log.Warn("jsonrpc_ipc_server::server", $"Removed existing file '{_path}'.");
        }
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(_path));
            Platform.KeepForOwner(_path);
            listener.Listen(backlog: 1024);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            listener.Dispose();
            log.Warn(AgaveLog.Admin, $"Unable to start admin rpc service: {failure.Message}");
            return;
        }
        _listener = listener;
        log.Info(AgaveLog.Admin, "started admin rpc service!");
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (_listener is { } listener)
        {
            var client = await listener.AcceptAsync(stopping);
            _ = ServeAsync(client, stopping);
        }
    }

    /// <summary>A clean exit removes the socket; a crash leaves it.</summary>
    public void Dispose()
    {
        _listener?.Dispose();
        _listener = null;
        File.Delete(_path);
        _turn.Dispose();
    }

    private async Task ServeAsync(Socket client, CancellationToken stopping)
    {
        using var stream = new NetworkStream(client, ownsSocket: true);
        var scanner = new RequestScanner();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, stopping) is > 0 and var read)
            {
                if (faults.SilentSocket)
                {
                    continue;
                }
                scanner.Append(buffer.AsSpan(0, read));
                while (scanner.Next() is { } message)
                {
                    if (await AnswerAsync(message, stopping) is { } reply)
                    {
                        await stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\n"), stopping);
                    }
                }
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ReplyWithheldException or ProcessEndedException)
        {
            // The client went away, the process ends, or the reply is withheld: the connection closes without a word.
        }
    }

    private async Task<string?> AnswerAsync(string message, CancellationToken stopping)
    {
        await _turn.WaitAsync(stopping);
        try
        {
            return await envelope.AnswerAsync(message, stopping);
        }
        finally
        {
            _turn.Release();
        }
    }
}
