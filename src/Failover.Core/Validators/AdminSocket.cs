using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// JSON-RPC 2.0 over the validator's admin socket (<c>&lt;ledger&gt;/admin.rpc</c>), one call at a time over one connection that is kept open.
/// <para>
/// A reply proves more than its own call: the validator handles the requests of one connection in their order, each to its end before the
/// next (all identity and voter methods run inline in one task). So once a later call is answered, an earlier one that ran out of time has
/// finished too, whatever became of it, and nothing of it is still to come. For this a call that times out leaves the connection open; its
/// late reply is recognised by its smaller number and dropped. Where the connection cannot be kept (what came is no reply, or a request
/// is half sent) it is told that no more requests come and read to its end before another one is opened: the validator works off what it
/// has, then closes. A connection that the validator closed itself has nothing pending either.
/// </para>
/// Thread-safe.
/// </summary>
public sealed partial class AdminSocket : IDisposable
{
    private readonly string _path;
    private readonly UnixDomainSocketEndPoint _endPoint;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private AdminConnection? _connection;
    private AdminConnection? _ending;
    private ulong _lastId;

    /// <param name="path">The socket's path; Linux allows 107 bytes.</param>
    /// <param name="timeout">For each call, waiting for an earlier one included.</param>
    /// <param name="time">For the deadlines only.</param>
    /// <param name="logger">Hears of late replies.</param>
    /// <exception cref="ArgumentException">The path is too long for a socket.</exception>
    public AdminSocket(string path, TimeSpan timeout, TimeProvider time, ILogger<AdminSocket> logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _path = path;
        _endPoint = new UnixDomainSocketEndPoint(path);
        _timeout = timeout;
        _time = time;
        _logger = logger;
    }

    /// <summary>
    /// The reply, an error that the validator answered included. <paramref name="parameters"/> writes the elements of the array, null sends none.
    /// Cancelling is a deadline like the socket's own.
    /// </summary>
    /// <exception cref="ValidatorException">
    /// No reply. <see cref="Effect.None"/> when the validator cannot have seen the whole request, <see cref="Effect.Unknown"/> after it was sent.
    /// </exception>
    public async Task<AdminReply> CallAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _oneAtATime.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            throw NoAnswer(Effect.None, method, "an earlier call is still waiting for its answer", e);
        }
        try
        {
            var id = ++_lastId;
            var connection = await SendAsync(method, Request(method, parameters, id), deadline.Token);
            return await ReceiveAsync(connection, method, id, deadline.Token);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>As <see cref="CallAsync"/>, and an answered error is thrown too, by what it says about the call's effect.</summary>
    public async Task<JsonElement> AskAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken ct)
    {
        var reply = await CallAsync(method, parameters, ct);
        return reply.Error is { } error ? throw AdminErrors.ToException(method, error) : reply.Result;
    }

    /// <summary>Closes the connection. What was asked and not answered may still be carried out.</summary>
    public void Dispose()
    {
        _connection?.Dispose();
        _ending?.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task<AdminConnection> SendAsync(string method, ReadOnlyMemory<byte> request, CancellationToken deadline)
    {
        var reopened = false;
        while (true)
        {
            var connection = await ConnectAsync(method, deadline);
            if (deadline.IsCancellationRequested)
            {
                throw NoAnswer(Effect.None, method, "the time was up before it was sent", null);
            }
            try
            {
                await connection.SendAsync(request, deadline);
                return connection;
            }
            catch (OperationCanceledException e)
            {
                // How much of it is on its way is not told, and nothing can follow half a request.
                End(connection);
                throw NoAnswer(Effect.Unknown, method, "the validator did not take the whole request in time", e);
            }
            catch (SocketException e)
            {
                // The validator has closed its side, so it will never have the whole of this request: it was restarted, or it is ending.
                Drop(connection);
                if (reopened)
                {
                    throw NoAnswer(Effect.None, method, "the validator closes each connection", e);
                }
                reopened = true;
            }
        }
    }

    private async Task<AdminConnection> ConnectAsync(string method, CancellationToken deadline)
    {
        try
        {
            if (_ending is { } ending)
            {
                await ending.DrainAsync(deadline);
                ending.Dispose();
                _ending = null;
            }
            if (_connection is { IsOver: true } over)
            {
                Drop(over);
            }
            return _connection ??= await AdminConnection.OpenAsync(_endPoint, deadline);
        }
        catch (OperationCanceledException e)
        {
            var what = _ending is null ? "the validator did not accept a connection in time" : "an earlier connection has not come to its end yet";
            throw NoAnswer(Effect.None, method, what, e);
        }
        catch (SocketException e)
        {
            throw e.SocketErrorCode switch
            {
                // This is what .NET makes of a path that does not exist.
                SocketError.AddressNotAvailable => new ValidatorException(
                    Effect.None, ValidatorFailure.NotRunning, $"{method} was not sent: no validator runs here ({_path} does not exist)", e),
                SocketError.ConnectionRefused => new ValidatorException(
                    Effect.None, ValidatorFailure.NotRunning, $"{method} was not sent: no validator listens on {_path} ({e.Message})", e),
                SocketError.AccessDenied => new ValidatorException(
                    Effect.None, ValidatorFailure.NotPermitted,
                    $"{method} was not sent: {_path} may not be opened ({e.Message}); run the agent as the validator's user or as root", e),
                _ => NoAnswer(Effect.None, method, $"{_path} cannot be connected to ({e.Message})", e),
            };
        }
    }

    private async Task<AdminReply> ReceiveAsync(AdminConnection connection, string method, ulong id, CancellationToken deadline)
    {
        try
        {
            while (true)
            {
                var reply = await connection.ReadReplyAsync(deadline);
                if (reply.Id == id)
                {
                    return reply;
                }
                if (reply.Id > id)
                {
                    throw new InvalidDataException($"a reply is for call {reply.Id}, which was never made");
                }
                LogLateReply(reply.Id, reply.Error?.Message ?? "done");
            }
        }
        catch (OperationCanceledException e)
        {
            throw NoAnswer(Effect.Unknown, method, "no answer in time", e);
        }
        catch (InvalidDataException e)
        {
            End(connection);
            throw NoAnswer(Effect.Unknown, method, e.Message, e);
        }
        catch (IOException e)
        {
            Drop(connection);
            throw NoAnswer(Effect.Unknown, method, e.Message, e);
        }
    }

    private void End(AdminConnection connection)
    {
        connection.EndRequests();
        _ending = connection;
        _connection = null;
    }

    private void Drop(AdminConnection connection)
    {
        connection.Dispose();
        _connection = null;
    }

    // As the official client writes it: compact, members in this order, no parameters as null.
    private static ReadOnlyMemory<byte> Request(string method, Action<Utf8JsonWriter>? parameters, ulong id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteString("method", method);
            if (parameters is null)
            {
                json.WriteNull("params");
            }
            else
            {
                json.WriteStartArray("params");
                parameters(json);
                json.WriteEndArray();
            }
            json.WriteNumber("id", id);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private ValidatorException NoAnswer(Effect effect, string method, string what, Exception? inner) =>
        new(effect, ValidatorFailure.NoAnswer, $"{method} over {_path}: {what}", inner);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer to admin call {Id} came after its deadline: {Answer}")]
    private partial void LogLateReply(ulong id, string answer);
}
