using Failover.Identities;
using Failover.Simulation;

namespace Failover.Handoff;

/// <summary>A handoff that is disturbed at every single disk operation of one of its nodes, one after the other.</summary>
[Collection(SimulationCollection.Name)]
public class CrashTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(12);

    public enum Loss
    {
        /// <summary>The agent's process ends; the machine and its validator stay.</summary>
        Agent,

        /// <summary>The machine goes off; its disk happens to have written everything.</summary>
        Power,

        /// <summary>The machine goes off; what was not synced is gone.</summary>
        PowerAndUnsynced,
    }

    [Theory]
    [InlineData(0, Loss.Agent)]
    [InlineData(0, Loss.Power)]
    [InlineData(0, Loss.PowerAndUnsynced)]
    [InlineData(1, Loss.Agent)]
    [InlineData(1, Loss.Power)]
    [InlineData(1, Loss.PowerAndUnsynced)]
    public async Task A_crash_before_any_disk_operation_leaves_one_voter_at_most_and_a_named_ending(int node, Loss loss)
    {
        var operations = await CountAsync(node);
        Assert.InRange(operations, 10, 200);
        for (var n = 1; n <= operations; n++)
        {
            await AtAsync(n, pair => CrashAtAsync(pair, pair.Nodes[node], n, loss));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_disk_operation_that_fails_once_leaves_one_voter_and_a_named_ending(int node)
    {
        var operations = await CountAsync(node);
        for (var n = 1; n <= operations; n++)
        {
            await AtAsync(n, pair => FailAtAsync(pair, pair.Nodes[node], n));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_disk_that_becomes_read_only_leaves_one_voter_at_most_until_it_is_healed(int node)
    {
        var operations = await CountAsync(node);
        for (var n = 1; n <= operations; n += 3)
        {
            await AtAsync(n, pair => ReadOnlyAtAsync(pair, pair.Nodes[node], n));
        }
    }

    private static async Task<int> CountAsync(int node)
    {
        var operations = 0;
        await SimulatedPair.RunAsync(async pair =>
        {
            var before = pair.Nodes[node].Disk.Operations;
            await TryHandOverAsync(pair);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
            operations = pair.Nodes[node].Disk.Operations - before;
        });
        return operations;
    }

    private static async Task AtAsync(int n, Func<SimulatedPair, Task> test)
    {
        try
        {
            await SimulatedPair.RunAsync(test);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"at operation {n}: {e.Message}", e);
        }
    }

    private static async Task CrashAtAsync(SimulatedPair pair, SimulatedNode node, int n, Loss loss)
    {
        node.Disk.DieAt = node.Disk.Operations + n;
        await TryHandOverAsync(pair);
        await pair.UntilAsync(() => !node.AgentRuns);
        if (loss == Loss.Agent)
        {
            await pair.PassAsync(TimeSpan.FromSeconds(2));
            await node.StartAgentAsync();
        }
        else
        {
            node.LosePower(keepsUnsynced: loss == Loss.Power);
            await pair.PassAsync(TimeSpan.FromSeconds(2));
            await node.PowerOnAsync();
        }
        pair.Step = TimeSpan.FromMilliseconds(20);
        await pair.UntilAsync(() => Settled(pair) || pair.PersonNeeded, Longest);
        if (loss != Loss.Agent)
        {
            // After a loss of power only the passing of the chain's horizon tells.
            await pair.PassAsync(TimeSpan.FromMinutes(4));
        }
        Assert.True(Settled(pair) || loss == Loss.PowerAndUnsynced, "no ending");
        if (Settled(pair))
        {
            await pair.UntilAsync(() => pair.Voter is not null);
        }
        AssertRestartIsSafe(pair);
    }

    private static async Task FailAtAsync(SimulatedPair pair, SimulatedNode node, int n)
    {
        node.Disk.FailAt = node.Disk.Operations + n;
        await TryHandOverAsync(pair);
        await EndAsync(pair);
        await pair.PassAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull(pair.Voter);
        AssertRestartIsSafe(pair);
    }

    private static async Task ReadOnlyAtAsync(SimulatedPair pair, SimulatedNode node, int n)
    {
        var from = node.Disk.Operations + n;
        node.Disk.Refuses = (_, _) => node.Disk.Operations >= from;
        var handOver = TryHandOverAsync(pair);
        await pair.PassAsync(TimeSpan.FromSeconds(60));
        node.Disk.Refuses = (_, _) => false;
        await handOver;
        await EndAsync(pair);
        AssertRestartIsSafe(pair);
    }

    /// <summary>A prepare whose write failed may be on disk without the agent relying on it; a restart of the agent ends it.</summary>
    private static async Task EndAsync(SimulatedPair pair)
    {
        await pair.UntilAsync(() => pair.Voter is not null && (Settled(pair) || pair.A.State.Handoff is { Phase: HandoffPhase.Prepared }), Longest);
        if (!Settled(pair))
        {
            pair.A.CrashAgent();
            await pair.A.StartAgentAsync();
        }
        Assert.True(Settled(pair));
        await pair.UntilAsync(() => pair.Voter is not null);
    }

    /// <summary>What a coordinator does: it gives up, and lets the nodes go, when an agent fails it.</summary>
    private static async Task TryHandOverAsync(SimulatedPair pair)
    {
        var order = pair.Order(pair.A, pair.B);
        try
        {
            await pair.PrepareAsync(order);
            await pair.CommitAsync(order);
            await pair.UntilAsync(() => !pair.Nodes.All(node => node.AgentRuns) || (Settled(pair) && !pair.A.State.VotersOwed), TimeSpan.FromMinutes(2));
        }
        catch (Exception e) when (e is not InvariantBrokenException)
        {
            pair.Trace($"the coordinator gives up: {e.Message}");
            foreach (var node in pair.Nodes.Where(node => node.AgentRuns))
            {
                try
                {
                    await node.AskAsync(agent => agent.AbortAsync(order.Id, CancellationToken.None));
                }
                catch (Exception refused) when (refused is not InvariantBrokenException)
                {
                    pair.Trace($"{node.Name} cannot abort: {refused.Message}");
                }
            }
        }
    }

    private static bool Settled(SimulatedPair pair) =>
        pair.A.State.Handoff is null or { Unfinished: false } && pair.B.State.Handoff is null or { Unfinished: false } or { Phase: HandoffPhase.Prepared };

    /// <summary>Both machines lose power: by their links, one of them at most comes up with S.</summary>
    private static void AssertRestartIsSafe(SimulatedPair pair)
    {
        foreach (var node in pair.Nodes)
        {
            node.LosePower();
        }
        Assert.InRange(pair.Nodes.Count(node => node.LinkPointsTo == HeldIdentity.Staked), 0, 1);
    }
}
