using Failover.Identities;

namespace Failover.Records.Towers;

/// <summary>Writes the tower file of current validators (Agave core/src/consensus/tower1_14_11.rs), byte for byte, for stand-ins of a validator.</summary>
public static class TowerWriter
{
    /// <summary>The outer tag, SavedTowerVersions::Current in Agave core/src/consensus/tower_storage.rs.</summary>
    internal const uint CurrentVersion = 1;
    internal const uint TowerSyncTag = 3;

    // VOTE_THRESHOLD_DEPTH and VOTE_THRESHOLD_SIZE in Agave core/src/consensus.rs.
    private const ulong ThresholdDepth = 8;
    private const double ThresholdSize = 2.0 / 3.0;

    /// <summary>The signed file of the tower. Writes impossible towers just as well.</summary>
    /// <exception cref="OverflowException">The last vote cannot be encoded, see <see cref="TowerSync.Encode"/>.</exception>
    public static byte[] Write(Keypair identity, Tower tower) =>
        SignedFile.Write(CurrentVersion, identity, Data(identity.Public, tower));

    private static byte[] Data(Pubkey node, Tower tower)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(node.ToBytes());
        writer.Write(ThresholdDepth);
        writer.Write(ThresholdSize);
        WriteVoteState(writer, tower);
        writer.Write(TowerSyncTag);
        writer.Write(tower.LastVote.Encode());
        WriteTimestamp(writer, tower.LastTimestamp);
        writer.Flush();
        return bytes.ToArray();
    }

    // VoteState1_14_11: what a tower does not use of it stays at its default.
    private static void WriteVoteState(BinaryWriter writer, Tower tower)
    {
        Span<byte> zeros = stackalloc byte[TowerLayout.PriorVotersSize];
        zeros.Clear();
        writer.Write(zeros[..TowerLayout.VoteStateHeaderSize]);
        writer.WriteCount(tower.Lockouts.Count);
        foreach (var lockout in tower.Lockouts)
        {
            writer.Write(lockout.Slot);
            writer.Write(lockout.Confirmations);
        }
        writer.WriteOptional(tower.Root);
        writer.WriteCount(0);
        writer.Write(zeros);
        writer.Write((ulong)TowerLayout.PriorVoters - 1);
        writer.Write(true);
        writer.WriteCount(0);
        WriteTimestamp(writer, default);
    }

    private static void WriteTimestamp(BinaryWriter writer, BlockTimestamp timestamp)
    {
        writer.Write(timestamp.Slot);
        writer.Write(timestamp.UnixSeconds);
    }
}
