using Failover.Identities;

namespace Failover.Records.Towers;

/// <summary>Sizes in bytes, and counts, of the fixed parts of a tower's data (VoteState1_14_11 in solana-sdk vote-interface).</summary>
internal static class TowerLayout
{
    /// <summary>Threshold depth u64 and threshold size f64.</summary>
    public const int ThresholdsSize = sizeof(ulong) + sizeof(double);

    /// <summary>Node, withdrawer and commission in front of the lockouts.</summary>
    public const int VoteStateHeaderSize = 2 * Pubkey.Size + 1;

    public const int LockoutSize = sizeof(ulong) + sizeof(uint);

    /// <summary>Epoch and key.</summary>
    public const int AuthorizedVoterSize = sizeof(ulong) + Pubkey.Size;

    /// <summary>Places in the ring of prior voters.</summary>
    public const int PriorVoters = 32;

    /// <summary>Key and two epochs at each place of the ring.</summary>
    public const int PriorVotersSize = PriorVoters * (Pubkey.Size + 2 * sizeof(ulong));

    /// <summary>Epoch, credits and previous credits.</summary>
    public const int EpochCreditsSize = 3 * sizeof(ulong);

    /// <summary>Slot and unix seconds.</summary>
    public const int TimestampSize = sizeof(ulong) + sizeof(long);
}
