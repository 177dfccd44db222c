using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;

namespace Failover.Simulation;

/// <summary>Records that tests put where they do not belong.</summary>
internal static class SimulatedTowers
{
    /// <summary>A valid tower of the identity whose last vote is for the slot. Another text makes other bytes.</summary>
    public static byte[] EndingWith(Keypair identity, ulong slot, string bank = "bank")
    {
        var votes = new TowerVotes(slot - 10);
        for (var voted = slot - 5; voted <= slot; voted++)
        {
            votes.Record(voted, Hash.Of(System.Text.Encoding.ASCII.GetBytes(bank)), Hash.Of("block"u8), 1_767_225_600);
        }
        return TowerWriter.Write(identity, votes.Snapshot());
    }

    /// <summary>The tower that lies on the node now, and one more vote.</summary>
    public static byte[] OneVoteNewer(SimulatedNode node, Keypair identity)
    {
        var record = RecordVerifier.Verify(RecordKind.Tower, node.Disk.BytesOf(node.TowerPath)!, identity.Public).Record!;
        var votes = new TowerVotes(Tower.From(record));
        votes.Record(record.LastVotedSlot!.Value + 1, Hash.Of("bank"u8), Hash.Of("block"u8), 1_767_225_600);
        return TowerWriter.Write(identity, votes.Snapshot());
    }
}
