namespace Failover.Protocol.Clients;

/// <summary>
/// Reads and writes of one duplex stream that outlive the caller's patience: gRPC tears the whole call down when a read or a write is
/// cancelled, so a cancelled wait leaves the operation running, and the next one takes it up. Writes may come from several tasks at once.
/// </summary>
internal sealed class PeerStream<TIn, TOut>(Func<Task<TIn?>> read, Func<TOut, Task> write)
    where TIn : class
{
    private readonly Lock _lock = new();
    private Task<TIn?>? _reading;
    private Task _writing = Task.CompletedTask;

    /// <summary>Null at the orderly end. A message is never lost by a cancelled wait.</summary>
    public async Task<TIn?> ReadAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        _reading ??= read();
        var message = await _reading.WaitAsync(ct);
        _reading = null;
        return message;
    }

    /// <summary>When the wait is cancelled the message may still be sent. Messages are sent in the order of the calls.</summary>
    public Task WriteAsync(TOut message, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _writing = AfterAsync(_writing, message);
            return _writing.WaitAsync(ct);
        }
    }

    // After a write that failed every further one fails as well, with the same error.
    private async Task AfterAsync(Task before, TOut message)
    {
        await before;
        await write(message);
    }
}
