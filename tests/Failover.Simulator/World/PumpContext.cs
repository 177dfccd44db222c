namespace Failover.Simulation;

/// <summary>What one simulated process runs on. When it dies, whatever its code was about to do next is never done.</summary>
internal sealed class PumpContext(Pump pump, string name, bool isAgent = false) : SynchronizationContext
{
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(SendOrPostCallback Callback, object? State)> _parked = [];
    private bool _paused;

    public string Name => name;

    public bool IsAgent => isAgent;

    public bool Dead { get; private set; }

    /// <summary>Completes when the process dies.</summary>
    public Task Died => _died.Task;

    /// <summary>Whose code runs right now.</summary>
    public static new PumpContext? Current => SynchronizationContext.Current as PumpContext;

    /// <summary>The process is stopped, as by SIGSTOP: time goes on, its code does not.</summary>
    public void Pause() => _paused = true;

    public void Resume()
    {
        _paused = false;
        foreach (var (callback, state) in _parked)
        {
            Post(callback, state);
        }
        _parked.Clear();
    }

    /// <summary>True when the process is paused and will do the work later.</summary>
    public bool Parks(SendOrPostCallback callback, object? state)
    {
        if (_paused)
        {
            _parked.Add((callback, state));
        }
        return _paused;
    }

    public void Die()
    {
        Dead = true;
        _died.TrySetResult();
    }

    /// <summary>The rest of a dead process's last piece of code must not touch anything.</summary>
    public static void RequireAlive()
    {
        if (Current is { Dead: true })
        {
            throw new ProcessDiedException();
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => pump.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nothing may wait for the pump");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs the code in this context; the task is the caller's, and fails when this process dies first.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> code)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => _ = TransferAsync(), null);
        var first = await Task.WhenAny(result.Task, Died);
        return first == result.Task ? await result.Task : throw new ProcessDiedException();

        async Task TransferAsync()
        {
            try
            {
                result.SetResult(await code());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        }
    }
}

/// <summary>A simulated process ended in the middle of what it did.</summary>
internal sealed class ProcessDiedException() : Exception("the process has died");
