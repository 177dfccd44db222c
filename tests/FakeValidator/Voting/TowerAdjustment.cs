using Failover.Records;
using Failover.Records.Towers;
using FakeValidator.Chain;
using FakeValidator.Logs;

namespace FakeValidator.Voting;

/// <summary>Fits a loaded tower to what this node has replayed: adjust_lockouts_after_replay.</summary>
public static class TowerAdjustment
{
    /// <exception cref="TowerException">The tower does not fit.</exception>
    public static Tower Adjust(Tower tower, ulong replayedRoot, SlotHistory history, AgaveLog log, IProcessEnd end)
    {
        var towerRoot = tower.Root ?? 0;
        log.Info(
            AgaveLog.Tower,
            $"adjusting lockouts (after replay up to {replayedRoot}): {Slots(tower.Lockouts)} tower root: {towerRoot} replayed root: {replayedRoot}");
        if (tower.LastVote.LastSlot is not { } lastVoted)
        {
            if (towerRoot != replayedRoot)
            {
                log.Error(AgaveLog.Metrics, $"panicked at core/src/consensus.rs: assertion `left == right` failed\n  left: {towerRoot}\n right: {replayedRoot}");
                end.Exit(1, "the root of a tower without votes is not the node's");
            }
            return tower;
        }
        if (towerRoot <= replayedRoot)
        {
            if (history.Check(lastVoted) == SlotCheck.TooOld)
            {
                throw TowerException.TooOld(lastVoted, history.Oldest);
            }
            return Retain(tower, towerRoot, history, log) with { Root = replayedRoot };
        }
        log.Error(
            AgaveLog.Tower,
            $"For some reason, we're REPROCESSING slots which has already been voted and ROOTED by us; VOTING will be SUSPENDED UNTIL {lastVoted}!");
        return Retain(tower, towerRoot, history.With(towerRoot), log);
    }

    // From the newest vote to the root: what is newer than the first slot that the history contains stays, the rest goes.
    private static Tower Retain(Tower tower, ulong towerRoot, SlotHistory history, AgaveLog log)
    {
        ulong? anchored = null;
        var stillInFuture = true;
        var past = false;
        var retained = new List<Lockout>();
        for (var i = tower.Lockouts.Count - 1; i >= -1; i--)
        {
            var slot = i < 0 ? towerRoot : tower.Lockouts[i].Slot;
            var check = history.Check(slot);
            if (anchored is null && check == SlotCheck.Found)
            {
                anchored = slot;
            }
            else if (anchored is not null && check == SlotCheck.NotFound)
            {
                throw TowerException.Inconsistent("diverged ancestor?");
            }
            if (stillInFuture && check != SlotCheck.Future)
            {
                stillInFuture = false;
            }
            else if (!stillInFuture && check == SlotCheck.Future)
            {
                throw TowerException.Inconsistent("time warped?");
            }
            if (past && check != SlotCheck.TooOld)
            {
                throw TowerException.Inconsistent("not too old once after got too old?");
            }
            past |= check == SlotCheck.TooOld;
            if (anchored is null && i >= 0)
            {
                retained.Insert(0, tower.Lockouts[i]);
            }
        }
        if (anchored is null)
        {
            throw TowerException.Inconsistent("no common slot for rooted tower");
        }
        log.Info(AgaveLog.Tower, $"adjusted tower's anchored slot: Some({anchored})");
        if (retained.Count == 0)
        {
            log.Info(AgaveLog.Tower, "All restored votes were behind; resetting root_slot and last_vote in tower!");
            return tower with { Lockouts = [], LastVote = TowerSync.Empty };
        }
        log.Info(
            AgaveLog.Tower,
            $"{retained.Count} restored votes (out of {tower.Lockouts.Count}) were on different fork or are upcoming votes on unrooted slots: {Slots(retained)}!");
        return tower with { Lockouts = retained };
    }

    private static string Slots(IEnumerable<Lockout> lockouts) => $"[{string.Join(", ", lockouts.Select(each => each.Slot))}]";
}
