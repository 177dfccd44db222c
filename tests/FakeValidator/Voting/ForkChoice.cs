using Failover.Records.Towers;
using FakeValidator.Chain;

namespace FakeValidator.Voting;

/// <param name="Vote">The bank to vote on; null when none may be voted on.</param>
/// <param name="Reset">The bank to build on.</param>
/// <param name="SameFork">The newest bank on the fork of the last vote, where a refresh goes; null when that fork is not known.</param>
public readonly record struct Choice(Bank? Vote, Bank Reset, Bank? SameFork);

/// <summary>
/// Which bank to vote on: the newest, as long as the lockouts of the tower allow it. The stake-weighted choice of the real one needs the
/// votes of a whole cluster; here the equipment's knowledge of the cluster's own fork stands in for its switch threshold.
/// </summary>
public static class ForkChoice
{
    public static Choice Select(BankForks forks, TowerVotes tower)
    {
        var heaviest = forks.Newest;
        var sameFork = tower.LastVotedSlot is { } last ? forks.NewestOnForkOf(last) : heaviest;
        if (IsLockedOut(forks, tower, heaviest))
        {
            return new Choice(null, heaviest, sameFork);
        }
        var isSwitch = tower.LastVotedSlot is { } voted && !forks.Contains(heaviest, voted);
        return isSwitch && !heaviest.Canonical
            ? new Choice(null, sameFork ?? heaviest, sameFork)
            : new Choice(heaviest, heaviest, sameFork);
    }

    private static bool IsLockedOut(BankForks forks, TowerVotes tower, Bank bank)
    {
        if (bank.Slot <= tower.LastVotedSlot || bank.Slot <= tower.Root || bank.Slot == forks.HistoryStart)
        {
            return true;
        }
        // What remains of the lockouts once this vote has popped the expired ones must all be on this bank's fork.
        var after = new TowerVotes(tower.Snapshot());
        after.Record(bank.Slot, default, default, unixSeconds: 0);
        return after.Lockouts.Any(lockout => lockout.Slot != bank.Slot && !forks.Contains(bank, lockout.Slot))
            || (tower.Root is { } root && !forks.Contains(bank, root));
    }
}
