using Failover.Disks;
using Failover.Validators;

namespace Failover.Hooks;

/// <summary>
/// Real processes, each in a session of its own, so that it can be killed with all that it started and never reaches the agent's terminal. No shell; its input is at its end
/// from the beginning.
/// </summary>
public sealed class LinuxHookPrograms(IDisk disk, TimeProvider time) : IHookPrograms
{
    // .NET cannot begin a session; this one replaces itself by the program. Part of every Debian (util-linux).
    private const string BeginSession = "/usr/bin/setsid";

    private const int WritableByOthers = 0b000_010_010;
    private const int Sticky = 0x200;
    private const uint Root = 0;

    // What a program leaves behind may hold its output open for good.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>Handed down, since hardly any program runs without.</summary>
    private static readonly string[] HandedDown = ["PATH", "HOME", "LANG"];

    /// <inheritdoc/>
    public async Task<HookExit> RunAsync(HookCall call, CancellationToken kill)
    {
        RunningCommand running;
        try
        {
            running = RunningCommand.Start([BeginSession, .. call.Command], Environment(call));
        }
        catch (ValidatorException e)
        {
            return new HookExit(null, e.Message);
        }
        var killed = false;
        try
        {
            await running.WaitAsync(kill);
        }
        catch (OperationCanceledException)
        {
            killed = true;
            Kill(running);
            await running.WaitAsync(CancellationToken.None);
        }
        using var grace = new CancellationTokenSource(OutputGrace, time);
        var outcome = await running.FinishAsync(grace.Token);
        running.LetGo();
        return new HookExit(killed ? null : outcome.ExitCode, $"{outcome.Output}\n{outcome.Errors}");
    }

    /// <inheritdoc/>
    public HookFile Look(string program)
    {
        try
        {
            // Where links lead, since that is what is run.
            if (Libc.RealPath(program) is not { } real || disk.Stat(real) is not { } facts)
            {
                return HookFile.Missing;
            }
            if (facts.Kind != FileKind.Regular || !Libc.MayExecute(real))
            {
                return HookFile.NotExecutable;
            }
            // In a sticky folder the names are safe from others.
            return OpenToOthers(facts)
                || FoldersOf(program).Concat(FoldersOf(real)).Any(folder => disk.Stat(folder) is { Kind: FileKind.Folder, Mode: var mode } there && (mode & Sticky) == 0 && OpenToOthers(there))
                ? HookFile.WritableByOthers
                : HookFile.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HookFile.Missing;
        }
    }

    private static bool OpenToOthers(FileFacts facts) =>
        (facts.Uid != Root && facts.Uid != Libc.EffectiveUser()) || (facts.Mode & WritableByOthers) != 0;

    private static IEnumerable<string> FoldersOf(string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private static void Kill(RunningCommand running)
    {
        try
        {
            PidFd.KillGroup(running.Pid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has taken another user's rights: whoever waits for it goes on without.
        }
        running.Kill();
    }

    private static Dictionary<string, string> Environment(HookCall call)
    {
        var all = new Dictionary<string, string>(call.Environment, StringComparer.Ordinal);
        foreach (var name in HandedDown)
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value)
            {
                all[name] = value;
            }
        }
        return all;
    }
}
