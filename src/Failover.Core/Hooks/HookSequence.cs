using System.Globalization;
using Failover.Agents;
using Failover.Handoff;

namespace Failover.Hooks;

/// <summary>A moment of a handoff at which a node's hooks run.</summary>
/// <param name="Ending">Only after the switch.</param>
public sealed record HookMoment(HandoffOrder Order, HandoffRole Role, HookPoint At, HookUse Use, HandoffEnding Ending = HandoffEnding.Unknown);

/// <summary>One node's hooks: one at a time, in the order of the configuration, each with its time limit, whatever its program does.</summary>
public sealed class HookSequence(NodeConfig config, IHookPrograms programs, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public bool Any => config.Hooks.Count > 0;

    public IReadOnlyList<Hook> At(HookPoint point, HandoffRole role) => [.. config.Hooks.Where(hook => hook.At == point && hook.RunsAs(role))];

    /// <summary>Completes when no hook runs: from then on none does before somebody begins one.</summary>
    public async Task IdleAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        _one.Release();
    }

    /// <summary>Runs the hooks of the moment. One that fails and need not succeed is noted.</summary>
    /// <exception cref="HookFailedException">One that must succeed did not. Those behind it were not begun.</exception>
    /// <exception cref="OperationCanceledException">Given up; the one that ran was killed.</exception>
    public async Task RunAsync(HookMoment moment, Timeline timeline, CancellationToken ct)
    {
        foreach (var hook in At(moment.At, moment.Role))
        {
            await RunAsync(hook, moment, timeline, ct);
        }
    }

    /// <summary>Runs one hook, as <see cref="RunAsync(HookMoment, Timeline, CancellationToken)"/> does.</summary>
    public async Task RunAsync(Hook hook, HookMoment moment, Timeline timeline, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var name = $"{hook.Name} ({hook.At.Word})";
            var mustSucceed = hook.MustSucceed && hook.At.IsBefore;
            timeline.Add(HandoffStep.Hook, StepState.Started, $"{name}, at most {Seconds(hook.TimeLimit)}");
            var began = time.GetTimestamp();
            var (exit, why) = await BoundedAsync(hook, moment, ct);
            var said = HookText.LastLines(exit.Output);
            var words = $"{why} after {Seconds(time.GetElapsedTime(began))}{(said.Length == 0 ? "" : $"; it said: {said}")}";
            if (exit.ExitCode == 0)
            {
                timeline.Add(HandoffStep.Hook, StepState.Done, $"{name}: {words}");
                return;
            }
            timeline.Add(HandoffStep.Hook, StepState.Failed, $"{name}: {words}{(mustSucceed ? "; it must succeed" : "; the handoff does not depend on it")}");
            ct.ThrowIfCancellationRequested();
            if (mustSucceed)
            {
                throw new HookFailedException(
                    $"the hook {name} on {config.Node} must succeed and did not: {words}", $"journalctl -u failover-agent   # on {config.Node}: cure it, then: failover handoff --to {moment.Order.Target}");
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What this node tells of its hooks.</summary>
    public static IReadOnlyList<HookFacts> FactsOf(NodeConfig config, IHookPrograms programs) =>
        [.. config.Hooks.Select(hook => new HookFacts(hook.At, hook.Name, hook.Program, hook.TimeLimit, hook.MustSucceed, hook.OnlyAs, programs.Look(hook.Program)))];

    public void Dispose() => _one.Dispose();

    private async Task<(HookExit Exit, string Why)> BoundedAsync(Hook hook, HookMoment moment, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(hook.TimeLimit, time);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var told = kill.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), killed);
        var running = programs.RunAsync(new HookCall(hook.Command, HookEnvironment.Of(config, moment)), kill.Token);
        if (await Task.WhenAny(running, killed.Task) == running && !kill.IsCancellationRequested)
        {
            var exit = await running;
            return (exit, exit.ExitCode is { } code ? $"exit code {code}" : "not started, or killed by a signal");
        }
        // A process that cannot be killed must not hold up anybody.
        var gone = await Task.WhenAny(running, Task.Delay(Hook.KillGrace, time, CancellationToken.None)) == running;
        var why = ct.IsCancellationRequested ? "given up and killed" : $"killed at its time limit of {Seconds(hook.TimeLimit)}";
        return (new HookExit(null, gone ? (await running).Output : ""), gone ? why : $"{why}, and not gone yet");
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}

/// <summary>A hook that must succeed did not: nothing has been changed, and nothing will be.</summary>
public sealed class HookFailedException(string message, string remedy) : Exception(message)
{
    public string Remedy => remedy;
}
