namespace Failover.Coordination;

/// <summary>The bounds of what a coordinator waits for. None of them plays a part in safety: the agents keep their own.</summary>
public sealed record CoordinationTimings
{
    public TimeSpan StatusLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For each node; preparing reads, checks and connects.</summary>
    public TimeSpan PrepareLimit { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ReleaseLimit { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan CommitLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Commit is idempotent: unheard, it is asked again so often.</summary>
    public int CommitTries { get; init; } = 3;

    /// <summary>For each node; a resume works on the handoff before it answers.</summary>
    public TimeSpan ResumeLimit { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan OrderLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries of whatever is tried again.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an agent may be silent before its timeline is given up.</summary>
    public TimeSpan FollowPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the target's last words are waited for once the source's timeline has ended.</summary>
    public TimeSpan FollowGrace { get; init; } = TimeSpan.FromSeconds(2);
}
