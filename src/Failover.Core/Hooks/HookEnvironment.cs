using Failover.Agents;
using Failover.Handoff;

namespace Failover.Hooks;

/// <summary>What a hook is told, in its environment. Public names only: no key, no path of one.</summary>
public static class HookEnvironment
{
    public static IReadOnlyDictionary<string, string> Of(NodeConfig config, HookMoment moment)
    {
        var order = moment.Order;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["FAILOVER_HOOK"] = moment.At.Word,
            ["FAILOVER_PHASE"] = moment.At switch
            {
                HookPoint.BeforePrepare or HookPoint.AfterPrepare => "prepare",
                HookPoint.BeforeCommit or HookPoint.AfterCommit => "commit",
                _ => "ending",
            },
            ["FAILOVER_KIND"] = "planned",
            ["FAILOVER_HANDOFF_ID"] = order.Id.ToString(),
            ["FAILOVER_FENCING_TOKEN"] = order.Token.ToString(),
            ["FAILOVER_ROLE"] = moment.Role == HandoffRole.Source ? "source" : "target",
            ["FAILOVER_NODE"] = config.Node,
            ["FAILOVER_PEER"] = moment.Role == HandoffRole.Source ? order.Target : order.Source,
            ["FAILOVER_SOURCE"] = order.Source,
            ["FAILOVER_TARGET"] = order.Target,
            ["FAILOVER_STAKED_IDENTITY"] = order.StakedIdentity.ToString(),
            ["FAILOVER_VOTE_ACCOUNT"] = order.VoteAccount.ToString(),
            ["FAILOVER_DRY_RUN"] = moment.Use == HookUse.DryRun ? "1" : "0",
            ["FAILOVER_ENDING"] = moment.Ending switch
            {
                HandoffEnding.Unchanged => "unchanged",
                HandoffEnding.WentBack => "went-back",
                HandoffEnding.Completed => "completed",
                HandoffEnding.NeedsOperator => "needs-operator",
                _ => "",
            },
        };
    }
}
