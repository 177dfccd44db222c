namespace FakeCluster.World;

public sealed record ClusterOptions
{
    public required string VoteAccount { get; init; }

    /// <summary>The vote account's node identity: S.</summary>
    public required string Node { get; init; }

    public required string AuthorizedVoter { get; init; }

    public ulong Stake { get; init; } = 1_000_000_000_000;

    public TimeSpan SlotTime { get; init; } = TimeSpan.FromMilliseconds(400);

    public ulong SlotsPerEpoch { get; init; } = 4_096;

    public int Seed { get; init; } = 1;

    /// <summary>S leads one of this many groups of four slots; 0 for none.</summary>
    public int LeaderEvery { get; init; } = 10;

    /// <summary>The chance that a slot begins a minority fork, abandoned after one to three slots.</summary>
    public double ForkRate { get; init; }

    /// <summary>The chance that the rest of the cluster skips a slot.</summary>
    public double SkipRate { get; init; }

    /// <summary>The first slot that passes. Some history before it exists already.</summary>
    public ulong StartSlot { get; init; } = 1_000;

    public ulong? AlpenglowSinceSlot { get; init; }
}
