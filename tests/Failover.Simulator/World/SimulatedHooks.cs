using Failover.Hooks;

namespace Failover.Simulation;

/// <summary>What a hook's program does once it is started.</summary>
public enum HookDeed
{
    Succeeds,
    Fails,

    /// <summary>Until it is killed.</summary>
    Hangs,

    /// <summary>Not even then: nobody hears of it again.</summary>
    CannotBeKilled,
}

/// <summary>One program that was started.</summary>
internal sealed class StartedHook(HookCall call)
{
    public HookCall Call => call;

    public string Handoff => call.Environment["FAILOVER_HANDOFF_ID"];

    public string Ending => call.Environment["FAILOVER_ENDING"];

    public string Name => $"{call.Environment["FAILOVER_HOOK"]} {string.Join(' ', call.Command)}";

    public bool Running { get; set; } = true;

    /// <summary>Nobody can wait for its end.</summary>
    public bool CannotBeKilled { get; set; }

    public TaskCompletionSource<HookExit> Exit { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The programs that one machine's agent starts. They are processes of their own: they go on while the agent stands still, and end with it, as its unit has it.</summary>
internal sealed class SimulatedHooks(string node, Pump pump, Action<string> trace) : IHookPrograms
{
    private static readonly TimeSpan KillTakes = TimeSpan.FromMilliseconds(3);

    /// <summary>All that were ever started, in their order.</summary>
    public List<StartedHook> Started { get; } = [];

    /// <summary>What the program with these arguments does, and how long it takes.</summary>
    public Func<HookCall, (HookDeed Deed, TimeSpan Takes)> Does { get; set; } = _ => (HookDeed.Succeeds, TimeSpan.FromMilliseconds(20));

    /// <summary>Called when one begins.</summary>
    public Action<StartedHook> Begins { get; set; } = _ => { };

    /// <summary>Called as well, after it was judged.</summary>
    public Action Counted { get; set; } = () => { };

    public HookFile File { get; set; } = HookFile.Good;

    public IEnumerable<StartedHook> Running => Started.Where(hook => hook.Running);

    public Task<HookExit> RunAsync(HookCall call, CancellationToken kill)
    {
        PumpContext.RequireAlive();
        var hook = new StartedHook(call);
        Started.Add(hook);
        trace($"{node} runs {hook.Name} for {hook.Handoff} {hook.Ending}");
        Begins(hook);
        pump.Outside.Post(_ => _ = LiveAsync(hook, kill), null);
        Counted();
        return hook.Exit.Task;
    }

    public HookFile Look(string program) => File;

    /// <summary>The agent's unit ends, and all that it started with it.</summary>
    public void EndAll()
    {
        foreach (var hook in Running)
        {
            hook.Running = false;
        }
    }

    private async Task LiveAsync(StartedHook hook, CancellationToken kill)
    {
        var (deed, takes) = Does(hook.Call);
        hook.CannotBeKilled = deed == HookDeed.CannotBeKilled;
        var killed = false;
        try
        {
            await Task.Delay(deed is HookDeed.Succeeds or HookDeed.Fails ? takes : Timeout.InfiniteTimeSpan, pump.Time, deed == HookDeed.CannotBeKilled ? CancellationToken.None : kill);
        }
        catch (OperationCanceledException)
        {
            await Task.Delay(KillTakes, pump.Time, CancellationToken.None);
            killed = true;
        }
        hook.Running = false;
        trace($"{node}'s {hook.Name} for {hook.Handoff} {(killed ? "is killed" : deed.ToString())}");
        hook.Exit.TrySetResult(new HookExit(killed ? null : deed == HookDeed.Succeeds ? 0 : 1, $"{deed}\n"));
    }
}
