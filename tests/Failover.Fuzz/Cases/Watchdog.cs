namespace Failover.Fuzzing.Cases;

/// <summary>Says which case hangs. It cannot end it: whoever listens ends the process or gives the test up.</summary>
internal sealed class Watchdog : IDisposable
{
    // Far beyond the slowest case on the busiest machine.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _begun;
    private long _number;

    public Watchdog(TimeProvider time, Action<long> onHang)
    {
        _time = time;
        _begun = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Look(onHang), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Begin(long number)
    {
        Volatile.Write(ref _number, number);
        Volatile.Write(ref _begun, _time.GetTimestamp());
    }

    public void Dispose() => _timer.Dispose();

    private void Look(Action<long> onHang)
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _begun)) > Limit)
        {
            _timer.Dispose();
            onHang(Volatile.Read(ref _number));
        }
    }
}
