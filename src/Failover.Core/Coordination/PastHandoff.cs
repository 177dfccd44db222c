using Failover.Agents;
using Failover.Handoff;

namespace Failover.Coordination;

/// <summary>One handoff as both agents have written it down.</summary>
/// <param name="Outcome">The best word there is, see <see cref="HandoffStanding"/>.</param>
/// <param name="Events">Of both nodes, by their wall clocks: for people.</param>
public sealed record PastHandoff(HandoffOrder Order, HandoffOutcome Outcome, IReadOnlyList<HandoffEvent> Events)
{
    /// <summary>The handoff of that id, or the last one if none is named; null when no history speaks of it.</summary>
    /// <param name="histories">Each node's entries, newest first.</param>
    public static PastHandoff? Find(IReadOnlyList<(string Node, IReadOnlyList<HistoryEntry> Entries)> histories, HandoffId? id)
    {
        var told = histories.SelectMany(history => history.Entries.Select(entry => (history.Node, Entry: entry))).Where(entry => entry.Entry.Outcome is not null).ToList();
        var wanted = id ?? told.OrderBy(entry => entry.Entry.At).Select(entry => (HandoffId?)entry.Entry.Outcome!.Order.Id).LastOrDefault();
        var ours = told.Where(entry => entry.Entry.Outcome!.Order.Id == wanted).ToList();
        if (ours.Count == 0)
        {
            return null;
        }
        var order = ours[0].Entry.Outcome!.Order;
        // An agent that was restarted in the middle has written more than one entry; its last word counts.
        var words = ours.GroupBy(entry => entry.Node).Select(node => (node.Key, node.MaxBy(entry => entry.Entry.At).Entry.Outcome!));
        return new(order, HandoffStanding.Of(order, words)!, [.. ours.SelectMany(entry => entry.Entry.Events).OrderBy(line => line.At).ThenBy(line => line.Sequence)]);
    }
}
