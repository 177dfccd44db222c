using Failover.Handoff;

namespace Failover.Hooks;

/// <summary>Where in a handoff a hook runs, in the order in which they come.</summary>
public enum HookPoint
{
    Unknown = 0,

    /// <summary>The node is locked for the handoff; nothing has been checked yet.</summary>
    BeforePrepare = 1,

    /// <summary>The node is prepared; on the source: every check passes.</summary>
    AfterPrepare = 2,

    /// <summary>The moment has come; neither node has been touched.</summary>
    BeforeCommit = 3,

    /// <summary>S has moved: the target has voted with it.</summary>
    AfterCommit = 4,

    /// <summary>Last of all, however it ended. On the source also when it says that a person is needed.</summary>
    AfterEnding = 5,
}

/// <summary>Whether a handoff's hooks run. A dry run is never committed.</summary>
public enum HookUse
{
    Unknown = 0,

    /// <summary>A handoff.</summary>
    Run = 1,

    /// <summary>A dry run that runs those up to the commit and those of its ending, and tells them what it is.</summary>
    DryRun = 2,

    /// <summary>A dry run without them.</summary>
    Skip = 3,
}

/// <summary>A program that an operator has the agent start. It comes from the agent's own configuration and from nowhere else.</summary>
/// <param name="Name">What it is called in timelines and logs; its arguments never are, since they may hold a secret.</param>
/// <param name="Command">The program's absolute path and its arguments.</param>
/// <param name="MustSucceed">Only before something: the handoff ends unchanged when it fails.</param>
/// <param name="OnlyAs">Only where the node has this role; <see cref="HandoffRole.Unknown"/>: in both.</param>
public sealed record Hook(HookPoint At, string Name, IReadOnlyList<string> Command, TimeSpan TimeLimit, bool MustSucceed, HandoffRole OnlyAs)
{
    public string Program => Command[0];

    /// <summary>How long a killed hook may take to be gone before it is left to itself.</summary>
    public static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    /// <summary>Hooks may take this long in all, for each node: whoever waits for a prepare has to know.</summary>
    public static readonly TimeSpan LongestInAll = TimeSpan.FromMinutes(5);

    public bool RunsAs(HandoffRole role) => OnlyAs == HandoffRole.Unknown || OnlyAs == role;

    /// <summary>Compares what the command holds.</summary>
    public bool SaysTheSameAs(Hook other) => this with { Command = other.Command } == other && Command.SequenceEqual(other.Command, StringComparer.Ordinal);
}

/// <summary>What a node tells of one of its hooks. The arguments are not in it.</summary>
public sealed record HookFacts(HookPoint At, string Name, string Program, TimeSpan TimeLimit, bool MustSucceed, HandoffRole OnlyAs, HookFile File)
{
    public bool RunsAs(HandoffRole role) => OnlyAs == HandoffRole.Unknown || OnlyAs == role;
}

/// <summary>What is wrong with a hook's program, if anything.</summary>
public enum HookFile
{
    Unknown = 0,
    Good = 1,
    Missing = 2,

    /// <summary>The agent's user cannot run it, or it is no regular file.</summary>
    NotExecutable = 3,

    /// <summary>Another user than root and the agent's own can change the file, or replace it in its folder.</summary>
    WritableByOthers = 4,
}

/// <summary>The words of hook points, as a configuration has them.</summary>
public static class HookPoints
{
    public static IReadOnlyList<HookPoint> All { get; } = [.. Enum.GetValues<HookPoint>().Where(point => point != HookPoint.Unknown)];

    extension(HookPoint point)
    {
        /// <summary>E.g. <c>before-commit</c>.</summary>
        public string Word => point switch
        {
            HookPoint.BeforePrepare => "before-prepare",
            HookPoint.AfterPrepare => "after-prepare",
            HookPoint.BeforeCommit => "before-commit",
            HookPoint.AfterCommit => "after-commit",
            HookPoint.AfterEnding => "after-ending",
            _ => throw new ArgumentOutOfRangeException(nameof(point), point, "no point of a handoff"),
        };

        /// <summary>Whether a hook there can still stop the handoff.</summary>
        public bool IsBefore => point is HookPoint.BeforePrepare or HookPoint.BeforeCommit;
    }
}
