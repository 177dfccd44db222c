using FakeWire;

namespace FakeCluster.Oracle;

/// <summary>A tower as the oracle keeps it: oldest vote first.</summary>
public sealed record Tower(ulong? Root, IReadOnlyList<TowerVote> Votes);

/// <summary>The rules by which a vote changes a tower.</summary>
public static class TowerRules
{
    public const int MostVotes = 31;

    /// <summary>The last slot at which a vote still forbids other forks.</summary>
    public static ulong LockedUntil(TowerVote vote) => vote.Slot + (1UL << (int)Math.Min(vote.Confirmations, 32));

    public static Tower Record(Tower tower, ulong slot)
    {
        var votes = tower.Votes.ToList();
        var root = tower.Root;
        while (votes.Count > 0 && LockedUntil(votes[^1]) < slot)
        {
            votes.RemoveAt(votes.Count - 1);
        }

        if (votes.Count == MostVotes)
        {
            root = votes[0].Slot;
            votes.RemoveAt(0);
        }

        votes.Add(new TowerVote(slot, 1));
        for (var i = 0; i < votes.Count; i++)
        {
            if (votes.Count > i + votes[i].Confirmations)
            {
                votes[i] = votes[i] with { Confirmations = votes[i].Confirmations + 1 };
            }
        }

        return new Tower(root, votes);
    }
}
