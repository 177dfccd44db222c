namespace Failover.Records.Towers;

/// <summary>
/// What holds for every tower that a validator can have stored, however it came to its votes: by voting (where a vote's
/// confirmations grow before those of a later one do), from a bank, or by dropping its oldest votes.
/// </summary>
internal static class TowerRules
{
    /// <summary>Null when the tower keeps every rule.</summary>
    public static RecordRefusal? Check(Tower tower) =>
        CheckOrder(tower) ?? CheckRoot(tower) ?? CheckLastVote(tower);

    private static RecordRefusal? CheckOrder(Tower tower)
    {
        Lockout? previous = null;
        foreach (var lockout in tower.Lockouts)
        {
            if (lockout.Slot <= previous?.Slot)
            {
                return new(RecordTests.LockoutsAscend, $"the tower has slot {lockout.Slot} behind slot {previous?.Slot}; slots must ascend.");
            }
            if (lockout.Confirmations is < 1 or > Tower.MaxLockouts)
            {
                return new(RecordTests.ConfirmationsInRange,
                    $"the tower has {lockout.Confirmations} confirmations for slot {lockout.Slot}; 1 to {Tower.MaxLockouts} are possible.");
            }
            if (lockout.Confirmations >= previous?.Confirmations)
            {
                return new(RecordTests.ConfirmationsDescend,
                    $"the tower has {lockout.Confirmations} confirmations for slot {lockout.Slot} and {previous?.Confirmations} for the one before; they must descend.");
            }
            previous = lockout;
        }
        return null;
    }

    private static RecordRefusal? CheckRoot(Tower tower) => tower.Lockouts is [var first, ..] && tower.Root >= first.Slot
        ? new(RecordTests.RootBelowFirstLockout, $"the tower's root is slot {tower.Root}; it must be below its first lockout, slot {first.Slot}.")
        : null;

    // A tower that was rebuilt without voting since has an empty last vote, which says nothing.
    private static RecordRefusal? CheckLastVote(Tower tower)
    {
        var vote = tower.LastVote;
        if (vote.Lockouts.Count == 0)
        {
            return null;
        }
        if (vote.Root != tower.Root)
        {
            return new(RecordTests.LastVoteAgrees, $"the last vote says root {Show(vote.Root)}, the tower says {Show(tower.Root)}; they must be equal.");
        }
        return vote.Lockouts.SequenceEqual(tower.Lockouts)
            ? null
            : new(RecordTests.LastVoteAgrees,
                $"the last vote has {vote.Lockouts.Count} lockouts up to slot {Show(vote.LastSlot)}, the tower {tower.Lockouts.Count} up to slot {Show(tower.LastVotedSlot)}; they must be equal.");
    }

    private static string Show(ulong? slot) => slot?.ToString() ?? "none";
}
