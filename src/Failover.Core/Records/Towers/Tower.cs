namespace Failover.Records.Towers;

/// <summary>The timestamp of a vote that a later timestamp may not undercut: the slot it was for, and unix seconds.</summary>
public readonly record struct BlockTimestamp(ulong Slot, long UnixSeconds);

/// <summary>What a tower file says beyond constants: all that a writer needs. It may be an impossible one; only the verifier judges.</summary>
public sealed record Tower
{
    /// <summary>Lockouts that a validator keeps: MAX_LOCKOUT_HISTORY in solana-sdk vote-interface src/state/mod.rs.</summary>
    public const int MaxLockouts = 31;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Lockout> Lockouts { get; init; } = [];

    /// <summary>The slot of the last lockout; null when there is none.</summary>
    public ulong? LastVotedSlot => Lockouts is [.., var last] ? last.Slot : null;

    public ulong? Root { get; init; }

    public TowerSync LastVote { get; init; } = TowerSync.Empty;

    /// <summary>For which slot the newest timestamp was given; usually the slot of the vote before the last one.</summary>
    public BlockTimestamp LastTimestamp { get; init; }

    /// <summary>All that a verified tower says, e.g. for a stand-in that goes on from it.</summary>
    /// <exception cref="ArgumentException">The record is no tower.</exception>
    public static Tower From(VotingRecord record)
    {
        var header = record.Format == RecordFormats.UntaggedTower ? SignedFile.UntaggedHeaderSize : SignedFile.HeaderSize;
        if (record.Kind != RecordKind.Tower)
        {
            throw new ArgumentException($"the record is a {record.Kind}, not a tower", nameof(record));
        }
        var reader = new SpanReader(record.Bytes.Span[header..]);
        return TowerReader.Read(ref reader, lastVoteHasTag: record.Format == RecordFormats.CurrentTower);
    }
}
