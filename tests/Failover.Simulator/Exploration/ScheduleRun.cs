using System.Globalization;
using Failover.Handoff;
using Failover.Hooks;
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
    private readonly SimulatedOperator _operator;
    private readonly FaultInjection _faults;

    private ScheduleRun(Schedule schedule, SimulatedPair pair, Pump pump)
    {
        (_schedule, _pair, _pump) = (schedule, pair, pump);
        _operator = new SimulatedOperator(pair);
        _faults = new FaultInjection(schedule, pair, _operator);
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
            schedule, failure, pair.Oracle.Demoted.Count, [.. pair.Oracle.Endings.Values], pair.PersonNeeded, run._faults.Struck, pair.Pump.Time.Now, pair.Happened);
    }

    private void Surround()
    {
        var surroundings = _schedule.Surroundings;
        _pair.Network.Latency = surroundings.Latency;
        for (var number = 0; number < _pair.Nodes.Count; number++)
        {
            var node = _pair.Nodes[number];
            node.Config = node.Config with
            {
                StandbyFenced = surroundings.StandbyFenced,
                Hooks = [.. surroundings.Hooks.Select((hook, place) => new Hook(
                    hook.At, $"hook-{place}", ["/hooks/program", place.ToString(CultureInfo.InvariantCulture)], hook.Limit, hook.MustSucceed, HandoffRole.Unknown))],
            };
            var self = number;
            node.Hooks.Does = call => surroundings.Hooks[int.Parse(call.Command[1], CultureInfo.InvariantCulture)] is var hook && hook.MisbehavesOn == self
                ? (hook.Deed, hook.Takes)
                : (HookDeed.Succeeds, hook.Takes);
            node.Clock = new MachineTime(_pump.Time, surroundings.ClockRates[number]);
            node.Validator.ReplayDelay = surroundings.ReplayDelays[number];
            node.Validator.StoreTime = surroundings.StoreTime;
            node.Validator.QueueTime = surroundings.QueueTime;
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
            _faults.Arm(step);
            await WithinAsync(LongestHandoff, _operator.HandOverAsync());
            // Let what waits for the handoff's own end strike too.
            await _pair.PassAsync(TimeSpan.FromSeconds(5));
        }
        await _faults.HealAsync();
        for (var round = 0; round < MostRounds; round++)
        {
            await _pair.PassAsync(Round);
            _operator.Calm = false;
            await WithinAsync(Round, _operator.AttendAsync());
            if (_operator.Calm && IsOver() && await StaysSoAsync())
            {
                return;
            }
        }
        throw new TimeoutException($"the faults stopped long ago, and it has not come to its end: {Stand()}{Environment.NewLine}{_pair.TraceTail()}");
    }

    private string Stand() => string.Join("; ", _pair.Nodes.Select(node =>
        $"{node.Name}: {node.State.Promised}, {node.State.Handoff?.Role} {node.State.Handoff?.Phase} {node.State.Handoff?.Ending}, validator {(node.Validator.Running ? node.Validator.Recorded == _pair.Cluster.Staked.Public ? "S" : "U" : "stopped")}, voters {node.Validator.Voters.Count}, link {node.LinkPointsTo}"));

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
}
