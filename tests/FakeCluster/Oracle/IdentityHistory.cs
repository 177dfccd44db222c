using FakeCluster.Wire;

namespace FakeCluster.Oracle;

/// <summary>Something that only the holder of an identity can do. <paramref name="Order"/> is the position in the recording.</summary>
public abstract record Act(int Order, DateTimeOffset At, string Host, ulong Slot);

/// <summary>A vote. <paramref name="IsRefresh"/>: sent again, for a slot that the identity had voted for already.</summary>
public sealed record VoteAct(int Order, DateTimeOffset At, string Host, ulong Slot, DecodedTower Claimed, bool IsRefresh) : Act(Order, At, Host, Slot)
{
    public Tower Tower => new(Claimed.Root, Claimed.Votes);
}

public sealed record BlockAct(int Order, DateTimeOffset At, string Host, ulong Slot, ulong Parent) : Act(Order, At, Host, Slot);

/// <summary>A run of acts by one host.</summary>
public sealed class Tenure(string host)
{
    public string Host { get; } = host;

    public List<Act> Acts { get; } = [];

    /// <summary>The test said beforehand that this host would get the identity.</summary>
    public bool Marked { get; set; }

    public Act First => Acts[0];

    public Act Last => Acts[^1];

    public IEnumerable<VoteAct> Votes => Acts.OfType<VoteAct>();

    public static IReadOnlyList<Tenure> Split(IEnumerable<Act> acts)
    {
        List<Tenure> tenures = [];
        foreach (var act in acts)
        {
            if (tenures.Count == 0 || tenures[^1].Host != act.Host)
            {
                tenures.Add(new Tenure(act.Host));
            }

            tenures[^1].Acts.Add(act);
        }

        return tenures;
    }
}

/// <summary>Everything that was ever done with one identity, from any host, in the order in which it was seen.</summary>
public sealed class IdentityHistory(string identity, IReadOnlyList<Act> acts)
{
    public string Identity { get; } = identity;

    public IReadOnlyList<Act> Acts { get; } = acts;

    public IReadOnlyList<VoteAct> Votes { get; } = [.. acts.OfType<VoteAct>()];

    public IReadOnlyList<BlockAct> Blocks { get; } = [.. acts.OfType<BlockAct>()];

    /// <summary>Runs over votes and blocks together: neither may happen on two hosts at a time.</summary>
    public IReadOnlyList<Tenure> Tenures { get; } = Tenure.Split(acts);

    /// <summary>Runs over votes alone: what a record has to carry across.</summary>
    public IReadOnlyList<Tenure> VoteTenures { get; } = Tenure.Split(acts.OfType<VoteAct>());

    public Violation Violation(string kind, IReadOnlyList<Act> about, string sentence, IEnumerable<ulong>? slots = null) => new(
        kind, Identity, [.. slots ?? about.Select(act => act.Slot)], [.. about.Select(act => act.Host).Distinct()], [.. about.Select(act => act.At)], sentence);
}
