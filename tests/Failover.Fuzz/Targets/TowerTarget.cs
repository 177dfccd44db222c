using Failover.Fuzzing.Cases;
using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;
using Failover.Testing;

namespace Failover.Fuzzing.Targets;

/// <summary>Towers of every age.</summary>
internal sealed class TowerTarget() : RecordTarget("tower", RecordKind.Tower, Seeds)
{
    protected override void Check(byte[] input, VotingRecord record)
    {
        var lockouts = record.Lockouts;
        FindingException.Require(lockouts.Count <= Tower.MaxLockouts, "more than 31 lockouts");
        for (var i = 0; i < lockouts.Count; i++)
        {
            FindingException.Require(lockouts[i].Confirmations is >= 1 and <= Tower.MaxLockouts, "confirmations out of range");
            FindingException.Require(
                i == 0 || (lockouts[i].Slot > lockouts[i - 1].Slot && lockouts[i].Confirmations < lockouts[i - 1].Confirmations), "lockouts out of order");
        }
        FindingException.Require(lockouts.Count == 0 || !(record.RootSlot >= lockouts[0].Slot), "a root above the first lockout");
        FindingException.Require(record.LastVotedSlot == (lockouts.Count == 0 ? null : lockouts[^1].Slot), "another last vote than the last lockout");
        CheckAgain(record);
    }

    // What was read, written as a current validator writes it, is accepted as the same.
    private static void CheckAgain(VotingRecord record)
    {
        var tower = Tower.From(record);
        var again = RecordVerifier.Verify(RecordKind.Tower, TowerWriter.Write(Identity, tower), Identity.Public).Record;
        FindingException.Require(
            again is not null && again.LastVotedSlot == record.LastVotedSlot && again.RootSlot == record.RootSlot && again.Lockouts.SequenceEqual(record.Lockouts)
            && again.LastVoteUnixSeconds == record.LastVoteUnixSeconds,
            "what was read of it cannot be written and read again");
    }

    private static IReadOnlyList<byte[]> Seeds(Keypair identity) =>
    [
        GoldenTowers.Full,
        GoldenTowers.Short,
        TowerWriter.Write(identity, new Tower()),
        TowerFiles.Old(identity, GoldenTowers.ShortTower),
        .. Enum.GetValues<LastVoteKind>().Select(kind => TowerFiles.Current(identity, GoldenTowers.ShortTower, kind)),
    ];
}
