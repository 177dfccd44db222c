using System.Runtime.InteropServices;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Handoff;

namespace Failover.Agent.Faults;

/// <summary>
/// For tests: stops this process at a named place of the protocol (<see cref="FaultPoint"/>), so that it, or another one, can be killed exactly there. In force only where
/// the variable <see cref="Variable"/> names a folder; without it nothing is put around anything. A place is armed while a file of its name is in the folder. When it is
/// reached, the file gets the name with <see cref="Reached"/> behind it, and the process stands still as after <c>kill -STOP</c>; it goes on once that file is deleted and
/// the process told to (<c>kill -CONT</c>). An armed file that says <see cref="LoseUnsynced"/> takes back, before, what this process has written and not made durable.
/// </summary>
public sealed partial class FaultPoints(string folder)
{
    public const string Variable = "FAILOVER_FAULT_POINTS";
    public const string Reached = ".reached";
    public const string LoseUnsynced = "lose-unsynced";

    private const int SigStop = 19;

    private readonly Lock _reaching = new();
    private UnsyncedWrites? _unsynced;

    public string Folder => folder;

    /// <summary>What was written down last, by this process or before it.</summary>
    internal WrittenDown State { get; set; } = WrittenDown.Nothing;

    /// <summary>Whether the last identity that this process gave the validator is the unstaked one.</summary>
    internal bool LetGo { get; set; }

    /// <summary>Null, which is the rule, when the variable is not set.</summary>
    public static FaultPoints? FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? new(folder) : null;

    public MachineParts Around(MachineParts machine, NodeConfig config)
    {
        _unsynced = new UnsyncedWrites(machine.Disk);
        return machine with { Disk = new FaultyDisk(machine.Disk, _unsynced, this, config), Validator = new FaultyValidator(machine.Validator, this) };
    }

    public IPeers Around(IPeers peers) => new FaultyPeers(peers, this);

    public IPeerLink Around(IPeerLink link) => new FaultyLink(link, this);

    /// <summary>Comes by a place of the role that this node has in its last handoff.</summary>
    internal void Reach(string step, string when) => Reach(State.Role, step, when);

    internal void Reach(string role, string step, string when)
    {
        var armed = Path.Combine(folder, $"{role}.{step}.{when}");
        var reached = armed + Reached;
        lock (_reaching)
        {
            if (!File.Exists(armed))
            {
                return;
            }
            if (File.ReadAllText(armed) == LoseUnsynced)
            {
                _unsynced?.Undo();
            }
            File.Move(armed, reached);
            _ = Kill(Environment.ProcessId, SigStop);
            // The signal may take a moment to stop every thread; this one does nothing more in any case.
            SpinWait.SpinUntil(() => !File.Exists(reached));
        }
    }

    /// <summary>Around an effect that no disk has a part in.</summary>
    internal async Task AroundAsync(string step, Func<Task> effect)
    {
        Reach(step, FaultPoint.Before);
        await effect();
        Reach(step, FaultPoint.After);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
