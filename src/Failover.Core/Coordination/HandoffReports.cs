using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Coordination;

/// <summary>Says in words how a handoff stands after it was resumed or aborted. Pure.</summary>
internal static class HandoffReports
{
    public static HandoffReport NothingUnfinished(ClusterView view)
    {
        // A node that cannot be asked may know of one: then it is not known that there is none.
        var silent = view.Silent.FirstOrDefault();
        var obstacle = silent is null
            ? new Obstacle(ObstacleKind.NothingUnfinished, $"No node knows of a handoff that has not ended.{LastOne(view)}")
            : new Obstacle(ObstacleKind.Unreachable, $"No node that answers knows of a handoff that has not ended.{LastOne(view)} {silent.Failure!.Text}", silent.Failure.Next);
        return new(view, null, [], null, obstacle, obstacle.Text, obstacle.Next);
    }

    // Who left a handoff while it ran comes back with the same command, and wants to know how it ended.
    private static string LastOne(ClusterView view) =>
        view.Answered.Select(facts => facts.LastHandoff).OfType<HandoffOutcome>().MaxBy(last => last.Order.Token) is { } newest
        && HandoffStanding.Of(newest.Order, view) is { } last
            ? $" The last one, {last.Order.Id} from {last.Order.Source} to {last.Order.Target}, {Ended(last.Ending)}. {last.Text}".TrimEnd()
            : "";

    private static string Ended(HandoffEnding ending) => ending switch
    {
        HandoffEnding.Completed => "completed",
        HandoffEnding.WentBack => "went back",
        _ => "ended unchanged",
    };

    /// <summary>An operator vouches for a fenced target; what the target itself shows counts more.</summary>
    public static Obstacle? Contradiction(ClusterView view, HandoffOrder order, OperatorAssertion? assertion) =>
        assertion is { TargetIsFenced: true } && view.Find(order.Target)?.Facts is { } target
        && (target.ProcessRunning == true || target.Holds == HeldIdentity.Staked)
            ? new(ObstacleKind.Contradicted,
                $"{order.Target} is not fenced: its validator is running{(target.Holds == HeldIdentity.Staked ? " and holds S" : "")}. Nothing was sent.",
                $"failover resume   # without --target-is-fenced; {order.Target} answers for itself")
            : null;

    public static HandoffReport AfterAbort(ClusterView view, HandoffOrder order, IReadOnlyList<AgentWord> words)
    {
        var source = words[0];
        if (words is [{ Failure: { Kind: ObstacleKind.Refused } }, { Outcome: { } targets } target])
        {
            // A source that never heard of it has changed nothing: then the target's word is the whole truth.
            return Told(view, order, [target], targets);
        }
        var outcome = Best(order, words);
        var failure = source.Failure is { } refused && words.Count == 1 ? refused : words.Select(word => word.Failure).FirstOrDefault(found => found?.Kind == ObstacleKind.Unreachable);
        if (failure is null)
        {
            return Told(view, order, words, outcome);
        }
        var text = words.Count == 1 && failure.Kind == ObstacleKind.Unreachable
            ? $"{failure.Text} Whether it has begun is only known there, so {order.Target} was left alone."
            : failure.Text;
        return new(view, order, words, outcome, failure, text, failure.Kind == ObstacleKind.Refused ? "failover resume" : failure.Next);
    }

    public static HandoffReport AfterResume(ClusterView view, HandoffOrder order, IReadOnlyList<AgentWord> words)
    {
        var outcome = Best(order, words);
        var failure = words.Select(word => word.Failure).FirstOrDefault(found => found is not null);
        // One side's proven ending is enough; it is the unproven case in which the silent side matters.
        return failure is null || outcome is { Ending: HandoffEnding.Unchanged or HandoffEnding.WentBack or HandoffEnding.Completed }
            ? Told(view, order, words, outcome)
            : Told(view, order, words, outcome) with { Obstacle = outcome?.Ending == HandoffEnding.NeedsOperator ? null : failure };
    }

    private static HandoffReport Told(ClusterView view, HandoffOrder order, IReadOnlyList<AgentWord> words, HandoffOutcome? outcome)
    {
        var failures = words.Select(word => word.Failure).OfType<Obstacle>().ToList();
        var text = string.Join(" ", new[] { outcome?.Text }.Concat(failures.Select(failure => failure.Text)).Where(part => !string.IsNullOrEmpty(part)));
        var next = outcome switch
        {
            { NextCommand.Length: > 0 } => outcome.NextCommand,
            { Ending: HandoffEnding.Unknown, Phase: HandoffPhase.Prepared } => "failover abort",
            { Ending: HandoffEnding.Unknown or HandoffEnding.NeedsOperator } => "failover resume",
            null => failures.FirstOrDefault()?.Next is { Length: > 0 } cure ? $"{cure}; then failover resume" : "failover resume",
            _ => "",
        };
        return new(view, order, words, outcome, null, text, next);
    }

    private static HandoffOutcome? Best(HandoffOrder order, IReadOnlyList<AgentWord> words) =>
        HandoffStanding.Of(order, words.Where(word => word.Outcome is not null).Select(word => (word.Node, word.Outcome!)));
}
