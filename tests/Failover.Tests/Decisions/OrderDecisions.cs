using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Model;
using Failover.Records;
using Failover.Simulation;
using Failover.Validators;

namespace Failover.Decisions;

internal static class OrderDecisions
{
    private const string Page = "orders";

    private delegate Task<string> Ask(SimulatedPair pair, SimulatedNode node, HandoffOrder order);

    private static readonly Given<(HandoffRole Role, HandoffPhase Phase)> Stands = new("the node stands in the handoff",
        ("as source, none known", (HandoffRole.Source, HandoffPhase.Unknown)),
        ("as source, prepared", (HandoffRole.Source, HandoffPhase.Prepared)),
        ("as source, demoting", (HandoffRole.Source, HandoffPhase.Demoting)),
        ("as source, handed over", (HandoffRole.Source, HandoffPhase.HandedOver)),
        ("as source, reclaiming", (HandoffRole.Source, HandoffPhase.Reclaiming)),
        ("as source, ended", (HandoffRole.Source, HandoffPhase.Ended)),
        ("as target, none known", (HandoffRole.Target, HandoffPhase.Unknown)),
        ("as target, prepared", (HandoffRole.Target, HandoffPhase.Prepared)),
        ("as target, promoting", (HandoffRole.Target, HandoffPhase.Promoting)),
        ("as target, refused", (HandoffRole.Target, HandoffPhase.Refused)),
        ("as target, active", (HandoffRole.Target, HandoffPhase.Active)));

    private static readonly Given<Ask> Asked = new("it is asked",
        ("to prepare for it as source", (_, node, order) => PrepareAsync(node, order, HandoffRole.Source)),
        ("to prepare for it as target", (_, node, order) => PrepareAsync(node, order, HandoffRole.Target)),
        ("to prepare for the next one as source", (pair, node, order) => PrepareAsync(node, Next(pair, node, Other(pair, node), order), HandoffRole.Source)),
        ("to prepare for the next one as target", (pair, node, order) => PrepareAsync(node, Next(pair, Other(pair, node), node, order), HandoffRole.Target)),
        ("to commit", (_, node, order) => CommitAsync(node, order)),
        ("to abort", async (_, node, order) => Words(await node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None)))),
        ("to resume", async (_, node, order) => Words(await node.AskAsync(agent => agent.ResumeAsync(order.Id, null, CancellationToken.None)))),
        ("by the other node what became of it", (pair, node, order) => WithdrawAsync(pair, node, order)),
        ("by the other node what became of the next one", (pair, node, order) => WithdrawAsync(pair, node, Next(pair, Other(pair, node), node, order))),
        ("to take S by it, with a permit that nobody gave", HandOverAsync),
        ("to take U by hand", (_, node, _) => SetAsync(node, HeldIdentity.Unstaked)),
        ("to take S by hand, no reason given", (_, node, _) => SetAsync(node, HeldIdentity.Staked)));

    // What the node of the second table has seen.
    private const ulong Highest = 5;

    private static readonly Given<Func<ulong, ulong>> Token = new("the fencing token is",
        ("0", _ => 0), ("one below the highest seen", seen => seen - 1), ("the highest seen", seen => seen), ("one above", seen => seen + 1),
        ("1,000,000 above", seen => seen + 1_000_000), ("1,000,001 above", seen => seen + 1_000_001), ("the largest number there is", _ => ulong.MaxValue));

    private static readonly Given<bool> IdIsNew = new("the handoff id is", ("new", true), ("that of the last handoff", false));

    private static readonly Given<bool> Open = new("the last handoff", ("has ended", false), ("is prepared", true));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "What is asked of a node in each state", [Stands, Asked], ["the answer"], AskAsync),
        new(Page, "Which order is taken", [Open, IdIsNew, Token], ["the answer"], TakeAsync),
    ];

    private static async Task<string[]> AskAsync(Case row)
    {
        var answer = "";
        await SimulatedPair.RunAsync(async pair =>
        {
            var (role, phase) = row.Of(Stands);
            var node = role == HandoffRole.Source ? pair.A : pair.B;
            pair.Step = TimeSpan.FromMilliseconds(1);
            var order = await OrdersInEveryPhaseTests.BringToAsync(pair, phase);
            await pair.UntilAsync(() => (node.State.Handoff?.Phase ?? HandoffPhase.Unknown) == phase);
            pair.Step = TimeSpan.FromMilliseconds(20);
            var asked = Scenes.ToldAsync(() => row.Of(Asked)(pair, node, order));
            await pair.UntilAsync(() => asked.IsCompleted, TimeSpan.FromMinutes(3));
            answer = await asked;
        });
        return [answer];
    }

    private static async Task<string[]> TakeAsync(Case row)
    {
        var answer = "";
        await SimulatedPair.RunAsync(async pair =>
        {
            var last = pair.Order(pair.A, pair.B, Highest);
            await pair.PrepareAsync(last);
            if (!row.Of(Open))
            {
                foreach (var node in pair.Nodes)
                {
                    await node.AskAsync(agent => agent.AbortAsync(last.Id, CancellationToken.None));
                }
            }
            var order = pair.Order(pair.A, pair.B, row.Of(Token)(Highest), row.Of(IdIsNew) ? "handoff-new" : last.Id.ToString());
            answer = await Scenes.ToldAsync(() => PrepareAsync(pair.B, order, HandoffRole.Target));
        });
        return [answer];
    }

    private static async Task<string> PrepareAsync(SimulatedNode node, HandoffOrder order, HandoffRole role)
    {
        await node.AskAsync(agent => agent.PrepareAsync(order, role, HookUse.Run, CancellationToken.None));
        return "yes";
    }

    private static async Task<string> CommitAsync(SimulatedNode node, HandoffOrder order)
    {
        await node.AskAsync(agent => agent.CommitAsync(order, new CommitOptions(TimeSpan.Zero), CancellationToken.None));
        return "yes";
    }

    private static async Task<string> SetAsync(SimulatedNode node, HeldIdentity identity)
    {
        await node.AskAsync(agent => agent.SetIdentityAsync(identity, null, CancellationToken.None));
        return "yes";
    }

    private static async Task<string> WithdrawAsync(SimulatedPair pair, SimulatedNode node, HandoffOrder order) =>
        Scenes.Words((await node.AskAsync(agent => agent.WithdrawAsync(Other(pair, node).Name, order, CancellationToken.None))).Kind);

    /// <summary>A message out of turn, on a link of its own.</summary>
    private static async Task<string> HandOverAsync(SimulatedPair pair, SimulatedNode node, HandoffOrder order)
    {
        var from = Other(pair, node);
        var link = pair.Network.Join(from.Name, node.Name);
        node.Serve(from.Name, link);
        var record = new RecordBytes(RecordKind.Tower, pair.A.Disk.BytesOf(pair.A.TowerPath)!);
        var receipt = new Receipt(order.Id, order.Token, order.StakedIdentity, VotingStopProof.VoterFence, 1, []);
        await link.Opener.SendAsync(new HandOverMessage(order, "no nonce", receipt, [record]), CancellationToken.None);
        while (await link.Opener.ReceiveAsync(CancellationToken.None) is { } said)
        {
            if (said is AnswerMessage answer)
            {
                return Scenes.Words(answer.Answer.Kind);
            }
        }
        return "the link is closed";
    }

    private static string Words(HandoffOutcome outcome) => outcome.Ending switch
    {
        HandoffEnding.Unknown => $"it is {Scenes.Words(outcome.Phase)}",
        HandoffEnding.WentBack => "it went back",
        HandoffEnding.NeedsOperator => "it needs an operator",
        HandoffEnding.Unchanged when outcome.Phase == HandoffPhase.Refused => "it is refused for good",
        _ => $"it is {outcome.Ending}".ToLowerInvariant(),
    };

    private static SimulatedNode Other(SimulatedPair pair, SimulatedNode node) => pair.Nodes.Single(other => other != node);

    private static HandoffOrder Next(SimulatedPair pair, SimulatedNode from, SimulatedNode to, HandoffOrder order) => pair.Order(from, to, order.Token.Value + 1);
}
