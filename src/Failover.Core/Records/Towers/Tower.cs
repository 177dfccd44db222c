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

    public ulong? Root { get; init; }

    public TowerSync LastVote { get; init; } = TowerSync.Empty;

    /// <summary>For which slot the newest timestamp was given; usually the slot of the vote before the last one.</summary>
    public BlockTimestamp LastTimestamp { get; init; }
}
