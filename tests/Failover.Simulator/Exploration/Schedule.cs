using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Simulation;

/// <summary>One history to be: a world, what its operator types, and what goes wrong when. All of it follows from the seed.</summary>
/// <param name="Seed">Gives the same schedule in every run.</param>
/// <param name="Steps">The operator's handoffs, one after the other.</param>
/// <param name="Disturbances">What goes wrong, by its place in this list.</param>
internal sealed record Schedule(int Seed, Surroundings Surroundings, IReadOnlyList<HandoffStepPlan> Steps, IReadOnlyList<Disturbance> Disturbances)
{
    /// <summary>The same schedule with some of its disturbances only.</summary>
    public Schedule Only(IReadOnlyCollection<int> places) => this with { Disturbances = [.. Disturbances.Where(disturbance => places.Contains(disturbance.Place))] };

    public override string ToString() => string.Join(Environment.NewLine, [
        $"seed {Seed}: {Surroundings}",
        .. Steps.Select((step, number) => $"  handoff {number + 1}: after {step.Idle.TotalSeconds:0.0} s"),
        .. Disturbances.Select(disturbance => $"  {disturbance.Place}: {disturbance}"),
    ]);
}

/// <summary>One handoff that the operator orders: to whichever node is not active.</summary>
/// <param name="Idle">How long the operator waits before.</param>
internal sealed record HandoffStepPlan(TimeSpan Idle);

/// <summary>What kind of world it is, faults aside.</summary>
internal sealed record Surroundings
{
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan AdminLatency { get; init; } = TimeSpan.FromMilliseconds(5);

    public IReadOnlyList<TimeSpan> ReplayDelays { get; init; } = [TimeSpan.Zero, TimeSpan.FromMilliseconds(20)];

    /// <summary>From a vote to its rename into place.</summary>
    public TimeSpan StoreTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>From a vote to the beginning of its storing.</summary>
    public TimeSpan QueueTime { get; init; } = TimeSpan.FromMilliseconds(5);

    public bool StandbyFenced { get; init; }

    /// <summary>The clients have no voter fence.</summary>
    public bool SlowBarrier { get; init; }

    /// <summary>A service manager starts a validator again so long after its end; null: nobody does until the faults stop.</summary>
    public TimeSpan? RestartsAfter { get; init; }

    /// <summary>The operator's programs, the same on both nodes.</summary>
    public IReadOnlyList<HookPlan> Hooks { get; init; } = [];

    /// <summary>How fast the machines' monotonic clocks run.</summary>
    public IReadOnlyList<double> ClockRates { get; init; } = [1, 1];

    public override string ToString() =>
        $"latency {Latency.TotalMilliseconds:0} ms, admin {AdminLatency.TotalMilliseconds:0} ms, replay {string.Join("/", ReplayDelays.Select(delay => $"{delay.TotalMilliseconds:0}"))} ms, store {StoreTime.TotalMilliseconds:0} ms, queue {QueueTime.TotalMilliseconds:0} ms" +
        $"{(StandbyFenced ? ", standby fenced" : "")}{(SlowBarrier ? ", no voter fence" : "")}{(RestartsAfter is { } pause ? $", validators restart after {pause.TotalSeconds:0} s" : "")}{string.Concat(Hooks.Select(hook => $"{Environment.NewLine}  hook {hook}"))}";
}

/// <summary>A program of the operator's.</summary>
/// <param name="Deed">What it does on the node where it misbehaves; on the other one it succeeds.</param>
internal sealed record HookPlan(HookPoint At, HookDeed Deed, int MisbehavesOn, TimeSpan Takes, TimeSpan Limit, bool MustSucceed)
{
    public override string ToString() =>
        $"{At.Word}, {Takes.TotalSeconds:0.00} of {Limit.TotalSeconds:0.0} s{(MustSucceed ? ", must succeed" : "")}{(Deed == HookDeed.Succeeds ? "" : $", {Deed} on {Trigger.Name(MisbehavesOn)}")}";
}

/// <summary>Something that goes wrong.</summary>
/// <param name="Place">Its number in the schedule that the seed gives.</param>
/// <param name="Step">During, or after, which of the operator's handoffs, from 0.</param>
internal sealed record Disturbance(int Place, int Step, Trigger Trigger, Fault Fault)
{
    public override string ToString() => $"in handoff {Step + 1}, {Trigger}: {Fault}";
}

/// <summary>What a fault waits for.</summary>
internal enum TriggerKind
{
    /// <summary>So many milliseconds after the operator's order.</summary>
    Time,

    /// <summary>Just before the agent's n-th change on its disk.</summary>
    DiskOperation,

    /// <summary>Just before the agent's n-th call on the admin socket.</summary>
    AdminCall,

    /// <summary>Just before the node's n-th message to anybody, pings aside.</summary>
    Message,

    /// <summary>So many milliseconds after the agent wrote the phase down.</summary>
    Phase,

    /// <summary>When the agent has started its n-th hook.</summary>
    Hook,
}

internal sealed record Trigger(TriggerKind Kind, int Node, int Count, HandoffPhase Phase = HandoffPhase.Unknown)
{
    public override string ToString() => Kind switch
    {
        TriggerKind.Time => $"{Count} ms after the order",
        TriggerKind.DiskOperation => $"before disk operation {Count} of {Name(Node)}",
        TriggerKind.AdminCall => $"before admin call {Count} of {Name(Node)}",
        TriggerKind.Message => $"before message {Count} of {Name(Node)}",
        TriggerKind.Hook => $"with hook {Count} of {Name(Node)}",
        _ => $"{Count} ms after {Name(Node)} wrote {Phase}",
    };

    public static string Name(int node) => $"node-{(char)('a' + node)}";
}

internal enum FaultKind
{
    KillAgent,
    LosePower,
    LosePowerAndUnsynced,
    PauseAgent,
    PauseMachine,
    CrashValidator,
    StallValidator,
    RefuseCall,
    SayYesDoNothing,
    ApplyThenFail,
    ApplyThenHang,
    HangCall,
    HangValidator,
    SlowSetIdentity,
    UnkillableProcess,
    HiddenProcess,
    RpcDown,
    Unhealthy,
    Isolate,
    CutOneWay,
    CutLinks,
    LoseMessages,
    SlowNetwork,
    DiskFull,
    DiskReadOnly,
    DiskError,
    WriteBack,
    WallClockJump,
    KillConsole,
    AbortNow,
    ResumeNow,
    SecondConsole,
    RepeatCommit,
    UnstakedByHand,
    StakedByHand,
    PowerOffBoth,
    LatePrepare,

    /// <summary>Somebody puts a record of S there that goes further than anything that was voted here.</summary>
    NewerRecord,
}

/// <param name="Node">Which node it strikes.</param>
/// <param name="For">How long it lasts, at most until all faults stop.</param>
/// <param name="Number">A further choice, by kind.</param>
internal sealed record Fault(FaultKind Kind, int Node, TimeSpan For, int Number)
{
    public override string ToString() => $"{Kind} {Trigger.Name(Node)} for {For.TotalSeconds:0.0} s ({Number})";
}
