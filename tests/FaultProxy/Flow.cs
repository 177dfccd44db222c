namespace FaultProxy;

/// <summary>What <see cref="CutRule.At"/> counts.</summary>
public enum CutUnit
{
    Unknown = 0,
    Records = 1,
    Bytes = 2,
}

/// <summary>Where to cut: when so many have gone through since the count began, or before the last of them.</summary>
/// <param name="At">From 1 on.</param>
/// <param name="Through">Whether the one that the cut is at still goes through. Bytes always do.</param>
public sealed record CutRule(CutUnit Unit, long At, bool Through);

/// <summary>How much of a record goes through, and whether the connection is cut then.</summary>
public readonly record struct Passage(int Bytes, bool Cut);

/// <summary>One direction of a link, whichever connections it has: what is done to what goes there, and the count of it.</summary>
public sealed class Flow
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _held;
    private CutRule? _cut;
    private TimeSpan _delay;
    private TimeSpan _jitter;

    /// <summary>Records of application data since <see cref="Count"/>.</summary>
    public long Records { get; private set; }

    /// <summary>Bytes of everything since <see cref="Count"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>Nothing goes through; what comes meanwhile waits, as it does in the sender's memory when packets are lost.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Delay(TimeSpan delay, TimeSpan jitter)
    {
        lock (_lock)
        {
            (_delay, _jitter) = (delay, jitter);
        }
    }

    /// <summary>Cuts the connection that comes there, once. Counts from now.</summary>
    public void CutAt(CutRule rule)
    {
        lock (_lock)
        {
            Count();
            _cut = rule;
        }
    }

    /// <summary>Counts from now.</summary>
    public void Count()
    {
        lock (_lock)
        {
            (Records, Bytes) = (0, 0);
        }
    }

    /// <summary>No fault any more. What was held goes on, in order.</summary>
    public void Pass()
    {
        lock (_lock)
        {
            (_cut, _delay, _jitter) = (null, TimeSpan.Zero, TimeSpan.Zero);
            _held?.SetResult();
            _held = null;
        }
    }

    /// <summary>Completes when nothing holds this direction.</summary>
    public Task OpenAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            return _held?.Task.WaitAsync(ct) ?? Task.CompletedTask;
        }
    }

    /// <summary>How long what comes now is under way.</summary>
    public TimeSpan NextDelay()
    {
        lock (_lock)
        {
            return _delay + (_jitter * ((2 * Random.Shared.NextDouble()) - 1));
        }
    }

    /// <summary>Counts the record, and says what becomes of it.</summary>
    public Passage Take(TlsRecord record)
    {
        lock (_lock)
        {
            var before = Bytes;
            Bytes += record.Bytes.Length;
            Records += record.IsApplicationData ? 1 : 0;
            switch (_cut)
            {
                case { Unit: CutUnit.Records } rule when record.IsApplicationData && Records == rule.At:
                    _cut = null;
                    return new Passage(rule.Through ? record.Bytes.Length : 0, Cut: true);
                case { Unit: CutUnit.Bytes } rule when Bytes >= rule.At:
                    _cut = null;
                    return new Passage((int)(rule.At - before), Cut: true);
                default:
                    return new Passage(record.Bytes.Length, Cut: false);
            }
        }
    }
}
