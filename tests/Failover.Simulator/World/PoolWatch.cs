namespace Failover.Simulation;

/// <summary>
/// Tells when the thread pool has nothing to do. A simulation must be alone in the process for that (in a test run: <c>SimulationCollection</c>); threads that are
/// busy all the time are taken as part of the furniture.
/// </summary>
internal sealed class PoolWatch
{
    private static readonly int MostThreads = ReadMost();

    // With one thread in the pool there is no furniture: whoever is busy comes to its end, however long the machine lets it wait for its turn.
    private static readonly bool Alone = MostThreads == 1;

    // Of real time: a machine that is busy with other things may leave a pool thread waiting for its turn for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Alone ? 120 : 2);

    private int _furniture;

    public void WaitUntilIdle()
    {
        var least = int.MaxValue;
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            // In this order: what is taken from the queue after the first look is seen as a busy thread, and what that thread queues before it is idle is seen by the last look.
            var queued = ThreadPool.PendingWorkItemCount;
            var busy = Busy();
            if (queued == 0 && busy <= _furniture && ThreadPool.PendingWorkItemCount == 0)
            {
                _furniture = busy;
                return;
            }
            least = Math.Min(least, busy);
            Thread.Yield();
        }
        if (Alone)
        {
            throw new TimeoutException($"the pool's only thread has been busy for {Patience.TotalSeconds:0} s");
        }
        _furniture = least;
    }

    private static int Busy()
    {
        ThreadPool.GetAvailableThreads(out var available, out _);
        return MostThreads - available;
    }

    private static int ReadMost()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        return most;
    }
}
