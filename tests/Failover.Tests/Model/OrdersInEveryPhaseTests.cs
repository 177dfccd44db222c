using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;

namespace Failover.Model;

/// <summary>Whatever phase a node is in, whatever it is asked: it answers or refuses, in time, and the handoff still ends with one voter at most.</summary>
[Collection(SimulationCollection.Name)]
public class OrdersInEveryPhaseTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private delegate Task Ask(SimulatedPair pair, SimulatedNode node, HandoffOrder order);

    public static TheoryData<HandoffRole, HandoffPhase> Phases => new()
    {
        { HandoffRole.Source, HandoffPhase.Unknown },
        { HandoffRole.Source, HandoffPhase.Prepared },
        { HandoffRole.Source, HandoffPhase.Demoting },
        { HandoffRole.Source, HandoffPhase.HandedOver },
        { HandoffRole.Source, HandoffPhase.Reclaiming },
        { HandoffRole.Source, HandoffPhase.Ended },
        { HandoffRole.Target, HandoffPhase.Unknown },
        { HandoffRole.Target, HandoffPhase.Prepared },
        { HandoffRole.Target, HandoffPhase.Promoting },
        { HandoffRole.Target, HandoffPhase.Refused },
        { HandoffRole.Target, HandoffPhase.Active },
    };

    private static Dictionary<string, Ask> Orders => new()
    {
        ["prepare as source"] = (_, node, order) => node.AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Source, HookUse.Run, CancellationToken.None)),
        ["prepare as target"] = (_, node, order) => node.AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Target, HookUse.Run, CancellationToken.None)),
        ["prepare the next as source"] = (pair, node, order) =>
            node.AskAsync(agent => agent.PrepareAsync(Next(pair, node, Other(pair, node), order), HandoffRole.Source, HookUse.Run, CancellationToken.None)),
        ["prepare the next as target"] = (pair, node, order) =>
            node.AskAsync(agent => agent.PrepareAsync(Next(pair, Other(pair, node), node, order), HandoffRole.Target, HookUse.Run, CancellationToken.None)),
        ["commit"] = (_, node, order) => node.AskAsync(agent => agent.CommitAsync(order, new CommitOptions(TimeSpan.Zero), CancellationToken.None)),
        ["abort"] = (_, node, order) => node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None)),
        ["resume"] = (_, node, order) => node.AskAsync(agent => agent.ResumeAsync(order.Id, null, CancellationToken.None)),
        ["set-identity unstaked"] = (_, node, _) => node.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Unstaked, null, CancellationToken.None)),
        ["set-identity staked"] = (_, node, _) => node.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Staked, null, CancellationToken.None)),
        ["relink unstaked"] = (_, node, _) => node.AskAsync(agent => agent.RelinkAsync(HeldIdentity.Unstaked, null, CancellationToken.None)),
        ["relink staked"] = (_, node, _) => node.AskAsync(agent => agent.RelinkAsync(HeldIdentity.Staked, null, CancellationToken.None)),
        ["withdraw"] = (pair, node, order) => node.AskAsync(agent => agent.WithdrawAsync(Other(pair, node).Name, order, CancellationToken.None)),
        ["withdraw another"] = (pair, node, order) =>
            node.AskAsync(agent => agent.WithdrawAsync(Other(pair, node).Name, Next(pair, Other(pair, node), node, order), CancellationToken.None)),
        ["hand over"] = (pair, node, order) => HandOverAsync(pair, node, order),
        ["status"] = (_, node, _) => node.StatusAsync(),
    };

    [Theory]
    [MemberData(nameof(Phases))]
    public async Task Every_order_is_answered(HandoffRole role, HandoffPhase phase)
    {
        foreach (var (name, ask) in Orders)
        {
            try
            {
                await SimulatedPair.RunAsync(pair => AskAsync(pair, role, phase, ask));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}, in {phase} as {role}: {e.Message}", e);
            }
        }
    }

    private static async Task AskAsync(SimulatedPair pair, HandoffRole role, HandoffPhase phase, Ask ask)
    {
        var node = role == HandoffRole.Source ? pair.A : pair.B;
        pair.Step = TimeSpan.FromMilliseconds(1);
        var order = await BringToAsync(pair, phase);
        await pair.UntilAsync(() => (node.State.Handoff?.Phase ?? HandoffPhase.Unknown) == phase);
        pair.Step = TimeSpan.FromMilliseconds(20);

        var asked = AnsweredAsync(ask(pair, node, order));
        await pair.UntilAsync(() => asked.IsCompleted, Longest);
        await asked;

        pair.A.Validator.Heal();
        pair.Network.Fates = (_, _) => Fate.Arrives;
        await pair.UntilAsync(
            () => pair.Nodes.All(each => each.State.Handoff is null or { Unfinished: false } or { Phase: HandoffPhase.Prepared }), TimeSpan.FromMinutes(5));
    }

    /// <summary>A refusal is an answer. Anything else that is thrown is a bug.</summary>
    private static async Task AnsweredAsync(Task asked)
    {
        try
        {
            await asked;
        }
        catch (OrderRefusedException e)
        {
            Assert.NotEqual(RefusalReason.Unknown, e.Reason);
            Assert.NotEmpty(e.Message);
        }
    }

    internal static async Task<HandoffOrder> BringToAsync(SimulatedPair pair, HandoffPhase phase)
    {
        if (phase is HandoffPhase.Unknown or HandoffPhase.Prepared)
        {
            var order = pair.Order(pair.A, pair.B);
            if (phase == HandoffPhase.Prepared)
            {
                await pair.PrepareAsync(order);
            }
            return order;
        }
        if (phase == HandoffPhase.HandedOver)
        {
            pair.Network.Fates = (from, message) => from == pair.A.Name && message is (HandOverMessage or WithdrawRequest) ? Fate.Vanishes : Fate.Arrives;
        }
        if (phase is HandoffPhase.Reclaiming or HandoffPhase.Refused)
        {
            pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse, times: 1);
            pair.A.Validator.Fail(AdminCall.GiveVotersBack, AdminFault.Refuse);
        }
        if (phase == HandoffPhase.Promoting)
        {
            pair.B.Validator.SetIdentityLatency = TimeSpan.FromMilliseconds(300);
        }
        return await pair.BeginAsync(pair.A, pair.B);
    }

    /// <summary>A message out of turn, on a link of its own, with a permit that nobody gave.</summary>
    private static async Task HandOverAsync(SimulatedPair pair, SimulatedNode node, HandoffOrder order)
    {
        var from = Other(pair, node);
        var link = pair.Network.Join(from.Name, node.Name);
        node.Serve(from.Name, link);
        var record = new RecordBytes(RecordKind.Tower, pair.A.Disk.BytesOf(pair.A.TowerPath)!);
        var receipt = new Receipt(order.Id, order.Token, order.StakedIdentity, Validators.VotingStopProof.VoterFence, 1, []);
        await link.Opener.SendAsync(new HandOverMessage(order, "no nonce", receipt, [record]), CancellationToken.None);
        try
        {
            while (await link.Opener.ReceiveAsync(CancellationToken.None) is { } said)
            {
                Assert.NotEqual(AnswerKind.Promoted, (said as AnswerMessage)?.Answer.Kind);
            }
        }
        catch (AgentUnreachableException)
        {
            // The link was closed on whoever speaks out of turn.
        }
    }

    private static SimulatedNode Other(SimulatedPair pair, SimulatedNode node) => pair.Nodes.Single(other => other != node);

    private static HandoffOrder Next(SimulatedPair pair, SimulatedNode from, SimulatedNode to, HandoffOrder order) => pair.Order(from, to, order.Token.Value + 1);
}
