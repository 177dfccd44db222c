namespace Failover.Protocol.Clients;

/// <summary>A node's agent: its name in orders and certificates, and where it listens.</summary>
/// <param name="Address">https only.</param>
public sealed record NodeAddress(string Name, Uri Address)
{
    /// <summary>Whether a node can be called that: 1 to 64 of <c>a-z 0-9 -</c>.</summary>
    public static bool IsName(string name) => Mapping.Field.IsName(name);
}

/// <summary>How long calls may take. What a call asked for may have been done when its time is up.</summary>
public sealed record CallLimits
{
    /// <summary>To set a connection up.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Status and history.</summary>
    public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Checks, the link to the peer, and the measuring of round trips.</summary>
    public TimeSpan Prepare { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Starting a handoff, and giving one up: both only write something down.</summary>
    public TimeSpan Commit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bringing a stopped handoff to its end.</summary>
    public TimeSpan Resume { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ordering an identity or repointing the link, by hand.</summary>
    public TimeSpan ByHand { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Asking a target to withdraw: it waits for a promotion in progress, which is bounded itself.</summary>
    public TimeSpan Withdraw { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Sending records to be kept aside.</summary>
    public TimeSpan SendRecord { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After so long without a sign of life on an open connection one is asked for.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for that sign before the connection counts as dead. A busy machine is not a dead one.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a status or history call is tried again when the agent cannot be reached.</summary>
    public int ReadRetries { get; init; } = 2;

    /// <summary>Before the first such retry; doubles.</summary>
    public TimeSpan ReadRetryPause { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How often in a row a broken timeline is taken up again before it is given up.</summary>
    public int FollowRetries { get; init; } = 10;

    /// <summary>Between two such tries.</summary>
    public TimeSpan FollowRetryPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for the other side to close a link that we closed.</summary>
    public TimeSpan LinkClose { get; init; } = TimeSpan.FromSeconds(1);
}
