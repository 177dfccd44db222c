using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;
using Failover.Validators;

namespace Failover.Decisions;

internal static class RestartDecisions
{
    private const string Page = "after-a-restart";

    private enum Process
    {
        WithStaked,
        WithUnstaked,
        Stopped,
        Hung,
    }

    private static readonly Given<PromisedRole> Promised = new("last word", ("none", PromisedRole.Unknown), ("active", PromisedRole.Active), ("standby", PromisedRole.Standby));

    private static readonly Given<(HandoffRole Role, HandoffPhase Phase)?> Last = new("last handoff",
        ("none", null),
        ("source, prepared", (HandoffRole.Source, HandoffPhase.Prepared)),
        ("source, demoting", (HandoffRole.Source, HandoffPhase.Demoting)),
        ("source, handed over", (HandoffRole.Source, HandoffPhase.HandedOver)),
        ("source, reclaiming", (HandoffRole.Source, HandoffPhase.Reclaiming)),
        ("source, ended", (HandoffRole.Source, HandoffPhase.Ended)),
        ("target, prepared", (HandoffRole.Target, HandoffPhase.Prepared)),
        ("target, promoting", (HandoffRole.Target, HandoffPhase.Promoting)),
        ("target, active", (HandoffRole.Target, HandoffPhase.Active)),
        ("target, refused", (HandoffRole.Target, HandoffPhase.Refused)));

    private static readonly Given<(PromisedRole Promised, HandoffRole Role, HandoffPhase Phase)> File = new("the state file says",
        ("nothing yet", (PromisedRole.Unknown, HandoffRole.Unknown, HandoffPhase.Unknown)),
        ("active", (PromisedRole.Active, HandoffRole.Unknown, HandoffPhase.Unknown)),
        ("standby", (PromisedRole.Standby, HandoffRole.Unknown, HandoffPhase.Unknown)),
        ("source, prepared", (PromisedRole.Active, HandoffRole.Source, HandoffPhase.Prepared)),
        ("source, demoting", (PromisedRole.Active, HandoffRole.Source, HandoffPhase.Demoting)),
        ("source, handed over", (PromisedRole.Active, HandoffRole.Source, HandoffPhase.HandedOver)),
        ("source, reclaiming", (PromisedRole.Active, HandoffRole.Source, HandoffPhase.Reclaiming)),
        ("target, prepared", (PromisedRole.Standby, HandoffRole.Target, HandoffPhase.Prepared)),
        ("target, promoting", (PromisedRole.Standby, HandoffRole.Target, HandoffPhase.Promoting)));

    private static readonly Given<Process> Validator = new("the validator",
        ("runs with S", Process.WithStaked), ("runs with U", Process.WithUnstaked), ("is stopped", Process.Stopped), ("does not answer", Process.Hung));

    private static readonly Given<HeldIdentity> Link = new("the link", ("S", HeldIdentity.Staked), ("U", HeldIdentity.Unstaked));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "Whether the node has let S go", [Last, Promised], ["the link"], row => [
            HandoffAgent.LetGo(State(row.Of(Promised), row.Of(Last))) ? "goes to U before anything else" : "stays as it is"]),
        new(Page, "What a started agent makes of its node", [File, Validator, Link], ["link then", "validator then", "handoff then", "last word then"], StartAsync),
    ];

    private static AgentState State(PromisedRole promised, (HandoffRole Role, HandoffPhase Phase)? last) => AgentState.Fresh with
    {
        Promised = promised,
        Handoff = last is { } handoff
            ? new HandoffState(new HandoffOrder(new HandoffId("handoff-0001"), new FencingToken(1), Keypairs.Of(1).Public, Keypairs.Of(2).Public, "genesis", "a", "b"), handoff.Role, handoff.Phase, "boot")
            : null,
    };

    /// <summary>The agent that ships. The other node's agent is down, so that this one is left to itself; its validator follows the chain with U.</summary>
    private static async Task<string[]> StartAsync(Case row)
    {
        string[] decided = [];
        await SimulatedPair.RunAsync(async pair =>
        {
            pair.Oracle.NobodyMeddles = false;
            var node = pair.A;
            node.CrashAgent();
            pair.B.CrashAgent();
            node.PointLinkTo(row.Of(Link));
            await SetValidatorAsync(pair, node, row.Of(Validator));
            node.WriteState(Written(pair, node, row));

            await node.StartAgentAsync();

            await pair.PassAsync(TimeSpan.FromSeconds(20));
            var state = node.State;
            decided =
            [
                node.LinkPointsTo == HeldIdentity.Staked ? "S" : "U",
                Words(pair, node),
                state.Handoff is { } handoff ? handoff.Ending == HandoffEnding.Unknown ? Scenes.Words(handoff.Phase) : Words(handoff) : "none",
                $"{state.Promised}".Replace("Unknown", "none", StringComparison.Ordinal).ToLowerInvariant(),
            ];
        });
        return decided;
    }

    private static async Task SetValidatorAsync(SimulatedPair pair, SimulatedNode node, Process process)
    {
        if (process == Process.WithUnstaked)
        {
            node.Validator.RecordByHand(node.Unstaked.Public);
            await pair.UntilAsync(() => node.Validator.Loop == node.Unstaked.Public);
        }
        else if (process == Process.Stopped)
        {
            node.Validator.Stop();
        }
        else if (process == Process.Hung)
        {
            // What holds S and does not answer is the worst of it.
            node.Validator.Hangs = true;
        }
        await pair.PassAsync(TimeSpan.FromSeconds(1));
    }

    private static AgentState Written(SimulatedPair pair, SimulatedNode node, Case row)
    {
        var (promised, role, phase) = row.Of(File);
        if (role == HandoffRole.Unknown)
        {
            return AgentState.Fresh with { Promised = promised };
        }
        var order = role == HandoffRole.Source ? pair.Order(node, pair.B) : pair.Order(pair.B, node);
        var record = node.Tower(pair);
        return AgentState.Fresh with
        {
            Promised = promised,
            HighestToken = order.Token,
            Handoff = new HandoffState(order, role, phase, node.BootId)
            {
                Receipt = phase is HandoffPhase.HandedOver or HandoffPhase.Reclaiming or HandoffPhase.Promoting
                    ? new Receipt(order.Id, order.Token, order.StakedIdentity, VotingStopProof.VoterFence, record.LastVotedSlot!.Value, [record.Summary])
                    : null,
            },
        };
    }

    private static string Words(SimulatedPair pair, SimulatedNode node) =>
        !node.Validator.Running ? "stopped"
        : $"{(node.Validator.Recorded == pair.Cluster.Staked.Public ? "S" : "U")}, {(node.Validator.Voters.Count > 0 ? "voters loaded" : "voters taken")}";

    private static string Words(HandoffState handoff) => handoff.Ending switch
    {
        HandoffEnding.Unchanged => handoff.Phase == HandoffPhase.Refused ? "refused for good" : "unchanged",
        HandoffEnding.WentBack => "went back",
        HandoffEnding.Completed => "completed",
        _ => $"{handoff.Ending}",
    };
}
