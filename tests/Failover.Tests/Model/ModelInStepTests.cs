using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Model;

/// <summary>model/handoff.pml is checked by itself, exhaustively; here, that it still speaks of this code.</summary>
[Collection(SimulationCollection.Name)]
public class ModelInStepTests
{
    /// <summary>What the model may do and no run below does, and why not.</summary>
    private static readonly Dictionary<Transition, string> Unseen = new()
    {
        [new(HandoffRole.Source, HandoffPhase.HandedOver, HandoffPhase.Demoting)] =
            "the permit has to run out, or the link to be seen broken, between two looks with only a write between them, which takes no time in the simulation",
    };

    // The target keeps S away from hands for as long as a source may rely on its word.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);

    private readonly PromelaModel _model = new();

    [Fact]
    public void The_names_are_those_of_the_code()
    {
        Assert.Equal(Enum.GetNames<HandoffPhase>().Except([nameof(HandoffPhase.Unknown)]).Append("None").Order(), _model.Phases.Order());
        Assert.Equal(Enum.GetNames<AnswerKind>().Select(name => $"Says{name}").Order(), _model.Answers.Order());
        Assert.Equal(Enum.GetNames<PromisedRole>().Select(name => $"Promised{name}").Order(), _model.PromisedRoles.Order());
    }

    [Fact]
    public void Each_way_out_is_that_of_the_code()
    {
        var ways = _model.WaysOut;
        foreach (var phase in Enum.GetValues<HandoffPhase>())
        {
            foreach (var answer in Enum.GetValues<AnswerKind>())
            {
                Assert.Equal((phase, answer, WayOutOf(phase, answer)), (phase, answer, ways.TryGetValue((phase, answer), out var way) ? way : WayOut.Unknown));
            }
        }
    }

    [Fact]
    public async Task Every_phase_that_the_code_writes_down_follows_as_in_the_model()
    {
        var seen = new HashSet<Transition>();
        foreach (var scenario in Scenarios)
        {
            await SimulatedPair.RunAsync(async pair =>
            {
                var watches = pair.Nodes.Select(node => new PhaseWatch(node, seen)).ToList();
                await scenario(pair);
                watches.ForEach(watch => watch.Look());
            });
        }

        var known = _model.Transitions;
        Assert.Empty(seen.Except(known));
        Assert.Equal(Unseen.Keys, known.Except(seen));
    }

    private static WayOut WayOutOf(HandoffPhase phase, AnswerKind answer)
    {
        try
        {
            return PlannedHandoff.WayOutOf(phase, answer);
        }
        catch (ArgumentOutOfRangeException)
        {
            return WayOut.Unknown;
        }
    }

    private static IEnumerable<Func<SimulatedPair, Task>> Scenarios =>
    [
        async pair =>
        {
            await pair.HandOverAsync(pair.A, pair.B);
            await pair.PassAsync(TimeSpan.FromSeconds(10));
            await pair.HandOverAsync(pair.B, pair.A);
        },
        AbortedAsync,
        pair => LostAsync(pair, node => node.CrashAgent()),
        pair => LostAsync(pair, node => node.LosePower()),
        HandOverIsLostAsync,
        pair => FailsAsync(pair, pair.B, AdminCall.SetIdentity),
        pair => FailsAsync(pair, pair.A, AdminCall.StopVoters),
        YieldsInDemotingAsync,
        YieldsInReclaimingAsync,
        .. CrashesAsync(),
    ];

    private static async Task AbortedAsync(SimulatedPair pair)
    {
        var order = pair.Order(pair.A, pair.B);
        await pair.PrepareAsync(order);
        foreach (var node in pair.Nodes)
        {
            await node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None));
        }
    }

    private static async Task LostAsync(SimulatedPair pair, Action<SimulatedNode> lose)
    {
        await pair.PrepareAsync(pair.Order(pair.A, pair.B));
        foreach (var node in pair.Nodes)
        {
            lose(node);
            await node.StartAgentAsync();
        }
    }

    private static async Task HandOverIsLostAsync(SimulatedPair pair)
    {
        pair.Network.Fates = (_, message) => message is HandOverMessage ? Fate.CutBefore : Fate.Arrives;
        await pair.HandOverAsync(pair.A, pair.B);
    }

    private static async Task FailsAsync(SimulatedPair pair, SimulatedNode node, AdminCall call)
    {
        node.Validator.Fail(call, AdminFault.Refuse, times: 1);
        await pair.HandOverAsync(pair.A, pair.B);
    }

    private static async Task YieldsInDemotingAsync(SimulatedPair pair)
    {
        await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.Validator.Recorded == pair.A.Unstaked.Public);
        await YieldsAsync(pair);
    }

    private static async Task YieldsInReclaimingAsync(SimulatedPair pair)
    {
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse, times: 1);
        pair.A.Validator.Fail(AdminCall.GiveVotersBack, AdminFault.Refuse);
        await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.Reclaiming });
        await YieldsAsync(pair);
    }

    /// <summary>An operator gives the target S while the source's agent is gone; the source comes back and is told.</summary>
    private static async Task YieldsAsync(SimulatedPair pair)
    {
        pair.A.CrashAgent();
        pair.B.CrashAgent();
        await pair.B.StartAgentAsync();
        await pair.PassAsync(Long);
        pair.B.Disk.Create(pair.B.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
        await pair.B.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Staked, "the other one stands still", CancellationToken.None));
        pair.A.Validator.Heal();
        await pair.A.StartAgentAsync();
        await pair.UntilAsync(() => pair.A.State.Handoff is { Phase: HandoffPhase.Ended });
    }

    /// <summary>Each node's agent, or its machine, goes at some of its disk operations, and comes back.</summary>
    private static IEnumerable<Func<SimulatedPair, Task>> CrashesAsync() =>
        from number in Enumerable.Range(0, 2)
        from power in new[] { false, true }
        from operation in Enumerable.Range(1, 20)
        select (Func<SimulatedPair, Task>)(pair => CrashAsync(pair, pair.Nodes[number], power, 3 * operation));

    private static async Task CrashAsync(SimulatedPair pair, SimulatedNode node, bool power, int operation)
    {
        node.Disk.DieAt = node.Disk.Operations + operation;
        try
        {
            await pair.BeginAsync(pair.A, pair.B);
            await pair.UntilAsync(() => !node.AgentRuns, TimeSpan.FromSeconds(30));
        }
        catch (Exception e) when (e is not InvariantBrokenException)
        {
            pair.Trace($"the handoff goes no further: {e.Message}");
        }
        node.Disk.DieAt = 0;
        if (power)
        {
            node.LosePower(keepsUnsynced: true);
            await node.PowerOnAsync();
        }
        else if (!node.AgentRuns)
        {
            await node.StartAgentAsync();
        }
        await pair.PassAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>Looks at a node's state file before each operation on its disk, so that no write is missed: each is followed by another operation.</summary>
    private sealed class PhaseWatch
    {
        private readonly SimulatedNode _node;
        private readonly HashSet<Transition> _seen;
        private HandoffState? _last;

        public PhaseWatch(SimulatedNode node, HashSet<Transition> seen)
        {
            (_node, _seen, _last) = (node, seen, node.State.Handoff);
            node.Disk.Refuses = (_, _) =>
            {
                Look();
                return false;
            };
        }

        public void Look()
        {
            if (_node.State.Handoff is not { } now)
            {
                return;
            }
            var from = now.Order == _last?.Order && now.Role == _last.Role ? _last.Phase : HandoffPhase.Unknown;
            if (now.Phase != from)
            {
                _seen.Add(new Transition(now.Role, from, now.Phase));
            }
            _last = now;
        }
    }
}
