using Failover.Agents;
using Failover.Examinations;
using Failover.Handoff;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Coordination;

/// <summary>Two scripted nodes, london active and tokyo standby, and a coordinator for them. The clock stands until a test moves it.</summary>
internal sealed class Pair
{
    public Pair(NodeFacts? london = null, NodeFacts? tokyo = null, params NodeFacts[] more)
    {
        London = new ScriptedAgent(london ?? Samples.Active("london"), Calls);
        Tokyo = new ScriptedAgent(tokyo ?? Samples.Standby("tokyo"), Calls);
        Agents = [London, Tokyo, .. more.Select(facts => new ScriptedAgent(facts, Calls))];
        Coordinator = new HandoffCoordinator(Agents, Time, () => Samples.Id);
    }

    public List<string> Calls { get; } = [];

    public ScriptedAgent London { get; }

    public ScriptedAgent Tokyo { get; }

    public IReadOnlyList<IAgent> Agents { get; }

    public FakeTimeProvider Time { get; } = new(Samples.Start);

    public IReadOnlyList<IExaminer> Examiners => [.. Agents.Cast<IExaminer>()];

    public HandoffCoordinator Coordinator { get; }

    /// <summary>What was asked besides status.</summary>
    public IEnumerable<string> Orders => Calls.Where(call => !call.EndsWith(": status", StringComparison.Ordinal));

    public Task<PlanResult> PlanAsync(string to = "tokyo") => Coordinator.PlanAsync(to, CancellationToken.None);

    public async Task<HandoffPlan> PlannedAsync() => (await PlanAsync()).Plan!;

    /// <summary>Makes the handoff complete: london tells the usual timeline, and afterwards tokyo is active.</summary>
    public void LetItComplete()
    {
        London.OnFollow = (id, from, _) => Told(Samples.CompletedTimeline(Samples.Completed(London.Order! with { Id = id })), from);
        London.OnCommit = (order, _) =>
        {
            var outcome = Samples.Completed(order);
            London.Facts = Samples.Standby("london") with { LastHandoff = outcome, HighestToken = order.Token };
            Tokyo.Facts = Samples.Active("tokyo") with { LastHandoff = outcome with { Phase = HandoffPhase.Active }, HighestToken = order.Token };
            return Task.CompletedTask;
        };
    }

    public static async IAsyncEnumerable<HandoffEvent> Told(IEnumerable<HandoffEvent> events, long from = 1, Exception? then = null)
    {
        await Task.CompletedTask;
        foreach (var e in events.Where(e => e.Sequence >= from))
        {
            yield return e;
        }
        if (then is not null)
        {
            throw then;
        }
    }

    public static AgentUnreachableException Silence(string node) => new(node, "connection refused");
}
