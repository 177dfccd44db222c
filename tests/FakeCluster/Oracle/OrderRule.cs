namespace FakeCluster.Oracle;

/// <summary>Every new vote of an identity is for a later slot than all before it, whoever cast them.</summary>
public static class OrderRule
{
    public static IEnumerable<Violation> Find(IdentityHistory history)
    {
        VoteAct? newest = null;
        foreach (var vote in history.Votes)
        {
            if (!vote.IsRefresh && newest is not null && vote.Slot <= newest.Slot)
            {
                yield return history.Violation(
                    ViolationKind.NotNewer,
                    [newest, vote],
                    $"host {vote.Host} voted for slot {vote.Slot} at {Text.Time(vote.At)} although host {newest.Host} had voted for slot {newest.Slot} at {Text.Time(newest.At)}");
            }

            newest = newest is null || vote.Slot > newest.Slot ? vote : newest;
        }
    }
}
