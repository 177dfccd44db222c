using System.Net.Sockets;
using Failover.Disks;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// The validator's process through <c>/proc</c>. Has to share the validator's PID and mount namespaces: one that runs in another PID
/// namespace is noticed only by its admin socket.
/// </summary>
public sealed partial class LinuxValidatorProcess(
    LinuxValidatorProcessOptions options, IDisk disk, TimeProvider time, ILogger<LinuxValidatorProcess> logger) : IValidatorProcess
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private readonly ProcFolder _proc = new(disk, options.ProcPath);

    /// <inheritdoc/>
    public ProcessFacts? Find()
    {
        try
        {
            var found = new Dictionary<int, ProcessFacts>();
            // As seen in this one pass: a process that goes meanwhile must not cut its children off.
            var parents = new Dictionary<int, int>();
            var untold = new List<int>();
            var commandLine = new ValidatorCommandLine(options);
            foreach (var pid in _proc.Pids())
            {
                Look(pid, commandLine, parents, found, untold);
            }
            if (found.Count > 0)
            {
                return Choose(found, parents);
            }
            if (untold.Count > 0)
            {
                throw CannotTell($"whose validator process {untold[0]} is does not show (its working folder or configuration would tell)");
            }
            if (_proc.MayHideProcesses())
            {
                throw CannotTell("/proc hides processes of other users (hidepid, or ProtectProc in the unit): run the agent as root without it");
            }
            if (SomebodyListens())
            {
                throw CannotTell("its admin socket is served, but no such process is seen: does it run in another PID namespace (container)?");
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotTell(e.Message, e);
        }
    }

    /// <summary>
    /// <inheritdoc/> A group that the agent itself belongs to is spared, and only the process killed. Its zombie counts as gone.
    /// </summary>
    public async Task KillAsync(ProcessFacts process, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.KillTimeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            using var handle = PidFd.Open(process.Pid);
            // Looked at after the handle was taken: from here on, the handle and the facts are of the same process.
            if (handle is null || _proc.Stat(process.Pid) is not { } stat || stat.StartTicks != process.StartTicks)
            {
                return;
            }
            LogKilling(process.Pid, stat.Group);
            if (stat.Group > 1 && stat.Group != PidFd.OwnGroup && !handle.HasEnded)
            {
                PidFd.KillGroup(stat.Group);
            }
            handle.KillProcess();
            while (!handle.HasEnded)
            {
                await Task.Delay(LookAgain, time, deadline.Token);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new ValidatorException(
                Effect.Unknown, ValidatorFailure.NoAnswer, $"process {process.Pid} was told to end by SIGKILL and is still there", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ValidatorException(Effect.None, ValidatorFailure.NotPermitted, e.Message, e);
        }
        catch (IOException e)
        {
            throw new ValidatorException(Effect.Unknown, ValidatorFailure.Unknown, e.Message, e);
        }
    }

    private void Look(int pid, ValidatorCommandLine commandLine, Dictionary<int, int> parents, Dictionary<int, ProcessFacts> found, List<int> untold)
    {
        if (_proc.Stat(pid) is not { HasEnded: false } stat)
        {
            return;
        }
        parents[pid] = stat.Parent;
        if (pid == Environment.ProcessId || _proc.CommandLine(pid, stat.Threads) is not { } arguments)
        {
            return;
        }
        var isValidator = commandLine.IsValidator(arguments, () => _proc.WorkingFolder(pid));
        // Another start time means that the pid has changed hands while it was looked at: the one that was looked at is gone.
        if (isValidator == false || _proc.Uid(pid) is not { } uid || _proc.Stat(pid)?.StartTicks != stat.StartTicks)
        {
            return;
        }
        if (isValidator is null)
        {
            untold.Add(pid);
            return;
        }
        found.Add(pid, new ProcessFacts(pid, stat.StartTicks, arguments, uid));
    }

    /// <summary>
    /// Wrappers (sudo, a container's init) name what they run in their own arguments, and Firedancer is a process with many children: of a chain
    /// the last is the validator, of a tree the first. A child with the very arguments of its parent has been forked and not become anything else
    /// yet, so it is part of the parent. Two that are not related are an error of the operator's.
    /// </summary>
    private ProcessFacts Choose(Dictionary<int, ProcessFacts> found, Dictionary<int, int> parents)
    {
        foreach (var (pid, facts) in found.ToList())
        {
            if (found.TryGetValue(FoundAncestor(pid, found, parents), out var above) && above.CommandLine.SequenceEqual(facts.CommandLine))
            {
                found.Remove(pid);
            }
        }
        var ancestors = found.Keys.ToDictionary(pid => pid, pid => FoundAncestor(pid, found, parents));
        var first = found.Keys.Where(pid => ancestors[pid] == 0).ToList();
        if (first.Count != 1)
        {
            throw CannotTell($"several processes claim its ledger or identity: {string.Join(", ", first)}");
        }
        var isChain = ancestors.Values.Distinct().Count() == ancestors.Count;
        return isChain ? found[found.Keys.Single(pid => !ancestors.ContainsValue(pid))] : found[first[0]];
    }

    /// <summary>0 when there is none.</summary>
    private static int FoundAncestor(int pid, Dictionary<int, ProcessFacts> found, Dictionary<int, int> parents)
    {
        var ancestor = parents.GetValueOrDefault(pid);
        // A pid that changed hands during the pass could close a circle: no line of ancestors is longer than the pass.
        for (var steps = 0; ancestor > 0 && !found.ContainsKey(ancestor) && steps < parents.Count; steps++)
        {
            ancestor = parents.GetValueOrDefault(ancestor);
        }
        return found.ContainsKey(ancestor) ? ancestor : 0;
    }

    private bool SomebodyListens()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(options.LedgerPath, "admin.rpc")));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.ConnectionRefused)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return true;
        }
        catch (SocketException e)
        {
            throw CannotTell($"its admin socket cannot be tried ({e.Message})", e);
        }
        catch (ArgumentException)
        {
            // The path is too long for a socket, so nothing listens on it.
            return false;
        }
    }

    private ValidatorException CannotTell(string why, Exception? inner = null) => new(
        Effect.None, ValidatorFailure.Unknown, $"whether a validator runs on {options.LedgerPath} cannot be told: {why}", inner);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Killing the validator: process {Pid}, group {Group}")]
    private partial void LogKilling(int pid, int group);
}
