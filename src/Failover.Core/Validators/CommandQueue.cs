using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>
/// Runs the commands of one validator, one at a time. A command that changes something is never killed: an interrupted fdctl set-identity
/// leaves the key switched in a part of the tiles and block production halted. On its deadline it is left running, and nothing else is run
/// before it has ended, so whatever is asked next also settles what became of it.
/// </summary>
internal sealed partial class CommandQueue(TimeSpan timeout, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private RunningCommand? _leftRunning;

    /// <summary>Does one thing when it is its turn and everything before it has ended, for which it waits one deadline long.</summary>
    public async Task<T> InTurnAsync<T>(string what, Func<Task<T>> act, CancellationToken ct)
    {
        await BoundedAsync(deadline => WaitForTurnAsync(what, deadline), ct);
        try
        {
            await BoundedAsync(deadline => WaitForLeftRunningAsync(what, deadline), ct);
            return await act();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Within a turn: runs a command that changes something.</summary>
    public Task<CommandOutcome> ChangeAsync(IReadOnlyList<string> command, CancellationToken ct) => BoundedAsync(
        async deadline =>
        {
            var running = RunningCommand.Start(command);
            try
            {
                return await running.FinishAsync(deadline);
            }
            catch (OperationCanceledException e)
            {
                _leftRunning = running;
                LogLeftRunning(command[0], running.Pid);
                throw NoAnswer(
                    Effect.Unknown, $"{command[0]} (pid {running.Pid}) has not ended in time; it is left running, because stopping it half-way is worse", e);
            }
        },
        ct);

    /// <summary>Within a turn: gives something that changes nothing a deadline of its own.</summary>
    public async Task<T> BoundedAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken ct)
    {
        using var bound = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, ct);
        return await act(deadline.Token);
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<bool> WaitForTurnAsync(string what, CancellationToken deadline)
    {
        try
        {
            await _oneAtATime.WaitAsync(deadline);
            return true;
        }
        catch (OperationCanceledException e)
        {
            throw NoAnswer(Effect.None, $"{what} was not begun: an earlier command is still running", e);
        }
    }

    private async Task<bool> WaitForLeftRunningAsync(string what, CancellationToken deadline)
    {
        if (_leftRunning is not { } running)
        {
            return false;
        }
        try
        {
            await running.WaitAsync(deadline);
            _leftRunning = null;
            return true;
        }
        catch (OperationCanceledException e)
        {
            throw NoAnswer(Effect.None, $"{what} was not begun: an earlier command (pid {running.Pid}) is still running", e);
        }
    }

    private static ValidatorException NoAnswer(Effect effect, string message, Exception inner) =>
        new(effect, ValidatorFailure.NoAnswer, message, inner);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Command} (pid {Pid}) has not ended in time and is left running")]
    private partial void LogLeftRunning(string command, int pid);
}
