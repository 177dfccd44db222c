namespace Failover.Records;

/// <summary>Decides whether bytes are a voting record of one identity.</summary>
public static class RecordVerifier
{
    /// <summary>The largest tower file that is looked at; a full one has 2319 bytes.</summary>
    public const int MaxTowerBytes = 64 * 1024;

    /// <summary>The largest vote history that is looked at. It grows while the cluster stands still; one beyond this is for a person to judge.</summary>
    public const int MaxVoteHistoryBytes = 16 * 1024 * 1024;
}
