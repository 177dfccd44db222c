using Failover.Agents;
using Failover.Coordination;
using Failover.Handoff;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Simulation;

/// <summary>How one schedule went.</summary>
/// <param name="Failure">What must never be; null when nothing was.</param>
/// <param name="Demoted">Handoffs that reached the commit phase.</param>
/// <param name="Endings">How the handoffs ended.</param>
/// <param name="PersonNeeded">An agent said in between that it cannot go on by itself.</param>
/// <param name="Took">Simulated time.</param>
internal sealed record ScheduleResult(
    Schedule Schedule, string? Failure, int Demoted, IReadOnlyList<HandoffEnding> Endings, bool PersonNeeded, int Struck, TimeSpan Took, IReadOnlyList<string> Story);

/// <summary>
/// Carries a schedule out: the operator hands over and back, things go wrong, then all faults stop and the operator does what the tool says until one node votes and no
/// handoff is open. <see cref="Oracle"/> watches all the time.
/// </summary>
internal sealed class ScheduleRun
{
    private static readonly TimeSpan LongestHandoff = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(15);

    // 512 slots are 205 s; two losses of power may each begin the count anew.
    private const int MostRounds = 80;

    private readonly Schedule _schedule;
    private readonly SimulatedPair _pair;
    private readonly Pump _pump;
    private readonly List<Armed> _armed = [];
    private readonly List<Action> _healing = [];
    private readonly HashSet<string> _off = [];
    private SimulatedConsole _console;
    private int _consoles;
    private int _struck;
    private bool _healed;

    // What the operator read last: one node is active, no handoff is open, nothing is to be done.
    private bool _calm;

    private sealed class Armed(Disturbance disturbance)
    {
        public Disturbance Disturbance => disturbance;

        public int Seen { get; set; }

        public bool Done { get; set; }
    }

    private ScheduleRun(Schedule schedule, SimulatedPair pair, Pump pump)
    {
        (_schedule, _pair, _pump) = (schedule, pair, pump);
        _console = NewConsole();
        pair.Oracle.Operation = node => Count(TriggerKind.DiskOperation, node.Name);
        pair.Oracle.StateWritten = PhaseWritten;
        pair.Oracle.Message = (from, message) =>
        {
            if (message is not (PingMessage or PongMessage))
            {
                Count(TriggerKind.Message, from);
            }
        };
        foreach (var node in pair.Nodes)
        {
            node.Validator.Called = _ => Count(TriggerKind.AdminCall, node.Name);
        }
    }

    /// <summary>Never throws for what the product does.</summary>
    public static async Task<ScheduleResult> RunAsync(Schedule schedule)
    {
        ScheduleRun? run = null;
        string? failure = null;
        try
        {
            await SimulatedPair.RunAsync(
                async pair => await run!.CarryOutAsync(), before: pair => (run = new ScheduleRun(schedule, pair, pair.Pump)).Surround());
        }
        catch (Exception e) when (e is InvariantBrokenException or InvalidOperationException or TimeoutException)
        {
            failure = e.Message;
        }
        var pair = run!._pair;
        return new ScheduleResult(
            schedule, failure, pair.Oracle.Demoted.Count, [.. pair.Oracle.Endings.Values], pair.PersonNeeded, run._struck, pair.Pump.Time.Now, pair.Happened);
    }

    private void Surround()
    {
        var surroundings = _schedule.Surroundings;
        _pair.Network.Latency = surroundings.Latency;
        for (var number = 0; number < _pair.Nodes.Count; number++)
        {
            var node = _pair.Nodes[number];
            node.Config = node.Config with { StandbyFenced = surroundings.StandbyFenced };
            node.Clock = new MachineTime(_pump.Time, surroundings.ClockRates[number]);
            node.Validator.ReplayDelay = surroundings.ReplayDelays[number];
            node.Validator.StoreTime = surroundings.StoreTime;
            node.Validator.AdminLatency = node.Validator.SetIdentityLatency = node.Validator.StopVotersLatency = surroundings.AdminLatency;
            node.Validator.RestartsAfter = surroundings.RestartsAfter;
            node.Validator.Proof = surroundings.SlowBarrier ? VotingStopProof.SlowBarrier : VotingStopProof.VoterFence;
        }
    }

    private async Task CarryOutAsync()
    {
        for (var step = 0; step < _schedule.Steps.Count; step++)
        {
            await _pair.PassAsync(_schedule.Steps[step].Idle);
            Arm(step);
            await WithinAsync(LongestHandoff, HandOverAsync());
            // Let what waits for the handoff's own end strike too.
            await _pair.PassAsync(TimeSpan.FromSeconds(5));
        }
        await HealAsync();
        for (var round = 0; round < MostRounds; round++)
        {
            await _pair.PassAsync(Round);
            _calm = false;
            await WithinAsync(Round, AttendAsync());
            if (_calm && IsOver() && await StaysSoAsync())
            {
                return;
            }
        }
        throw new TimeoutException($"the faults stopped long ago, and it has not come to its end: {Stand()}{Environment.NewLine}{_pair.TraceTail()}");
    }

    private string Stand() => string.Join("; ", _pair.Nodes.Select(node =>
        $"{node.Name}: {node.State.Promised}, {node.State.Handoff?.Role} {node.State.Handoff?.Phase} {node.State.Handoff?.Ending}, validator {(node.Validator.Running ? node.Validator.Recorded == _pair.Cluster.Staked.Public ? "S" : "U" : "stopped")}, voters {node.Validator.Voters.Count}, link {node.LinkPointsTo}"));

    // --- the operator

    private SimulatedConsole NewConsole() => new(_pair, _pump, $"console-{++_consoles}", $"handoff-{_consoles:D4}");

    /// <summary>To whichever node is not active, as far as the operator can see.</summary>
    private async Task HandOverAsync()
    {
        var console = _console;
        try
        {
            await console.DoAsync(async () =>
            {
                var view = await console.Coordinator.Reader.ReadAsync(CancellationToken.None);
                var to = view.Active is [var active] ? _pair.Nodes.First(node => node.Name != active.Node).Name : _pair.B.Name;
                var planned = await console.Coordinator.PlanAsync(to, CancellationToken.None);
                if (planned.Plan is not { } plan)
                {
                    _pair.Trace($"the operator reads: {planned.Obstacle!.Text} Next: {planned.Obstacle.Next}");
                    return await AttendAsync(console, planned.View);
                }
                var prepared = await console.Coordinator.PrepareAsync(plan, CancellationToken.None);
                if (prepared.Failure is { } failure)
                {
                    _pair.Trace($"the operator reads: {failure.Text}");
                    return false;
                }
                var committed = await console.Coordinator.CommitAsync(plan, new CommitOptions(TimeSpan.Zero));
                _pair.Trace($"the operator reads: commit {committed.State} {committed.Failure?.Text}");
                if (committed.State != CommitState.Refused)
                {
                    await foreach (var item in console.Coordinator.FollowAsync(plan.Order, CancellationToken.None))
                    {
                        _ = item;
                    }
                }
                return true;
            });
        }
        catch (ProcessDiedException)
        {
            _pair.Trace("the operator's console is gone");
        }
    }

    private async Task AttendAsync()
    {
        var console = _console;
        try
        {
            await console.DoAsync(async () => await AttendAsync(console, await console.Coordinator.Reader.ReadAsync(CancellationToken.None)));
        }
        catch (ProcessDiedException)
        {
            _pair.Trace("the operator's console is gone");
        }
    }

    /// <summary>What a careful operator does: types what the tool says, and gives a reason to override only when it is true.</summary>
    private async Task<bool> AttendAsync(SimulatedConsole console, ClusterView? view)
    {
        if (view is null)
        {
            return false;
        }
        if (UnfinishedHandoff.Find(view) is { } unfinished)
        {
            var report = unfinished.Describe().Next.StartsWith("failover abort", StringComparison.Ordinal)
                ? await console.Coordinator.AbortAsync(CancellationToken.None)
                : await console.Coordinator.ResumeAsync(null, CancellationToken.None);
            _pair.Trace($"the operator reads: {report.Text} Next: {report.Next}");
            return true;
        }
        var verdict = Verdict.Of(view);
        _calm = verdict.Next.Length == 0;
        _pair.Trace($"the operator reads: {verdict.Text}. Next: {verdict.Next}");
        if (verdict.Next.Split(' ') is ["failover", "node", "set-identity", var name, "staked", .. var rest])
        {
            await TakeStakedByHandAsync(console, name, rest.Contains("--override-reason"));
        }
        return true;
    }

    private async Task TakeStakedByHandAsync(SimulatedConsole console, string name, bool withReason)
    {
        var node = _pair.Named(name);
        if (_pair.Nodes.Any(other => other != node && other.Validator is { Running: true } validator && validator.Recorded == _pair.Cluster.Staked.Public))
        {
            _pair.Trace("the operator sees that somebody holds S");
            return;
        }
        if (_pair.Nodes.Any(other => other != node && other.Disk.DurableLink(other.Config.IdentityLink) == other.Config.StakedKeypair))
        {
            _pair.Trace("the operator sees that another machine would come back with S");
            return;
        }
        var newest = _pair.Nodes.MaxBy(other => LastSlot(other))!;
        if (newest != node && LastSlot(newest) > LastSlot(node) && newest.Disk.BytesOf(newest.TowerPath) is { } record)
        {
            _pair.Trace($"the operator copies the newest record from {newest.Name} to {name}");
            node.Disk.Create(node.TowerPath, record, null);
        }
        var taken = await console.ByHand.SetIdentityAsync(name, HeldIdentity.Staked, withReason ? "I looked: nobody else can vote" : null, CancellationToken.None);
        _pair.Trace($"the operator gives {name} S by hand: {taken.Obstacle?.Text ?? "done"}");
        if (!withReason && taken.Obstacle is { } obstacle && obstacle.Next.Contains("--override-reason", StringComparison.Ordinal))
        {
            await TakeStakedByHandAsync(console, name, withReason: true);
        }
    }

    private ulong LastSlot(SimulatedNode node) => node.Disk.BytesOf(node.TowerPath) is { } bytes
        ? Records.RecordVerifier.Verify(Records.RecordKind.Tower, bytes, _pair.Cluster.Staked.Public).Record?.LastVotedSlot ?? 0
        : 0;

    private bool IsOver() => _pair.Nodes.All(node => node.AgentRuns && node.Validator.Started) && _pair.Voter is not null;

    private async Task<bool> StaysSoAsync()
    {
        var voter = _pair.Voter;
        var votes = _pair.Cluster.Votes.Count;
        await _pair.PassAsync(TimeSpan.FromSeconds(5));
        return IsOver() && _pair.Voter == voter && _pair.Cluster.Votes.Count > votes;
    }

    private async Task WithinAsync(TimeSpan limit, Task what)
    {
        await Task.WhenAny(what, _pair.PassAsync(limit));
        if (what.IsFaulted)
        {
            await what;
        }
    }

    // --- what goes wrong

    private void Arm(int step)
    {
        foreach (var disturbance in _schedule.Disturbances.Where(disturbance => disturbance.Step == step))
        {
            var armed = new Armed(disturbance);
            _armed.Add(armed);
            if (disturbance.Trigger.Kind == TriggerKind.Time)
            {
                Later(TimeSpan.FromMilliseconds(disturbance.Trigger.Count), () => StrikeOnce(armed));
            }
        }
    }

    private void Count(TriggerKind kind, string node)
    {
        foreach (var armed in _armed.Where(armed => !armed.Done && armed.Disturbance.Trigger.Kind == kind && Trigger.Name(armed.Disturbance.Trigger.Node) == node).ToList())
        {
            if (++armed.Seen == armed.Disturbance.Trigger.Count)
            {
                StrikeOnce(armed);
            }
        }
    }

    private void PhaseWritten(SimulatedNode node, AgentState state)
    {
        foreach (var armed in _armed.Where(armed => !armed.Done && armed.Disturbance.Trigger is { Kind: TriggerKind.Phase } trigger
            && Trigger.Name(trigger.Node) == node.Name && trigger.Phase == state.Handoff?.Phase).ToList())
        {
            if (armed.Disturbance.Trigger.Count == 0)
            {
                StrikeOnce(armed);
            }
            else
            {
                Later(TimeSpan.FromMilliseconds(armed.Disturbance.Trigger.Count), () => StrikeOnce(armed));
            }
        }
    }

    private void StrikeOnce(Armed armed)
    {
        if (!armed.Done && !_healed)
        {
            armed.Done = true;
            _struck++;
            _pair.Trace($"FAULT {armed.Disturbance.Place}: {armed.Disturbance.Fault}");
            // It comes from outside, whosever code was running.
            var current = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(_pump.Outside);
            Strike(armed.Disturbance.Fault);
            SynchronizationContext.SetSynchronizationContext(current);
        }
    }

    private void Strike(Fault fault)
    {
        var node = _pair.Nodes[fault.Node];
        var other = _pair.Nodes[1 - fault.Node];
        var validator = node.Validator;
        switch (fault.Kind)
        {
            case FaultKind.KillAgent:
                node.CrashAgent();
                Until(fault.For, () => EnsureAgent(node));
                break;
            case FaultKind.LosePower or FaultKind.LosePowerAndUnsynced:
                PowerOff(node, fault.Kind == FaultKind.LosePower, fault.For);
                break;
            case FaultKind.PowerOffBoth:
                PowerOff(node, fault.Number % 2 == 0, fault.For);
                PowerOff(other, fault.Number % 3 == 0, fault.For + TimeSpan.FromMilliseconds(fault.Number));
                break;
            case FaultKind.PauseAgent:
                node.PauseAgent();
                Until(fault.For, node.ResumeAgent);
                break;
            case FaultKind.PauseMachine:
                node.PauseAgent();
                validator.FrozenUntil = _pump.Time.Now + fault.For;
                Until(fault.For, () =>
                {
                    validator.FrozenUntil = TimeSpan.Zero;
                    node.ResumeAgent();
                });
                break;
            case FaultKind.CrashValidator:
                StopValidator(validator);
                break;
            case FaultKind.StallValidator:
                For(fault, value => validator.Stalled = value);
                break;
            case FaultKind.RefuseCall or FaultKind.SayYesDoNothing or FaultKind.ApplyThenFail or FaultKind.ApplyThenHang or FaultKind.HangCall:
                // A client that lies about its voter fence cannot be guarded against; one that lies about its identity is read back.
                AdminCall[] calls = fault.Kind == FaultKind.SayYesDoNothing ? [AdminCall.SetIdentity, AdminCall.GiveVotersBack] : Enum.GetValues<AdminCall>();
                var call = calls[fault.Number % calls.Length];
                validator.Fail(call, Enum.Parse<AdminFault>(fault.Kind switch { FaultKind.RefuseCall => "Refuse", FaultKind.HangCall => "Hang", _ => fault.Kind.ToString() }), 1 + (fault.Number % 5));
                Until(fault.For, validator.Heal);
                break;
            case FaultKind.HangValidator:
                For(fault, value => validator.Hangs = value);
                break;
            case FaultKind.SlowSetIdentity:
                var usual = validator.SetIdentityLatency;
                validator.SetIdentityLatency = validator.StopVotersLatency = TimeSpan.FromMilliseconds(fault.Number * 12);
                Until(fault.For, () => validator.SetIdentityLatency = validator.StopVotersLatency = usual);
                break;
            case FaultKind.UnkillableProcess:
                For(fault, value => validator.Unkillable = value);
                break;
            case FaultKind.HiddenProcess:
                For(fault, value => validator.HidesProcess = value);
                break;
            case FaultKind.RpcDown:
                For(fault, value => validator.RpcIsDown = value);
                break;
            case FaultKind.Unhealthy:
                For(fault, value => validator.Unhealthy = value);
                break;
            case FaultKind.Isolate:
                _pair.Network.Isolate(node.Name);
                Until(fault.For, () => _pair.Network.Rejoin(node.Name));
                break;
            case FaultKind.CutOneWay:
                _pair.Network.Cut(node.Name, fault.Number % 4 == 0 ? _console.Name : other.Name, _pump.Time.Now + fault.For);
                break;
            case FaultKind.CutLinks:
                _pair.Network.BreakLinksOf(node.Name);
                break;
            case FaultKind.LoseMessages:
                var left = 1 + (fault.Number % 3);
                var fate = (Fate)(1 + (fault.Number % 3));
                _pair.Network.Fates = (from, message) => message is not (PingMessage or PongMessage) && from == node.Name && left-- > 0 ? fate : Fate.Arrives;
                Until(fault.For, () => _pair.Network.Fates = (_, _) => Fate.Arrives);
                break;
            case FaultKind.SlowNetwork:
                _pair.Network.Delays = (from, _) => from == node.Name ? TimeSpan.FromMilliseconds(fault.Number * 3) : TimeSpan.Zero;
                Until(fault.For, () => _pair.Network.Delays = (_, _) => TimeSpan.Zero);
                break;
            case FaultKind.DiskFull:
                For(fault, value => node.Disk.Full = value);
                break;
            case FaultKind.DiskReadOnly:
                For(fault, value => node.Disk.ReadOnly = value);
                break;
            case FaultKind.DiskError:
                node.Disk.FailAt = node.Disk.Operations + (fault.Number % 10);
                break;
            case FaultKind.WriteBack:
                node.Disk.WriteBack();
                break;
            case FaultKind.WallClockJump:
                node.Clock.WallClockOffset = TimeSpan.FromHours(fault.Number % 2 == 0 ? 1 : -1);
                break;
            case FaultKind.KillConsole:
                _console.Kill();
                _console = NewConsole();
                break;
            case FaultKind.AbortNow:
                Type(async console => await console.Coordinator.AbortAsync(CancellationToken.None));
                break;
            case FaultKind.ResumeNow:
                Type(async console => await console.Coordinator.ResumeAsync(null, CancellationToken.None));
                break;
            case FaultKind.SecondConsole:
                Keep(HandOverAsync());
                break;
            case FaultKind.RepeatCommit:
                if (_pair.Nodes.Select(any => any.State.Handoff).FirstOrDefault(handoff => handoff is { Role: HandoffRole.Source }) is { } handoff && _pair.Named(handoff.Order.Source).AgentRuns)
                {
                    Keep(OnceMoreAsync(handoff.Order));
                }
                break;
            case FaultKind.LatePrepare:
                // An order that was under way for long, from a coordinator that is gone.
                if (_pair.Oracle.Demoted.MinBy(order => order.Token) is { } old && _pair.Nodes.All(any => any.AgentRuns))
                {
                    Keep(PrepareLateAsync(old));
                }
                break;
            case FaultKind.UnstakedByHand:
                Type(async console => await console.ByHand.SetIdentityAsync(node.Name, HeldIdentity.Unstaked, null, CancellationToken.None));
                break;
            case FaultKind.StakedByHand:
                if (_pair.Voter is null)
                {
                    Type(async console =>
                    {
                        await TakeStakedByHandAsync(console, node.Name, true);
                        return true;
                    });
                }
                break;
            default:
                throw new InvalidOperationException($"nothing is known of {fault.Kind}");
        }
    }

    private async Task PrepareLateAsync(HandoffOrder order)
    {
        try
        {
            await _pair.PrepareAsync(order);
            await _pair.CommitAsync(order);
        }
        catch (Exception e) when (e is OrderRefusedException or ProcessDiedException)
        {
            _pair.Trace($"the late order: {e.Message}");
        }
    }

    private async Task OnceMoreAsync(HandoffOrder order)
    {
        try
        {
            await _pair.CommitAsync(order);
        }
        catch (Exception e) when (e is OrderRefusedException or ProcessDiedException)
        {
            _pair.Trace($"the repeated commit: {e.Message}");
        }
    }

    private void Type<T>(Func<SimulatedConsole, Task<T>> what)
    {
        var console = NewConsole();
        Keep(console.DoAsync(() => what(console)));
    }

    private void For(Fault fault, Action<bool> set)
    {
        set(true);
        Until(fault.For, () => set(false));
    }

    private void PowerOff(SimulatedNode node, bool keepsUnsynced, TimeSpan backAfter)
    {
        if (!_off.Add(node.Name))
        {
            return;
        }
        node.LosePower(keepsUnsynced);
        Until(backAfter, () =>
        {
            if (_off.Remove(node.Name))
            {
                node.Validator.RestartsAfter = _schedule.Surroundings.RestartsAfter;
                node.Validator.Start();
                EnsureAgent(node);
            }
        });
    }

    private static void StopValidator(SimulatedValidator validator)
    {
        if (validator.Running)
        {
            validator.Stop();
        }
    }

    private void EnsureAgent(SimulatedNode node)
    {
        if (!node.AgentRuns && !_off.Contains(node.Name))
        {
            Keep(BringAgentUpAsync(node));
        }
    }

    private async Task BringAgentUpAsync(SimulatedNode node)
    {
        try
        {
            await node.StartAgentAsync();
        }
        catch (Exception e) when (e is ProcessDiedException or OrderRefusedException or IOException or UnauthorizedAccessException)
        {
            // The service manager tries again.
            _pair.Trace($"{node.Name}'s agent does not start: {e.Message}");
            node.CrashAgent();
            Later(TimeSpan.FromSeconds(2), () => EnsureAgent(node));
        }
    }

    /// <summary>Does it after the time, or when all faults stop, whichever is first; once.</summary>
    private void Until(TimeSpan time, Action heal)
    {
        var done = false;
        void Once()
        {
            if (!done)
            {
                done = true;
                heal();
            }
        }
        _healing.Add(Once);
        Later(time, Once);
    }

    private void Later(TimeSpan time, Action action) => Keep(PassThenAsync(time, action));

    private async Task PassThenAsync(TimeSpan time, Action action)
    {
        await _pair.PassAsync(time);
        action();
    }

    /// <summary>Nobody waits for it; a failure ends the simulation all the same.</summary>
    private void Keep(Task task)
    {
        _pump.Outside.Post(_ => _ = WatchAsync(), null);

        async Task WatchAsync()
        {
            try
            {
                await task;
            }
            catch (ProcessDiedException)
            {
                // Its process was killed on purpose.
            }
            catch (Exception e)
            {
                _pump.Fail(e is InvariantBrokenException ? e : new InvalidOperationException(e.ToString()));
            }
        }
    }

    private async Task HealAsync()
    {
        _pair.Trace("all faults stop");
        _healed = true;
        _pair.Network.Heal();
        foreach (var heal in _healing)
        {
            heal();
        }
        await _pair.PassAsync(TimeSpan.FromSeconds(1));
        foreach (var node in _pair.Nodes)
        {
            node.Validator.Heal();
            node.Validator.RestartsAfter ??= TimeSpan.FromSeconds(5);
            EnsureAgent(node);
        }
    }
}
