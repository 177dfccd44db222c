using Failover.Disks;
using Failover.Identities;

namespace Failover.Agents;

/// <summary>
/// Whether the node's validator may start now: the last word before its process exists, for the start-up of its own service. Reads the agent's state and the identity
/// link, changes nothing, and needs no agent that runs.
/// </summary>
public static class StartGuard
{
    /// <summary>Null when it may; otherwise why not, and what to do.</summary>
    public static (string Why, string Next)? WhyNot(IDisk disk, NodeConfig config)
    {
        HeldIdentity link;
        try
        {
            link = new IdentityLink(disk, config).PointsTo();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ($"the identity link {config.IdentityLink} cannot be read: {e.Message}", $"see who may read it: ls -l {config.IdentityLink}");
        }
        if (link == HeldIdentity.Unstaked)
        {
            return null;
        }
        try
        {
            return WhyNot(AgentJournal.Open(disk, config.StateFolder).Current, link, config);
        }
        catch (OrderRefusedException e)
        {
            return ($"it would start with the staked identity, and {e.Message}", e.Remedy);
        }
    }

    /// <summary>The rule: with U always; with S only while this node's last word does not say that it let S go. What the link means must be known.</summary>
    public static (string Why, string Next)? WhyNot(AgentState state, HeldIdentity link, NodeConfig config) => link switch
    {
        HeldIdentity.Unstaked => null,
        HeldIdentity.Staked when !HandoffAgent.LetGo(state) => null,
        HeldIdentity.Staked => (
            $"{config.Node} has let the staked identity go{Since(state)}, and {config.IdentityLink} points to it: another node may be voting with it",
            $"start failover-agent, which repoints the link, or: ln -sfn {config.UnstakedKeypair} {config.IdentityLink}; then start the validator, and see failover status"),
        _ => (
            $"{config.IdentityLink} is no symbolic link to {config.StakedKeypair} or {config.UnstakedKeypair}: it cannot be told which identity the validator would start with",
            $"failover status says which node is active; on every other one: ln -sfn {config.UnstakedKeypair} {config.IdentityLink}"),
    };

    private static string Since(AgentState state) => state.Handoff is { } handoff
        ? $" (handoff {handoff.Order.Id} from {handoff.Order.Source} to {handoff.Order.Target}, {(handoff.Unfinished ? "not finished" : handoff.Ending.ToString())})"
        : "";
}
