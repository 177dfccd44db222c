using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Simulation;

/// <summary>Lets a schedule's faults strike, each at its moment, and heals them.</summary>
internal sealed class FaultInjection
{
    private readonly Schedule _schedule;
    private readonly SimulatedPair _pair;
    private readonly SimulatedOperator _operator;
    private readonly List<Armed> _armed = [];
    private readonly List<Action> _healing = [];
    private readonly HashSet<string> _off = [];
    private bool _healed;

    private sealed class Armed(Disturbance disturbance)
    {
        public Disturbance Disturbance => disturbance;

        public int Seen { get; set; }

        public bool Done { get; set; }
    }

    public FaultInjection(Schedule schedule, SimulatedPair pair, SimulatedOperator @operator)
    {
        (_schedule, _pair, _operator) = (schedule, pair, @operator);
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
            node.Hooks.Counted = () => Count(TriggerKind.Hook, node.Name);
        }
    }

    /// <summary>How many have struck.</summary>
    public int Struck { get; private set; }

    /// <summary>From now on what belongs to this step strikes when its moment comes.</summary>
    public void Arm(int step)
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
            Struck++;
            _pair.Trace($"FAULT {armed.Disturbance.Place}: {armed.Disturbance.Fault}");
            // It comes from outside, whosever code was running.
            var current = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(_pair.Pump.Outside);
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
                validator.FrozenUntil = _pair.Pump.Time.Now + fault.For;
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
                _pair.Network.Cut(node.Name, fault.Number % 4 == 0 ? _operator.Console.Name : other.Name, _pair.Pump.Time.Now + fault.For);
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
                _operator.KillConsole();
                break;
            case FaultKind.AbortNow:
                Type(async console => await console.Coordinator.AbortAsync(CancellationToken.None));
                break;
            case FaultKind.ResumeNow:
                Type(async console => await console.Coordinator.ResumeAsync(null, CancellationToken.None));
                break;
            case FaultKind.SecondConsole:
                Keep(_operator.HandOverAsync());
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
            case FaultKind.NewerRecord:
                node.Disk.Create(node.TowerPath, SimulatedTowers.EndingWith(_pair.Cluster.Staked, _pair.Cluster.Slot + (ulong)fault.Number), null);
                node.Disk.Sync(node.TowerPath);
                break;
            case FaultKind.UnstakedByHand:
                Type(async console => await console.ByHand.SetIdentityAsync(node.Name, HeldIdentity.Unstaked, null, CancellationToken.None));
                break;
            case FaultKind.StakedByHand:
                if (_pair.Voter is null)
                {
                    Type(async console =>
                    {
                        await _operator.TakeStakedByHandAsync(console, node.Name, true);
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
        var console = _operator.NewConsole();
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
        _pair.Pump.Outside.Post(_ => _ = WatchAsync(), null);

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
                _pair.Pump.Fail(e is InvariantBrokenException ? e : new InvalidOperationException(e.ToString()));
            }
        }
    }

    /// <summary>Everything that is still wrong is put right, and nothing strikes any more.</summary>
    public async Task HealAsync()
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
