using System.Collections.Concurrent;
using System.Globalization;

namespace FakeValidator.Faults;

/// <summary>
/// Every misbehaviour that the fake can be told to show, all off at first. Set by <see cref="Apply"/> from the same words on the
/// command line and on the control socket.
/// </summary>
public sealed class FaultSet(IProcessEnd end)
{
    private readonly ConcurrentDictionary<string, Gate> _holds = new(Point.All.Select(point => KeyValuePair.Create(point, new Gate())));
    private volatile string? _dieAt;

    /// <summary>Shut: setIdentity hangs before it has had any effect, and with it every admin call.</summary>
    public Gate HangSetIdentity { get; } = new();

    /// <summary>Shut: no block is replayed; what comes meanwhile waits.</summary>
    public bool Stalled { get; private set; }

    /// <summary>The identity-changing calls answer this much later than they are done.</summary>
    public TimeSpan LateAnswer { get; private set; }
    public bool ApplyThenFail { get; private set; }
    public bool SayYesDoNothing { get; private set; }
    public bool RefuseSetIdentity { get; private set; }
    public bool NoVotersFence { get; private set; }
    public bool SilentSocket { get; private set; }

    /// <summary>The method whose calls have their effect, and then find the connection closed instead of a reply.</summary>
    public string? CloseWithoutReply { get; private set; }

    /// <summary>Blocks are replayed this many slots late.</summary>
    public ulong Lag { get; private set; }

    /// <summary>Adoption of a new identity waits for this many bank resets more than usual: so many more old votes.</summary>
    public int LateVotes { get; private set; }
    public TimeSpan StoreDelay { get; private set; }
    public TimeSpan SendDelay { get; private set; }

    /// <summary>Cut off from the cluster: nothing comes in, nothing goes out.</summary>
    public bool Partitioned { get; private set; }
    public bool GeneratingSnapshots { get; private set; }

    /// <summary>Raised after every change.</summary>
    public event Action? Changed;

    public static IReadOnlyList<string> Usage { get; } =
    [
        "hang-set-identity on|off      setIdentity blocks, without effect so far, and so does every admin call after it",
        "late-answer MS                the effect is at once, the answer late",
        "apply-then-fail on|off        identity changed, -32603 answered",
        "say-yes-do-nothing on|off     null answered, nothing changed",
        "refuse-set-identity on|off    -32603 answered, nothing changed",
        "no-voters-fence on|off        removeAllAuthorizedVoters answers null and does nothing",
        "silent-socket on|off          the admin socket accepts and never answers",
        "close-without-reply METHOD|off  the effect, then a closed connection ('on' means setIdentity)",
        "die-at POINT|off              SIGKILL at the point",
        "hold POINT on|off             whoever comes to the point waits there",
        "stall on|off                  replay stops / resumes",
        "lag N                         replay stays N slots behind",
        "late-votes N                  N bank resets more before a new identity is adopted",
        "delay-store MS, delay-send MS the voting service is this slow, on top of its random delay",
        "partition on|off              no link to the cluster",
        "generating-snapshots on|off   what isGeneratingSnapshots answers",
        "points: " + string.Join(' ', Point.All),
    ];

    /// <exception cref="FormatException">No such fault, or a bad argument.</exception>
    public void Apply(string words)
    {
        var parts = words.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries);
        var argument = parts.Length > 1 ? parts[1] : "on";
        switch (parts.FirstOrDefault())
        {
            case "hang-set-identity": Turn(HangSetIdentity, On(argument)); break;
            case "late-answer": LateAnswer = Milliseconds(argument); break;
            case "apply-then-fail": ApplyThenFail = On(argument); break;
            case "say-yes-do-nothing": SayYesDoNothing = On(argument); break;
            case "refuse-set-identity": RefuseSetIdentity = On(argument); break;
            case "no-voters-fence": NoVotersFence = On(argument); break;
            case "silent-socket": SilentSocket = On(argument); break;
            case "close-without-reply": CloseWithoutReply = argument switch { "off" => null, "on" => "setIdentity", _ => argument }; break;
            case "die-at": _dieAt = argument == "off" ? null : Known(argument); break;
            case "hold": Turn(_holds[Known(argument)], parts.Length < 3 || On(parts[2])); break;
            case "stall": Stalled = On(argument); break;
            case "lag": Lag = ulong.Parse(argument, CultureInfo.InvariantCulture); break;
            case "late-votes": LateVotes = int.Parse(argument, CultureInfo.InvariantCulture); break;
            case "delay-store": StoreDelay = Milliseconds(argument); break;
            case "delay-send": SendDelay = Milliseconds(argument); break;
            case "partition": Partitioned = On(argument); break;
            case "generating-snapshots": GeneratingSnapshots = On(argument); break;
            default: throw new FormatException($"no such fault: {words}");
        }
        Changed?.Invoke();
    }

    /// <summary>Shuts a point, and returns a task that completes when somebody has come there.</summary>
    public Task Hold(string point) => point == "hang-set-identity" ? HangSetIdentity.Shut() : _holds[Known(point)].Shut();

    /// <summary>Called at each named point: dies there, or waits there, when told to.</summary>
    public Task PassAsync(string point, CancellationToken ct)
    {
        if (_dieAt == point)
        {
            end.Kill($"die-at {point}");
        }
        return _holds[point].PassAsync(ct);
    }

    private static void Turn(Gate gate, bool shut)
    {
        if (shut)
        {
            _ = gate.Shut();
        }
        else
        {
            gate.Open();
        }
    }

    private static bool On(string argument) => argument switch
    {
        "on" => true,
        "off" => false,
        _ => throw new FormatException($"on or off, not {argument}"),
    };

    private static TimeSpan Milliseconds(string argument) =>
        TimeSpan.FromMilliseconds(double.Parse(argument, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));

    private static string Known(string point) =>
        Point.All.Contains(point) ? point : throw new FormatException($"no such point: {point}");
}
