using Failover.Validators;

namespace Failover.Simulation;

internal sealed partial class SimulatedValidator : IValidatorProcess
{
    private int _pid = 100;

    /// <summary>It cannot be told whether the process runs.</summary>
    public bool HidesProcess { get; set; }

    /// <summary>The process cannot be ended (it waits in the kernel).</summary>
    public bool Unkillable { get; set; }

    public ProcessFacts? Find()
    {
        PumpContext.RequireAlive();
        return HidesProcess
            ? throw new ValidatorException(Effect.None, ValidatorFailure.NotPermitted, "the processes of this machine cannot be seen")
            : Running ? new ProcessFacts(_pid, 1, CommandLine, 0) : null;
    }

    /// <summary>How it was started.</summary>
    public IReadOnlyList<string> CommandLine { get; set; } =
    [
        "agave-validator", "--identity", config.IdentityLink, "--vote-account", config.VoteAccount.ToString(),
        .. config.AuthorizedVoters.SelectMany(voter => new[] { "--authorized-voter", voter }),
    ];

    public async Task KillAsync(ProcessFacts process, CancellationToken ct)
    {
        PumpContext.RequireAlive();
        if (Unkillable)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, pump.Time, ct);
        }
        if (Running && process.Pid == _pid)
        {
            Stop();
        }
    }
}
