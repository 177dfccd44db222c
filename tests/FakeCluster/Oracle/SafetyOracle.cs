using System.Collections.Concurrent;
using FakeCluster.Wire;

namespace FakeCluster.Oracle;

/// <summary>
/// The independent judge of a run. It is fed with what the cluster saw and knows nothing of how a handoff works, only what must
/// hold whatever happened. Deterministic: the same observations give the same verdict, now or from a log file.
/// </summary>
public sealed class SafetyOracle
{
    /// <summary>
    /// Two changes of host that are closer than this are never taken for two declared handoffs. A late vote comes within a slot or two of a
    /// switch; a handoff there and back takes several.
    /// </summary>
    public const ulong DefaultAlternationSlots = 8;

    private readonly Lock _lock = new();
    private readonly List<Observation> _seen = [];
    private readonly ulong _alternationSlots;

    // A verdict is asked for again and again, but a signature stays what it is.
    private readonly ConcurrentDictionary<int, bool> _signatures = new();

    public SafetyOracle(ulong alternationSlots = DefaultAlternationSlots) => _alternationSlots = alternationSlots;

    public void Observe(Observation observation)
    {
        lock (_lock)
        {
            _seen.Add(observation);
        }
    }

    /// <summary>
    /// Judges all that was seen so far. <paramref name="declaredSwitches"/> is how many handoffs the test made: more changes of host
    /// are a violation. Without it (and without markers) one switch and its return are accepted.
    /// </summary>
    public Verdict Judge(int? declaredSwitches = null)
    {
        List<Observation> seen;
        lock (_lock)
        {
            seen = [.. _seen];
        }

        var graph = BuildGraph(seen);
        List<Violation> violations = [];
        var histories = BuildHistories(seen, violations);
        var markers = seen.OfType<HandoffMarked>().ToList();
        var tenures = new TenureRule(declaredSwitches, _alternationSlots);
        foreach (var history in histories)
        {
            violations.AddRange(tenures.Find(history, markers));
            violations.AddRange(OrderRule.Find(history));
            violations.AddRange(LockoutRule.Find(history, graph));
            violations.AddRange(RecordRule.Find(history));
        }

        return new Verdict(
            Safe: violations.Count == 0,
            Vacuous: histories.All(h => h.Votes.Count == 0),
            Votes: histories.Sum(h => h.Votes.Count),
            Refreshes: histories.Sum(h => h.Votes.Count(v => v.IsRefresh)),
            Blocks: histories.Sum(h => h.Blocks.Count),
            Switches: histories.Sum(h => Math.Max(0, h.Tenures.Count - 1)),
            Violations: violations,
            Gaps: [.. histories.SelectMany(h => GapMeter.Measure(h, graph))],
            Tenures: [.. histories.SelectMany(h => h.Tenures.Select(t => Summarise(h, t)))]);
    }

    private static ForkGraph BuildGraph(List<Observation> seen)
    {
        var graph = new ForkGraph();
        foreach (var block in seen.OfType<BlockSeen>())
        {
            graph.Add(block.Slot, block.Parent);
        }

        foreach (var claimed in seen.OfType<BlockProduced>())
        {
            graph.AddClaimed(claimed.Slot, claimed.Parent);
        }

        return graph;
    }

    private List<IdentityHistory> BuildHistories(List<Observation> seen, List<Violation> violations)
    {
        var accounts = seen.OfType<AccountKnown>().DistinctBy(a => a.VoteAccount).ToDictionary(a => a.VoteAccount);
        SortedDictionary<string, List<Act>> acts = new(StringComparer.Ordinal);
        for (var order = 0; order < seen.Count; order++)
        {
            if (seen[order] is BlockProduced block)
            {
                Of(block.Identity).Add(new BlockAct(order, block.At, block.Host, block.Slot, block.Parent));
            }
            else if (seen[order] is VoteSeen vote && ReadVote(order, vote, accounts, violations) is { } tower)
            {
                var mine = Of(vote.Vote.Identity);

                // Called a refresh, but for a slot never voted for: that is a new vote, whatever it calls itself.
                var isRefresh = vote.Vote.IsRefresh && mine.OfType<VoteAct>().Any(v => v.Slot >= vote.Vote.LastSlot);
                mine.Add(new VoteAct(order, vote.At, vote.Vote.Host, vote.Vote.LastSlot, tower, isRefresh));
            }
        }

        return [.. acts.Select(pair => new IdentityHistory(pair.Key, pair.Value))];

        List<Act> Of(string identity) => acts.TryGetValue(identity, out var known) ? known : acts[identity] = [];
    }

    /// <summary>Null when the vote is nobody's: then it says nothing about where the identity is.</summary>
    private DecodedTower? ReadVote(int order, VoteSeen seen, Dictionary<string, AccountKnown> accounts, List<Violation> violations)
    {
        var vote = seen.Vote;
        if (!_signatures.GetOrAdd(order, _ => VoteSignature.IsByItsIdentity(vote)))
        {
            Report(ViolationKind.BadSignature, $"is not signed by {vote.Identity}");
            return null;
        }

        var tower = TowerSyncBytes.TryDecode(vote.TowerSync, out var problem);
        if (tower is null || tower.LastSlot != vote.LastSlot)
        {
            Report(ViolationKind.MalformedVote, tower is null ? $"cannot be read: {problem}" : $"ends with slot {tower.LastSlot} in its tower");
            return null;
        }

        if (tower.Votes.Zip(tower.Votes.Skip(1)).Any(pair => pair.First.Slot >= pair.Second.Slot))
        {
            Report(ViolationKind.MalformedVote, $"has a tower out of order: {string.Join(", ", tower.Votes.Select(v => v.Slot))}");
        }

        if (!accounts.TryGetValue(vote.VoteAccount, out var account))
        {
            Report(ViolationKind.BadSignature, $"is for the unknown vote account {vote.VoteAccount}");
        }
        else if (account.Node != vote.Identity)
        {
            Report(ViolationKind.BadSignature, $"is by {vote.Identity}, but the vote account's node is {account.Node}");
        }
        else if (account.AuthorizedVoter != vote.AuthorizedVoter)
        {
            Report(ViolationKind.BadSignature, $"names {vote.AuthorizedVoter} as authorized voter, which is {account.AuthorizedVoter}");
        }

        return tower;

        void Report(string kind, string what) => violations.Add(new Violation(
            kind, vote.Identity, [vote.LastSlot], [vote.Host], [seen.At], $"host {vote.Host}'s vote for slot {vote.LastSlot} at {Text.Time(seen.At)} {what}"));
    }

    private static TenureSummary Summarise(IdentityHistory history, Tenure tenure) => new(
        history.Identity, tenure.Host, tenure.Votes.Count(), tenure.Acts.OfType<BlockAct>().Count(), tenure.First.Slot, tenure.Last.Slot,
        tenure.First.At, tenure.Last.At, tenure.Marked);
}
