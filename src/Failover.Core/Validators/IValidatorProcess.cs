namespace Failover.Validators;

/// <summary>The validator's process as the operating system shows it.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Start time in clock ticks since boot: together with the pid it names one process for good.</param>
/// <param name="CommandLine">The arguments, program first.</param>
/// <param name="Uid">The user it runs as.</param>
public sealed record ProcessFacts(int Pid, ulong StartTicks, IReadOnlyList<string> CommandLine, uint Uid)
{
    /// <summary>The values of a flag that may be given as <c>--flag value</c> or <c>--flag=value</c>, any number of times.</summary>
    public IReadOnlyList<string> ValuesOf(params ReadOnlySpan<string> flags)
    {
        List<string> values = [];
        for (var i = 1; i < CommandLine.Count; i++)
        {
            foreach (var flag in flags)
            {
                if (CommandLine[i] == flag && i + 1 < CommandLine.Count)
                {
                    values.Add(CommandLine[i + 1]);
                }
                else if (CommandLine[i].StartsWith(flag + "=", StringComparison.Ordinal))
                {
                    values.Add(CommandLine[i][(flag.Length + 1)..]);
                }
            }
        }
        return values;
    }
}

/// <summary>Finds and, as the very last resort, ends the validator's process.</summary>
public interface IValidatorProcess
{
    /// <summary>
    /// The process that runs on this node's ledger. Null is a proof that none does (so no validator of this node can act with any
    /// identity); when it cannot be told, throws <see cref="ValidatorException"/> with <see cref="Effect.None"/>.
    /// </summary>
    ProcessFacts? Find();

    /// <summary>Kills the process group of exactly this process and returns when it is gone. Throws <see cref="ValidatorException"/> when that cannot be proven in time.</summary>
    Task KillAsync(ProcessFacts process, CancellationToken ct);
}
