using Failover.Handoff;

namespace Failover.Coordination;

/// <summary>Which of several agents' words about one handoff counts.</summary>
public static class HandoffStanding
{
    /// <summary>
    /// The source's word when it names an ending; else the target's when that is "completed", which it alone can prove; else the source's; null when there is
    /// none. A target that refused does not know whether the source has S back: its word alone is no ending. What only one of them knows (receipt, first
    /// vote, vote gap) is added.
    /// </summary>
    public static HandoffOutcome? Of(HandoffOrder order, IEnumerable<(string Node, HandoffOutcome Word)> words)
    {
        var known = words.Where(word => word.Word.Order.Id == order.Id)
            .Select(word => (Word: Proven(word.Node == order.Source, word.Word), IsSource: word.Node == order.Source))
            .OrderBy(word => Rank(word.IsSource, word.Word)).Select(word => word.Word).ToList();
        return known is [var best, ..]
            ? best with
            {
                Receipt = known.Select(word => word.Receipt).FirstOrDefault(receipt => receipt is not null),
                FirstVotedSlot = known.Select(word => word.FirstVotedSlot).FirstOrDefault(slot => slot is not null),
                VoteGap = known.Select(word => word.VoteGap).FirstOrDefault(gap => gap is not null),
            }
            : null;
    }

    /// <summary>The same from what the nodes' status says.</summary>
    public static HandoffOutcome? Of(HandoffOrder order, ClusterView view) => Of(order, view.Answered
        .Where(facts => facts.LastHandoff is not null).Select(facts => (facts.Node, facts.LastHandoff!)));

    private static HandoffOutcome Proven(bool isSource, HandoffOutcome word) =>
        !isSource && word.Ending is (HandoffEnding.Unchanged or HandoffEnding.WentBack) ? word with { Ending = HandoffEnding.Unknown } : word;

    // Needs-operator is the weakest ending: the other side may know better by now.
    private static int Rank(bool isSource, HandoffOutcome word) =>
        word.Ending switch { HandoffEnding.Unknown => 4, HandoffEnding.NeedsOperator => 2, _ => 0 } + (isSource ? 0 : 1);
}
