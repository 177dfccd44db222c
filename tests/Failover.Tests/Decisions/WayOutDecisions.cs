using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;
using Failover.Validators;

namespace Failover.Decisions;

internal static class WayOutDecisions
{
    private const string Page = "way-out";

    private enum Chain
    {
        ShowsNothingNewer,
        ShowsNewerVote,
        StandsStill,
        DoesNotAnswer,
    }

    private static readonly Given<HandoffPhase> WrittenDown = new("the source has written down",
        ("prepared", HandoffPhase.Prepared), ("demoting", HandoffPhase.Demoting), ("handed over", HandoffPhase.HandedOver), ("reclaiming", HandoffPhase.Reclaiming));

    private static readonly Given<HandoffPhase> LetGo = new("the source has written down",
        ("demoting", HandoffPhase.Demoting), ("handed over", HandoffPhase.HandedOver), ("reclaiming", HandoffPhase.Reclaiming));

    private static readonly Given<AnswerKind> Says = new("the target says",
        ("that it refused", AnswerKind.Refused), ("that it holds S", AnswerKind.Promoted), ("that it cannot tell", AnswerKind.CannotTell), ("nothing", AnswerKind.Unknown));

    private static readonly Given<bool> LostPower = new("the source's machine since", ("ran", false), ("lost power", true));

    private static readonly Given<Chain> Sees = new("the source's view of the chain",
        ("moves, no newer vote", Chain.ShowsNothingNewer), ("a vote that its record lacks", Chain.ShowsNewerVote), ("stands still", Chain.StandsStill), ("does not answer", Chain.DoesNotAnswer));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "The way out", [WrittenDown, Says], ["the source"], row => [Words(PlannedHandoff.WayOutOf(row.Of(WrittenDown), row.Of(Says)))]),
        new(Page, "What else must hold before S goes back", [LetGo, Says, LostPower, Sees], ["the source"], TakeBackAsync),
    ];

    private static string Words(WayOut way) => way switch
    {
        WayOut.Release => "lets both nodes go, nothing changed",
        WayOut.Reclaim => "takes S back",
        WayOut.AskTarget => "asks on",
        WayOut.Complete => "leaves S with the target",
        _ => $"{way}",
    };

    /// <summary>The agent that ships, started beside a source that was stopped in the middle.</summary>
    private static async Task<string[]> TakeBackAsync(Case row)
    {
        var decided = "";
        await SimulatedPair.RunAsync(async pair =>
        {
            pair.Oracle.NobodyMeddles = false;
            var order = pair.Order(pair.A, pair.B);
            await LetGoAsync(pair, order, row.Of(LetGo), row.Of(LostPower));
            await SetTargetAsync(pair, order, row.Of(Says));
            SetChain(pair, row.Of(Sees));

            await pair.A.StartAgentAsync();

            pair.Step = TimeSpan.FromMilliseconds(100);
            await pair.PassAsync(TimeSpan.FromSeconds(30));
            decided = Ending(pair, after: "");
            if (decided.Length == 0)
            {
                await pair.PassAsync(TimeSpan.FromMinutes(5));
                decided = Ending(pair, after: " once 512 slots are finalized");
            }
            if (decided.Length == 0)
            {
                decided = pair.PersonNeeded ? "goes on asking; a person is needed" : "goes on asking";
            }
        });
        return [decided];
    }

    private static string Ending(SimulatedPair pair, string after) => pair.A.State.Handoff!.Ending switch
    {
        HandoffEnding.WentBack => $"takes S back{after}",
        HandoffEnding.Completed => $"leaves S with the target{after}",
        _ => "",
    };

    /// <summary>The validator as after the demotion: no voters, U, the link at U.</summary>
    private static async Task LetGoAsync(SimulatedPair pair, HandoffOrder order, HandoffPhase phase, bool lostPower)
    {
        var source = pair.A;
        source.CrashAgent();
        source.PointLinkTo(HeldIdentity.Unstaked);
        source.Validator.Voters.Clear();
        source.Validator.RecordByHand(source.Unstaked.Public);
        await pair.UntilAsync(() => source.Validator.Loop == source.Unstaked.Public);
        await pair.PassAsync(TimeSpan.FromSeconds(2));
        var record = source.Tower(pair);
        source.WriteState(AgentState.Fresh with
        {
            Promised = PromisedRole.Active,
            HighestToken = order.Token,
            Handoff = new HandoffState(order, HandoffRole.Source, phase, lostPower ? "the boot before" : source.BootId)
            {
                Receipt = phase == HandoffPhase.Demoting ? null : new Receipt(order.Id, order.Token, order.StakedIdentity, VotingStopProof.VoterFence, record.LastVotedSlot!.Value, [record.Summary]),
            },
        });
    }

    private static async Task SetTargetAsync(SimulatedPair pair, HandoffOrder order, AnswerKind says)
    {
        var target = pair.B;
        target.CrashAgent();
        if (says == AnswerKind.Promoted)
        {
            target.Disk.Create(target.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
            target.Validator.RecordByHand(pair.Cluster.Staked.Public);
            target.WriteState(AgentState.Fresh with { HighestToken = order.Token, HeldByHandAt = order.Token });
        }
        if (says == AnswerKind.CannotTell)
        {
            target.WriteState(AgentState.Fresh with { HighestToken = order.Token, Promised = PromisedRole.Active });
        }
        if (says != AnswerKind.Unknown)
        {
            await target.StartAgentAsync();
        }
    }

    private static void SetChain(SimulatedPair pair, Chain chain)
    {
        pair.Cluster.LastVoteSaid = pair.A.Tower(pair).LastVotedSlot + (chain == Chain.ShowsNewerVote ? 1UL : 0);
        pair.A.Validator.Stalled = chain == Chain.StandsStill;
        pair.A.Validator.RpcIsDown = chain == Chain.DoesNotAnswer;
    }
}
