using Failover.Handoff;

namespace Failover.Coordination;

/// <summary>A handoff that at least one node still has open, with the last word of each node that knows of it.</summary>
/// <param name="Words">By node, the source's first when it has one.</param>
/// <param name="SourceAnswers">Whether the source's agent was heard, with a word about this handoff or without.</param>
public sealed record UnfinishedHandoff(HandoffOrder Order, IReadOnlyList<(string Node, HandoffOutcome Word)> Words, bool SourceAnswers)
{
    /// <summary>
    /// Nothing about voting has changed by any word that is known; the source must have been heard to be sure. One that does not know the handoff has no part in it.
    /// </summary>
    public bool IsOnlyPrepared =>
        SourceAnswers && Words.All(word => word.Word.Phase is HandoffPhase.Prepared or HandoffPhase.Refused or HandoffPhase.Ended);

    /// <summary>The one that holds up everything else: of the unfinished ones the one with the highest token; null when all have ended.</summary>
    public static UnfinishedHandoff? Find(ClusterView view) => view.Answered
        .Where(facts => facts.LastHandoff is not null)
        .Select(facts => (facts.Node, Word: facts.LastHandoff!))
        .GroupBy(known => known.Word.Order.Id)
        .Select(known => known.OrderBy(word => word.Node != word.Word.Order.Source).ToList())
        .Where(known => known.Any(word => !HasEnded(view, word.Node, word.Word, known)))
        .Select(known => new UnfinishedHandoff(known[0].Word.Order, known, view.Find(known[0].Word.Order.Source)?.Facts is not null))
        .MaxBy(handoff => handoff.Order.Token);

    /// <summary>What another command is told about it.</summary>
    public Obstacle Describe()
    {
        var words = string.Join("; ", Words.Select(word => $"{word.Node} is {InWords(word.Word)}"));
        var needsOperator = Words.FirstOrDefault(word => word.Word.Ending == HandoffEnding.NeedsOperator);
        var next = IsOnlyPrepared
            ? "failover abort   # frees both nodes; failover resume tells more"
            : needsOperator.Word is { NextCommand: { Length: > 0 } command } ? command : "failover resume";
        return new(ObstacleKind.HandoffInProgress,
            $"The handoff {Order.Id} from {Order.Source} to {Order.Target} has not ended: {words}.", next);
    }

    private static bool HasEnded(ClusterView view, string node, HandoffOutcome word, List<(string Node, HandoffOutcome Word)> known) => word.Ending switch
    {
        HandoffEnding.NeedsOperator => false,
        // Whatever it calls that: a target that refused does not know whether the source has S back.
        _ when node == word.Order.Target && word.Phase == HandoffPhase.Refused => IsOverAtSource(view, word.Order, known),
        HandoffEnding.Unknown => node == word.Order.Target && word.Phase == HandoffPhase.Active && IsOverAtSource(view, word.Order, known),
        // A named ending is the last word, except in a phase that may still change something.
        _ => word.Phase is not (HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming or HandoffPhase.Promoting),
    };

    // The target's own part is over; whether the handoff is, only the source can say. A source that answers and names another one, or none, has no part in it:
    // it takes up nothing new before the old has ended.
    private static bool IsOverAtSource(ClusterView view, HandoffOrder order, List<(string Node, HandoffOutcome Word)> known) =>
        known.Where(word => word.Node == order.Source).ToList() is [var source]
            ? HasEnded(view, source.Node, source.Word, known)
            : view.Find(order.Source)?.Facts is not null;

    private static string InWords(HandoffOutcome word) => word.Ending == HandoffEnding.NeedsOperator ? "waiting for an operator" : word.Phase switch
    {
        HandoffPhase.Prepared => "prepared",
        HandoffPhase.Demoting => "demoting",
        HandoffPhase.HandedOver => "handed over",
        HandoffPhase.Promoting => "promoting",
        HandoffPhase.Active => "active",
        HandoffPhase.Refused => "refusing it for good",
        HandoffPhase.Reclaiming => "taking the identity back",
        HandoffPhase.Ended => "done with it",
        _ => "in an unknown phase",
    };
}
