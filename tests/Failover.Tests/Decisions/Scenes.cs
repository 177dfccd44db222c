using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;

namespace Failover.Decisions;

/// <summary>How a node of a simulation is brought into the state that a case begins with, behind its agent's back.</summary>
internal static class Scenes
{
    public static void PointLinkTo(this SimulatedNode node, HeldIdentity identity)
    {
        node.Disk.Delete(node.Config.IdentityLink);
        node.Disk.CreateSymlink(node.Config.IdentityLink, identity == HeldIdentity.Staked ? node.Config.StakedKeypair : node.Config.UnstakedKeypair);
    }

    /// <summary>The oracle, which follows handoffs from their beginning, does not look at what is written for this node from now on; it still counts voters.</summary>
    public static void WriteState(this SimulatedNode node, AgentState state)
    {
        node.Disk.After = (_, _) => { };
        AgentJournal.Open(node.Disk, node.Config.StateFolder).Write(_ => state);
    }

    public static VotingRecord Tower(this SimulatedNode node, SimulatedPair pair) =>
        RecordVerifier.Verify(RecordKind.Tower, node.Disk.BytesOf(node.TowerPath)!, pair.Cluster.Staked.Public).Record!;

    /// <summary>The words for what became of a request: done, or the name of its refusal.</summary>
    public static async Task<string> ToldAsync(Func<Task<string>> ask)
    {
        try
        {
            return await ask();
        }
        catch (OrderRefusedException e)
        {
            return $"refused: {Words(e.Reason)}";
        }
        catch (AgentUnreachableException)
        {
            return "the link is closed";
        }
    }

    public static string Words(AnswerKind answer) => answer switch
    {
        AnswerKind.Promoted => "promoted",
        AnswerKind.Refused => "refused",
        AnswerKind.CannotTell => "cannot tell",
        _ => $"{answer}",
    };

    public static string Words(HandoffPhase phase) => phase switch
    {
        HandoffPhase.Unknown => "none",
        HandoffPhase.HandedOver => "handed over",
        _ => $"{phase}".ToLowerInvariant(),
    };

    private static string Words(RefusalReason reason) => reason switch
    {
        RefusalReason.BadRequest => "bad request",
        RefusalReason.StaleToken => "stale token",
        RefusalReason.Locked => "locked",
        RefusalReason.OrderDiffers => "order differs",
        RefusalReason.NotFound => "not found",
        RefusalReason.WrongPhase => "wrong phase",
        RefusalReason.PreflightFailed => "preflight failed",
        RefusalReason.NotShownSafe => "not shown safe",
        RefusalReason.ValidatorFailed => "validator failed",
        RefusalReason.PeerFailed => "peer failed",
        _ => $"{reason}",
    };
}
