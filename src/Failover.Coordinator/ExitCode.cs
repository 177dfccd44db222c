namespace Failover.Coordinator;

/// <summary>How <c>failover</c> ended, for scripts. The numbers are stable.</summary>
internal enum ExitCode
{
    /// <summary>Done: the handoff completed, or what was asked for is so.</summary>
    Ok = 0,

    /// <summary>A bug of ours. Nothing can be concluded: look with <c>failover status</c>.</summary>
    Bug = 1,

    /// <summary>The command line or the configuration is wrong. Nothing was sent.</summary>
    Usage = 2,

    /// <summary>Refused, a preflight check failed, or broken off in time: nothing about voting was changed.</summary>
    Unchanged = 3,

    /// <summary>The source let go and has S back.</summary>
    WentBack = 4,

    /// <summary>A person is needed: what must be checked, and the command, were printed.</summary>
    NeedsOperator = 5,

    /// <summary>A node could not be reached, or the handoff has not ended yet: how things stand is not known in full.</summary>
    Unreachable = 6,

    /// <summary>The voting record is not valid.</summary>
    RecordRefused = 7,

    /// <summary>The doctor found something that fails: a handoff would not begin, or not be safe to prepare.</summary>
    CheckFails = 8,

    /// <summary>Ctrl-C after the go: only the watching ended, the handoff goes on between the agents.</summary>
    Detached = 130,
}

/// <summary>The exit codes as the help shows them. A test holds it to the enum.</summary>
internal static class ExitCodes
{
    public static IReadOnlyList<(ExitCode Code, string Meaning)> All { get; } =
    [
        (ExitCode.Ok, "done: the handoff completed, or what was asked for is so"),
        (ExitCode.Bug, "a bug of ours; look with failover status"),
        (ExitCode.Usage, "the command line or the configuration is wrong; nothing was sent"),
        (ExitCode.Unchanged, "refused, preflight failed, or broken off in time; voting is unchanged"),
        (ExitCode.WentBack, "the source let go and has the identity back"),
        (ExitCode.NeedsOperator, "a person is needed; what to check and type was printed"),
        (ExitCode.Unreachable, "a node could not be reached, or the handoff has not ended yet"),
        (ExitCode.RecordRefused, "the voting record is not valid"),
        (ExitCode.CheckFails, "a check of the doctor fails; the command that cures it was printed"),
        (ExitCode.Detached, "Ctrl-C after the go: the handoff goes on without us"),
    ];
}
