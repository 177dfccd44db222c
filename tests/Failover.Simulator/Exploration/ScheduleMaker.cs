using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Simulation;

/// <summary>Makes a schedule from a seed. Changing anything here changes what every seed means: seeds that are kept as tests are then made anew.</summary>
internal static class ScheduleMaker
{
    private static readonly HandoffPhase[] Phases =
        [HandoffPhase.Prepared, HandoffPhase.Demoting, HandoffPhase.HandedOver, HandoffPhase.Promoting, HandoffPhase.Active, HandoffPhase.Refused, HandoffPhase.Reclaiming];

    private static readonly FaultKind[] OperatorsFaults = [FaultKind.UnstakedByHand, FaultKind.StakedByHand];

    private static readonly FaultKind[] NetworkFaults = [FaultKind.Isolate, FaultKind.CutOneWay, FaultKind.LoseMessages];

    public static Schedule Of(int seed)
    {
        var random = new Random(seed);
        var surroundings = Surround(random);
        var steps = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new HandoffStepPlan(Milliseconds(random.Next(0, 4000)))).ToList();
        var count = random.NextDouble() switch { < 0.05 => 0, < 0.35 => 1, < 0.65 => 2, < 0.85 => 3, _ => random.Next(4, 7) };
        List<Disturbance> disturbances = [];
        for (var place = 0; place < count; place++)
        {
            disturbances.Add(new Disturbance(place, random.Next(steps.Count), Wait(random), Strike(random)));
        }
        if (disturbances.Any(disturbance => OperatorsFaults.Contains(disturbance.Fault.Kind)))
        {
            // An operator's hand while the agents cannot reach each other is the one thing that only the operator's own word covers.
            disturbances.RemoveAll(disturbance => NetworkFaults.Contains(disturbance.Fault.Kind));
        }
        if (seed % 16 == 9)
        {
            disturbances.AddRange(InterruptPromotion(random, count, random.Next(steps.Count)));
        }
        if (seed % 16 == 12)
        {
            // A disk that is too slow for the votes; less than what sealing waits for where it sees that votes may be missing.
            surroundings = surroundings with { QueueTime = Milliseconds(random.Next(50, 1_900)) };
        }
        if (seed % 16 == 10)
        {
            // Alone: whoever takes S back after a refusal takes this record along, and the referee does not know whose votes are in it.
            disturbances = [new Disturbance(0, 0, new Trigger(TriggerKind.Time, 1, 0), new Fault(FaultKind.NewerRecord, 1, TimeSpan.Zero, random.Next(1, 40)))];
        }
        if (seed % 8 == 5)
        {
            // With a sequence of its own, so that the others stay what they were.
            var more = new Random(seed ^ 0x5eed);
            surroundings = surroundings with { Hooks = [.. Enumerable.Range(0, more.Next(1, 8)).Select(_ => HookOf(more))] };
            disturbances.AddRange(Enumerable.Range(disturbances.Count, more.Next(0, 3)).Select(place => new Disturbance(
                place, more.Next(steps.Count), new Trigger(TriggerKind.Hook, more.Next(2), more.Next(1, 8)),
                new Fault(HookFaults[more.Next(HookFaults.Length)], more.Next(2), Milliseconds(more.Next(10, 20_000)), more.Next(1000)))));
        }
        return new Schedule(seed, surroundings, steps, disturbances);
    }

    private static readonly FaultKind[] HookFaults =
        [FaultKind.KillAgent, FaultKind.LosePower, FaultKind.LosePowerAndUnsynced, FaultKind.PauseAgent, FaultKind.CutLinks, FaultKind.DiskFull, FaultKind.AbortNow, FaultKind.KillConsole];

    private static HookPlan HookOf(Random random)
    {
        var at = HookPoints.All[random.Next(HookPoints.All.Count)];
        var deed = random.NextDouble() switch { < 0.7 => HookDeed.Succeeds, < 0.85 => HookDeed.Fails, < 0.95 => HookDeed.Hangs, _ => HookDeed.CannotBeKilled };
        var limit = Milliseconds(random.Next(100, 6_000));
        return new HookPlan(at, deed, random.Next(2), limit * random.NextDouble(), limit, at.IsBefore && random.NextDouble() < 0.3);
    }

    /// <summary>Three things that hardly ever come together by chance: a set-identity that lies unread in the socket, an agent killed just then, and started at once.</summary>
    private static IEnumerable<Disturbance> InterruptPromotion(Random random, int place, int step)
    {
        var target = random.Next(2);
        if (random.Next(3) == 0)
        {
            // Or nobody is killed, and it is carried out long after the promotion was given up.
            yield return new Disturbance(
                place, step, new Trigger(TriggerKind.Phase, target, 0, HandoffPhase.Prepared), new Fault(FaultKind.SlowSetIdentity, target, TimeSpan.FromSeconds(20), random.Next(2_700, 4_000)));
            yield break;
        }
        yield return new Disturbance(
            place, step, new Trigger(TriggerKind.Phase, target, 0, HandoffPhase.Prepared), new Fault(FaultKind.SlowSetIdentity, target, TimeSpan.FromSeconds(10), random.Next(20, 100)));
        yield return new Disturbance(
            place + 1, step, new Trigger(TriggerKind.Phase, target, random.Next(5, 60), HandoffPhase.Promoting), new Fault(FaultKind.KillAgent, target, Milliseconds(random.Next(5, 200)), 0));
    }

    private static Surroundings Surround(Random random) => new()
    {
        Latency = Milliseconds(random.NextDouble() < 0.7 ? random.Next(1, 20) : random.Next(20, 200)),
        AdminLatency = Milliseconds(random.NextDouble() < 0.8 ? random.Next(1, 10) : random.Next(10, 300)),
        ReplayDelays = [Milliseconds(random.Next(0, 380)), Milliseconds(random.Next(0, 380))],
        StoreTime = Milliseconds(random.Next(6, 40)),
        StandbyFenced = random.NextDouble() < 0.15,
        SlowBarrier = random.NextDouble() < 0.12,
        RestartsAfter = random.NextDouble() < 0.5 ? Milliseconds(random.Next(500, 20_000)) : null,
        ClockRates = [1 + (random.NextDouble() * 0.02), 1 - (random.NextDouble() * 0.02)],
    };

    private static Trigger Wait(Random random)
    {
        var node = random.Next(2);
        return random.Next(6) switch
        {
            0 => new Trigger(TriggerKind.Time, node, random.Next(0, 8000)),
            1 => new Trigger(TriggerKind.DiskOperation, node, random.Next(1, 70)),
            2 => new Trigger(TriggerKind.AdminCall, node, random.Next(1, 40)),
            3 => new Trigger(TriggerKind.Message, node, random.Next(1, 12)),
            _ => new Trigger(TriggerKind.Phase, node, random.NextDouble() < 0.5 ? 0 : random.Next(0, 600), Phases[random.Next(Phases.Length)]),
        };
    }

    private static Fault Strike(Random random)
    {
        FaultKind[] kinds = [.. Enum.GetValues<FaultKind>().Where(any => any != FaultKind.NewerRecord)];
        // Half of all are the plain ones that happen most.
        var kind = random.NextDouble() < 0.4 ? (FaultKind)random.Next((int)FaultKind.CrashValidator + 1) : kinds[random.Next(kinds.Length)];
        var time = random.Next(4) switch { 0 => random.Next(10, 500), 1 => random.Next(500, 5_000), 2 => random.Next(5_000, 30_000), _ => random.Next(100, 60_000) };
        return new Fault(kind, random.Next(2), Milliseconds(time), random.Next(1000));
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
