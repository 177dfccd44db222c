namespace Failover.Records;

/// <summary>The formats of voting records that are read, by the names that their validators give them.</summary>
public static class RecordFormats
{
    /// <summary>The tower of every current validator, outer tag 1 (Agave core/src/consensus/tower1_14_11.rs).</summary>
    public const string CurrentTower = "Tower1_14_11";

    /// <summary>The tower before 1.14.11 in a file with outer tag 0 (Agave core/src/consensus/tower1_7_14.rs).</summary>
    public const string OldTower = "Tower1_7_14";

    /// <summary>The same data in the oldest file, which begins with the signature: <see cref="RecordFiles.LegacyTowerName"/>.</summary>
    public const string UntaggedTower = "Tower1_7_14-untagged";

    /// <summary>A vote history whose votes are written as Agave 4.2 and later write them. Earlier ones cannot read it.</summary>
    public const string VoteHistoryFrom42 = "VoteHistory-4.2";

    /// <summary>A vote history whose votes are written as Agave up to 4.1 writes them. Later ones cannot read it.</summary>
    public const string VoteHistoryUpTo41 = "VoteHistory-4.1";

    /// <summary>A vote history that lists no vote, so that it reads the same in every version.</summary>
    public const string VoteHistoryOfAnyVersion = "VoteHistory";
}
