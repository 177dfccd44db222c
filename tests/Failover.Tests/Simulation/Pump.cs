using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Simulation;

/// <summary>
/// Runs a whole simulation on one thread and one clock. Work is done in the order in which it was posted; time moves, by one step, only when nothing is left
/// to do at the present instant. So every run is the same, and waiting costs nothing.
/// </summary>
internal sealed class Pump
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private readonly ConcurrentQueue<Work> _work = new();
    private readonly PoolWatch _pool = new();
    private Exception? _failure;

    private readonly record struct Work(PumpContext Context, SendOrPostCallback Callback, object? State);

    private Pump() => Outside = new PumpContext(this, "outside");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The context of all that no agent does: validators, network, the test itself. It never dies.</summary>
    public PumpContext Outside { get; }

    public TimeSpan Step { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs after each step of time: the world beside the agents moves.</summary>
    public Action Tick { get; set; } = () => { };

    /// <summary>Runs after each piece of work; throws when something must never be as it is.</summary>
    public Action Check { get; set; } = () => { };

    /// <summary>What happened last, for an error message.</summary>
    public Func<string> Describe { get; set; } = () => "";

    /// <summary>Ends the simulation with what must never be.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Runs the body to its end on a thread of its own.</summary>
    public static Task RunAsync(Func<Pump, Task> body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                new Pump().Run(body);
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        { IsBackground = true, Name = "simulation" }.Start();
        return done.Task;
    }

    public void Post(PumpContext context, SendOrPostCallback callback, object? state) => _work.Enqueue(new Work(context, callback, state));

    private void Run(Func<Pump, Task> body)
    {
        var began = Time.GetTimestamp();
        Task? running = null;
        Outside.Post(_ => running = body(this), null);
        DoAll();
        while (running is { IsCompleted: false })
        {
            if (Time.GetElapsedTime(began) > Limit)
            {
                throw new TimeoutException($"the simulation did not end within {Limit}{Environment.NewLine}{Describe()}");
            }
            SynchronizationContext.SetSynchronizationContext(Outside);
            Time.Advance(Step);
            DoAll();
            SynchronizationContext.SetSynchronizationContext(Outside);
            Tick();
            CheckAll();
            DoAll();
        }
        if (running!.Exception is { } failed)
        {
            ExceptionDispatchInfo.Throw(failed.InnerException!);
        }
    }

    private void CheckAll()
    {
        Check();
        if (_failure is { } failure)
        {
            throw failure;
        }
    }

    private void DoAll()
    {
        while (true)
        {
            // The framework sends some completions through the thread pool; their work must arrive before time may move.
            _pool.WaitUntilIdle();
            if (!_work.TryDequeue(out var work))
            {
                return;
            }
            if (!work.Context.Dead)
            {
                SynchronizationContext.SetSynchronizationContext(work.Context);
                work.Callback(work.State);
                CheckAll();
            }
        }
    }
}
