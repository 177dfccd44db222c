namespace Failover.Records;

/// <summary>The two kinds of voting record. A node may have both; a handoff carries all there are.</summary>
public enum RecordKind
{
    Unknown = 0,

    /// <summary>TowerBFT: <c>tower-1_9-&lt;S&gt;.bin</c>.</summary>
    Tower = 1,

    /// <summary>Alpenglow: <c>vote_history-&lt;S&gt;.bin</c>.</summary>
    VoteHistory = 2,
}
