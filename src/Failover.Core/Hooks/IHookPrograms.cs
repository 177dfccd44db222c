namespace Failover.Hooks;

/// <summary>A program that is to run, with everything that it is told.</summary>
/// <param name="Environment">All of it: nothing else is handed down, except where programs are found and which language is spoken.</param>
public sealed record HookCall(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment);

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Null when it was not started, or was killed.</param>
/// <param name="Output">What it said last, bounded, as it said it: not to be shown as it is.</param>
public sealed record HookExit(int? ExitCode, string Output);

/// <summary>Runs the hooks' programs on this machine.</summary>
public interface IHookPrograms
{
    /// <summary>
    /// Runs a program to its end. When <paramref name="kill"/> comes, it is killed with everything that it has started in its process group, and the call returns once it is
    /// gone. Never throws for what a program does.
    /// </summary>
    Task<HookExit> RunAsync(HookCall call, CancellationToken kill);

    /// <summary>Looks at the program's file.</summary>
    HookFile Look(string program);
}
