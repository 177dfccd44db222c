namespace Failover.Protocol.Clients;

/// <summary>
/// Reads and writes of one duplex stream that outlive the caller's patience: gRPC tears the whole call down when a read or a write is
/// cancelled, so a cancelled wait leaves the operation running, and the next one takes it up.
/// </summary>
internal sealed class PeerStream<TIn, TOut>(Func<Task<TIn?>> read, Func<TOut, Task> write)
    where TIn : class
{
    private Task<TIn?>? _reading;
    private Task _writing = Task.CompletedTask;

    /// <summary>Null at the orderly end. A message is never lost by a cancelled wait.</summary>
    public async Task<TIn?> ReadAsync(CancellationToken ct)
    {
        _reading ??= read();
        var message = await _reading.WaitAsync(ct);
        _reading = null;
        return message;
    }

    /// <summary>When the wait is cancelled the message may still be sent.</summary>
    public async Task WriteAsync(TOut message, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        _writing = write(message);
        await _writing.WaitAsync(ct);
    }
}
