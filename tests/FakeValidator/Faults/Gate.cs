namespace FakeValidator.Faults;

/// <summary>A door that can be shut and opened; whoever comes while it is shut waits.</summary>
public sealed class Gate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _shut;
    private TaskCompletionSource? _arrival;

    public bool IsShut
    {
        get
        {
            lock (_lock)
            {
                return _shut is not null;
            }
        }
    }

    /// <summary>Shuts the door, and returns a task that completes when somebody stands before it.</summary>
    public Task Shut()
    {
        lock (_lock)
        {
            _shut ??= New();
            _arrival ??= New();
            return _arrival.Task;
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _shut?.TrySetResult();
            _shut = null;
            _arrival = null;
        }
    }

    public Task PassAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            _arrival?.TrySetResult();
            return _shut is null ? Task.CompletedTask : _shut.Task.WaitAsync(ct);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
