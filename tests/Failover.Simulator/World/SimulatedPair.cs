using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Simulation;

/// <summary>
/// Two nodes (or three) with one S among them, the cluster they vote in and the network between their agents. Watches all the time that no two validators can vote with
/// S, and that no vote of S lacks an earlier one.
/// </summary>
internal sealed class SimulatedPair
{
    private readonly Pump _pump;
    private readonly List<string> _trace = [];
    private ulong _token;

    private SimulatedPair(Pump pump, int nodes)
    {
        _pump = pump;
        Cluster = new SimulatedCluster(pump.Time);
        Network = new SimulatedNetwork(pump, Trace);
        Nodes = [.. Enumerable.Range(0, nodes).Select(number => new SimulatedNode(this, pump, $"node-{(char)('a' + number)}", number, staked: number == 0))];
        Oracle = new Oracle(this);
        pump.Check = Oracle.RequireOneVoter;
        pump.Tick = Tick;
        pump.NextTick = NextTick;
        pump.Describe = TraceTail;
    }

    public SimulatedCluster Cluster { get; }

    public Oracle Oracle { get; }

    public Pump Pump => _pump;

    public SimulatedNetwork Network { get; }

    public IReadOnlyList<SimulatedNode> Nodes { get; }

    /// <summary>Holds S at the beginning.</summary>
    public SimulatedNode A => Nodes[0];

    public SimulatedNode B => Nodes[1];

    public TimeProvider Time => _pump.Time;

    /// <summary>How often a condition is looked at; coarser where only waiting is left.</summary>
    public TimeSpan Step { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether an agent has said that it cannot end a handoff by itself.</summary>
    public bool PersonNeeded { get; private set; }

    /// <summary>Everything that happened, for whoever must find out why a test fails.</summary>
    public IReadOnlyList<string> Happened => _trace;

    /// <summary>Runs a test in a simulation whose agents have started and whose node a has voted for some seconds.</summary>
    public static Task RunAsync(Func<SimulatedPair, Task> test, int nodes = 2, Action<SimulatedPair>? before = null) => Pump.RunAsync(async pump =>
    {
        var pair = new SimulatedPair(pump, nodes);
        try
        {
            before?.Invoke(pair);
            await pair.PassAsync(TimeSpan.FromSeconds(3));
            foreach (var node in pair.Nodes)
            {
                node.Disk.WriteBack();
                await node.StartAgentAsync();
            }
            await pair.PassAsync(TimeSpan.FromSeconds(1));
            await test(pair);
        }
        catch (Exception e) when (e is not InvariantBrokenException)
        {
            throw new InvalidOperationException($"{e.Message}{Environment.NewLine}{pair.TraceTail()}", e);
        }
    });

    public void Trace(string text)
    {
        _trace.Add($"{_pump.Time.GetUtcNow():mm:ss.fff} {text}");
        PersonNeeded |= text.Contains("a person is needed", StringComparison.Ordinal);
    }

    public HandoffOrder Order(SimulatedNode from, SimulatedNode to, ulong? token = null, string? id = null)
    {
        _token = token ?? _token + 1;
        return new HandoffOrder(
            new HandoffId(id ?? $"handoff-{_token:D4}"), new FencingToken(_token), Cluster.Staked.Public, Cluster.VoteAccount, Cluster.GenesisHash, from.Name, to.Name);
    }

    public Task PassAsync(TimeSpan time) => Task.Delay(time, Time, CancellationToken.None);

    public async Task UntilAsync(Func<bool> condition, TimeSpan? limit = null)
    {
        var began = Time.GetTimestamp();
        while (!condition())
        {
            if (Time.GetElapsedTime(began) > (limit ?? TimeSpan.FromMinutes(2)))
            {
                throw new TimeoutException("what the test waits for does not come");
            }
            await PassAsync(Step);
        }
    }

    /// <summary>What a coordinator does up to the point where commit would follow.</summary>
    public async Task<PrepareReport> PrepareAsync(HandoffOrder order)
    {
        await Named(order.Target).AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Target, HookUse.Run, CancellationToken.None));
        return await Named(order.Source).AskAsync(agent => agent.PrepareAsync(order, HandoffRole.Source, HookUse.Run, CancellationToken.None));
    }

    public Task CommitAsync(HandoffOrder order, TimeSpan? idle = null) =>
        Named(order.Source).AskAsync(agent => agent.CommitAsync(order, new CommitOptions(idle ?? TimeSpan.Zero), CancellationToken.None));

    /// <summary>Prepares and commits.</summary>
    public async Task<HandoffOrder> BeginAsync(SimulatedNode from, SimulatedNode to)
    {
        var order = Order(from, to);
        var report = await PrepareAsync(order);
        if (report.Checks.FirstOrDefault(check => check.Outcome == CheckOutcome.Fails) is { } fails)
        {
            throw new InvalidOperationException($"the preflight check {fails.Name} fails: {fails.Seen}");
        }
        await CommitAsync(order);
        return order;
    }

    /// <summary>A whole handoff, followed to the end of both timelines.</summary>
    public async Task<HandoffOutcome> HandOverAsync(SimulatedNode from, SimulatedNode to)
    {
        var order = await BeginAsync(from, to);
        var events = await from.FollowAsync(order);
        return events[^1].Outcome!;
    }

    public SimulatedNode Named(string name) => Nodes.Single(node => node.Name == name);

    /// <summary>The node whose validator votes now, if one does.</summary>
    public SimulatedNode? Voter => Nodes.SingleOrDefault(node => node.Validator.CanVote);

    private void Tick()
    {
        Network.Tick();
        foreach (var node in Nodes)
        {
            node.Validator.Tick();
        }
        Oracle.RequireSafeRestart();
    }

    private TimeSpan? NextTick() => Nodes.Select(node => node.Validator.NextTick).Append(Network.NextTick).Min();

    /// <summary>What happened last.</summary>
    public string TraceTail() => string.Join(Environment.NewLine, _trace.Where(text => !text.Contains("votes for slot", StringComparison.Ordinal)).TakeLast(150));
}
