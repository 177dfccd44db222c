using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Failover.Disks;

namespace Failover.Validators;

/// <summary>How a command ended. The texts hold what came last, at most 64 KiB each.</summary>
internal sealed record CommandOutcome(int ExitCode, string Output, string Errors)
{
    private const int ShownCharacters = 400;

    /// <summary>Both streams' last words on one line, for messages.</summary>
    public string Words
    {
        get
        {
            var text = string.Join(' ', $"{Output} {Errors}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            return text.Length <= ShownCharacters ? text : "…" + text[^ShownCharacters..];
        }
    }
}

/// <summary>
/// A process that was started from an argument list. Its output is read to the end whatever becomes of the caller, so that it can never
/// hang on a full pipe.
/// </summary>
internal sealed class RunningCommand
{
    private const int KeptBytes = 64 * 1024;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private readonly Task _exited;

    private RunningCommand(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        _output = ReadToEndAsync(process.StandardOutput.BaseStream);
        _errors = ReadToEndAsync(process.StandardError.BaseStream);
        _exited = process.WaitForExitAsync(CancellationToken.None);
    }

    public int Pid => _process.Id;

    /// <param name="environment">All that the process finds in its environment, and then its folder is the root; null: both are this one's.</param>
    /// <exception cref="ValidatorException">Nothing was started.</exception>
    public static RunningCommand Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }
        if (environment is not null)
        {
            start.WorkingDirectory = "/";
            start.Environment.Clear();
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }
        }
        try
        {
            return new RunningCommand(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            var failure = e.NativeErrorCode is Libc.EACCES or Libc.EPERM ? ValidatorFailure.NotPermitted : ValidatorFailure.NotSupported;
            throw new ValidatorException(Effect.None, failure, $"{command[0]} cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Waits for the process to end. A cancelled wait leaves it running, and can be repeated.</summary>
    public async Task WaitAsync(CancellationToken ct) => await _exited.WaitAsync(ct);

    /// <summary>
    /// Waits for the process and the end of its output. A child of it may hold the pipes open for good: when the wait is cancelled after the
    /// process has ended, its exit code stands and the output is unknown.
    /// </summary>
    public async Task<CommandOutcome> FinishAsync(CancellationToken ct)
    {
        await WaitAsync(ct);
        try
        {
            return new CommandOutcome(_process.ExitCode, await _output.WaitAsync(ct), await _errors.WaitAsync(ct));
        }
        catch (OperationCanceledException)
        {
            return new CommandOutcome(_process.ExitCode, "", "(its output stayed open)");
        }
    }

    /// <summary>Ends it if it can: one that runs as another user is left to itself.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or AggregateException)
        {
            // It changes nothing, so it does no harm to go on without it.
        }
    }

    /// <summary>Reads no further: whatever still holds the other ends of the pipes writes into nothing.</summary>
    public void LetGo()
    {
        _process.StandardOutput.Dispose();
        _process.StandardError.Dispose();
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var kept = new byte[2 * KeptBytes];
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(kept.AsMemory(length), CancellationToken.None);
                if (read == 0)
                {
                    break;
                }
                length += read;
                if (length > KeptBytes)
                {
                    // What a program says last is why it failed.
                    kept.AsSpan(length - KeptBytes, KeptBytes).CopyTo(kept);
                    length = KeptBytes;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // What was read stands.
        }
        return Encoding.UTF8.GetString(kept, 0, length);
    }
}
