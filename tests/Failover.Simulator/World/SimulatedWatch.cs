using Failover.Disks;

namespace Failover.Simulation;

/// <summary>Says what the real watch says: renames onto and away from, and removals of, names that start with the prefix.</summary>
internal sealed class SimulatedWatch(string prefix, Action<SimulatedWatch> dispose) : IFolderWatch
{
    private TaskCompletionSource? _waiting;
    private bool _changed;
    private bool _disposed;

    public void Changed(string path)
    {
        if (path.StartsWith(prefix, StringComparison.Ordinal))
        {
            _changed |= !(_waiting?.TrySetResult() ?? false);
            _waiting = null;
        }
    }

    public async Task NextAsync(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_changed)
        {
            _changed = false;
            return;
        }
        var waiting = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (ct.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiting))
        {
            await waiting.Task;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        dispose(this);
        _waiting?.TrySetException(new ObjectDisposedException(nameof(SimulatedWatch)));
    }
}
