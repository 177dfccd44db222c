using Failover.Disks;
using Failover.Handoff;

namespace Failover.Agents;

/// <summary>
/// Whether the node's agent is best stopped now, for whoever upgrades or removes it. A stop is safe at any moment: the agent finishes a commit first, and carries on
/// from its state when it starts. But in the middle of a handoff the other node waits for it. Reads the agent's state, changes nothing, and needs no agent that runs.
/// </summary>
public static class StopGuard
{
    /// <summary>Null when no handoff is under way; otherwise which one, and what to do.</summary>
    public static (string Why, string Next)? WhyNot(IDisk disk, NodeConfig config)
    {
        try
        {
            return WhyNot(AgentJournal.Open(disk, config.StateFolder).Current);
        }
        catch (OrderRefusedException e)
        {
            return (e.Message, e.Remedy);
        }
    }

    public static (string Why, string Next)? WhyNot(AgentState state) => state.Handoff switch
    {
        { Unfinished: true, Order: var order, Phase: HandoffPhase.Prepared } => (
            $"handoff {order.Id} from {order.Source} to {order.Target} is prepared and may begin at any moment", "let it end, or: failover abort"),
        { Unfinished: true, Order: var order, Phase: var phase } => (
            $"handoff {order.Id} from {order.Source} to {order.Target} has not ended, this node's part is {phase}", "failover resume, until it names the ending"),
        _ => null,
    };
}
