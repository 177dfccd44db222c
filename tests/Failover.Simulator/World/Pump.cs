using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Failover.Simulation;

/// <summary>
/// Runs a whole simulation on one thread and one clock. Work is done in the order in which it was posted; time moves only when nothing is left
/// to do at the present instant, and then to the next instant at which something happens. So every run is the same, and waiting costs nothing.
/// </summary>
internal sealed class Pump
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(90);

    private readonly ConcurrentQueue<Work> _work = new();
    private readonly PoolWatch _pool = new();
    private Exception? _failure;
    private int _doneAtThisInstant;

    private const int MostWorkAtOneInstant = 100_000;

    private readonly record struct Work(PumpContext Context, SendOrPostCallback Callback, object? State);

    private Pump() => Outside = new PumpContext(this, "outside");

    public SimulatedTime Time { get; } = new();

    /// <summary>The context of all that no agent does: validators, network, the test itself. It never dies.</summary>
    public PumpContext Outside { get; }

    /// <summary>Runs whenever time has moved: the world beside the agents moves.</summary>
    public Action Tick { get; set; } = () => { };

    /// <summary>When the world beside the agents has something to do next; null: nothing.</summary>
    public Func<TimeSpan?> NextTick { get; set; } = () => null;

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
        Task? running = null;
        Outside.Post(_ => running = body(this), null);
        DoAll();
        while (running is { IsCompleted: false })
        {
            if (Time.Now > Limit)
            {
                throw new TimeoutException($"the simulation did not end within {Limit}{Environment.NewLine}{Describe()}");
            }
            var next = Earlier(Time.Next, NextTick()) ?? throw new TimeoutException($"nothing will ever happen any more{Environment.NewLine}{Describe()}");
            SynchronizationContext.SetSynchronizationContext(Outside);
            _doneAtThisInstant = next > Time.Now ? 0 : _doneAtThisInstant;
            Time.AdvanceTo(next);
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

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

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
            if (++_doneAtThisInstant > MostWorkAtOneInstant)
            {
                throw new TimeoutException($"somebody works without end and time stands still{Environment.NewLine}{Describe()}");
            }
            if (work.Context.Parks(work.Callback, work.State))
            {
                continue;
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
