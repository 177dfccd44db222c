using Failover.Agents;
using Failover.Handoff;

namespace Failover.Simulation;

/// <summary>A question on its way to a peer; answers travel as <see cref="WithdrawReply"/>.</summary>
internal sealed record WithdrawRequest(HandoffOrder Order);

internal sealed record WithdrawReply(HandoffOrder Order, TargetAnswer Answer);

/// <summary>Somebody asks for, or gets, the next line of a timeline.</summary>
internal sealed record FollowRequest;

/// <summary>What becomes of a message.</summary>
internal enum Fate
{
    Arrives = 0,

    /// <summary>It does not arrive, and the link it was on breaks.</summary>
    CutBefore,

    /// <summary>It arrives, and the link it was on breaks.</summary>
    CutAfter,

    /// <summary>It never arrives, and nobody is told.</summary>
    Vanishes,
}

/// <summary>What lies between the agents.</summary>
internal sealed class SimulatedNetwork(Pump pump, Action<string> trace)
{
    private readonly List<InFlight> _inFlight = [];
    private readonly Dictionary<string, long> _lastDue = [];
    private readonly HashSet<string> _unreachable = [];
    private readonly Dictionary<(string From, string To), TimeSpan> _cuts = [];

    // After so long without a sign of life a transport gives up.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private readonly List<SimulatedLink> _links = [];

    private sealed record InFlight(long Due, Action Arrive);

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Decides the fate of each message, by its sender.</summary>
    public Func<string, object, Fate> Fates { get; set; } = (_, _) => Fate.Arrives;

    /// <summary>Changes a message on its way, by its sender: what a faulty or foreign peer may say.</summary>
    public Func<string, PeerMessage, PeerMessage> Replaces { get; set; } = (_, message) => message;

    /// <summary>What a message takes longer than the latency, by its sender.</summary>
    public Func<string, object, TimeSpan> Delays { get; set; } = (_, _) => TimeSpan.Zero;

    /// <summary>Called with each message and its sender before it goes.</summary>
    public Action<string, object> Sending { get; set; } = (_, _) => { };

    /// <summary>How long a send holds the link, e.g. because its window is full.</summary>
    public TimeSpan SendTime { get; set; }

    public void Isolate(string node)
    {
        trace($"{node} is cut off from the other agents");
        _unreachable.Add(node);
        BreakLinksOf(node);
    }

    public void Rejoin(string node) => _unreachable.Remove(node);

    /// <summary>What one says does not reach the other, who is not told, until the instant.</summary>
    public void Cut(string from, string to, TimeSpan until)
    {
        trace($"nothing from {from} reaches {to}");
        _cuts[(from, to)] = until;
    }

    public void Heal()
    {
        _unreachable.Clear();
        _cuts.Clear();
    }

    public void BreakLinksOf(string node)
    {
        foreach (var link in _links.Where(link => link.Joins(node)).ToList())
        {
            link.Break();
            _links.Remove(link);
        }
    }

    public SimulatedLink Join(string opener, string server)
    {
        RequireReachable(opener, server);
        var link = new SimulatedLink(this, opener, server);
        _links.Add(link);
        return link;
    }

    public void RequireReachable(string from, string to)
    {
        if (_unreachable.Contains(from) || _unreachable.Contains(to))
        {
            throw new AgentUnreachableException(to, $"{to} cannot be reached");
        }
    }

    /// <param name="lost">Called, if at all, when the transport gives up on a message that it accepted.</param>
    public Fate Send(string from, string to, object message, Action arrive, Action? lost = null)
    {
        Sending(from, message);
        var fate = Fates(from, message);
        if (message is not (PingMessage or PongMessage or FollowRequest))
        {
            trace($"{from} sends {message as string ?? message.GetType().Name}{(fate == Fate.Arrives ? "" : $": {fate}")}");
        }
        if (fate is Fate.Arrives or Fate.CutAfter)
        {
            var takes = Latency + Delays(from, message);
            if (_cuts.TryGetValue((from, to), out var until) && until > pump.Time.Now)
            {
                takes += until - pump.Time.Now;
                if (takes > KeepAlive)
                {
                    (takes, arrive) = (KeepAlive, lost ?? (() => { }));
                }
            }
            var due = pump.Time.GetTimestamp() + (long)(takes.TotalSeconds * pump.Time.TimestampFrequency);
            if (message is PeerMessage)
            {
                // On a link nothing overtakes what was sent before it.
                due = _lastDue[from + to] = Math.Max(_lastDue.GetValueOrDefault(from + to), due);
            }
            _inFlight.Add(new InFlight(due, arrive));
        }
        return fate;
    }

    public async Task HoldAsync()
    {
        if (SendTime > TimeSpan.Zero)
        {
            await Task.Delay(SendTime, pump.Time, CancellationToken.None);
        }
    }

    public Task LatencyAsync() => Task.Delay(Latency, pump.Time, CancellationToken.None);

    public TimeSpan? NextTick => _inFlight.Count == 0 ? null : new TimeSpan(_inFlight.Min(message => message.Due));

    public void Tick()
    {
        foreach (var message in _inFlight.Where(message => message.Due <= pump.Time.GetTimestamp()).ToList())
        {
            _inFlight.Remove(message);
            message.Arrive();
        }
    }
}
