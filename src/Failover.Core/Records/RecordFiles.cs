using Failover.Identities;

namespace Failover.Records;

/// <summary>How a validator names its records in its ledger or tower folder (Agave tower_storage.rs, vote_history_storage.rs).</summary>
public static class RecordFiles
{
    /// <summary>What the validator puts behind the name of a record while it writes it.</summary>
    public const string TemporarySuffix = ".new";

    /// <summary>The name of the identity's record.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind is none of the two.</exception>
    public static string Name(RecordKind kind, Pubkey identity) => kind switch
    {
        RecordKind.Tower => $"tower-1_9-{identity}.bin",
        RecordKind.VoteHistory => $"vote_history-{identity}.bin",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a voting record is a tower or a vote history"),
    };

    /// <summary>The name under which the validator writes the record, in the same folder, before it renames it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind is none of the two.</exception>
    public static string TemporaryName(RecordKind kind, Pubkey identity) => Name(kind, identity) + TemporarySuffix;

    /// <summary>Where validators before 1.9 kept the tower. A validator falls back to it when the current name cannot be opened.</summary>
    public static string LegacyTowerName(Pubkey identity) => $"tower-{identity}.bin";
}
