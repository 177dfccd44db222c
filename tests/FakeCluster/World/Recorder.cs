using FakeCluster.Oracle;

namespace FakeCluster.World;

/// <summary>Stamps what happens and hands it to the oracle and the log, in one order.</summary>
public sealed class Recorder
{
    private readonly TimeProvider _time;
    private readonly SafetyOracle _oracle;
    private readonly EventLog? _log;
    private readonly DateTimeOffset _began;
    private readonly long _beganStamp;

    public Recorder(TimeProvider time, SafetyOracle oracle, EventLog? log)
    {
        (_time, _oracle, _log) = (time, oracle, log);
        _began = time.GetUtcNow();
        _beganStamp = time.GetTimestamp();
    }

    /// <summary>Wall time at the start, and from there the monotonic clock: a clock step must not lengthen a vote gap.</summary>
    public DateTimeOffset Now => _began + _time.GetElapsedTime(_beganStamp);

    public void Record(Observation observation)
    {
        _oracle.Observe(observation);
        _log?.Write(observation);
    }
}
