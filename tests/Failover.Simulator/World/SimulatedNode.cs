using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;

namespace Failover.Simulation;

/// <summary>One machine: its disk, its validator and its agent. Each can be lost by itself.</summary>
internal sealed class SimulatedNode
{
    private readonly SimulatedPair _pair;
    private readonly Pump _pump;
    private AgentProcess? _process;
    private int _boots;

    private sealed record AgentProcess(PumpContext Context, HandoffAgent Agent);

    public SimulatedNode(SimulatedPair pair, Pump pump, string name, int number, bool staked)
    {
        (_pair, _pump, Name) = (pair, pump, name);
        Disk = new SimulatedDisk(text => pair.Trace($"{name}: {text}"));
        Unstaked = Keypairs.Of(10 + number);
        Config = new NodeConfig
        {
            Node = name,
            AgentVersion = "1.0.0",
            StateFolder = "/state",
            StakedKeypair = "/keys/staked.json",
            UnstakedKeypair = "/keys/unstaked.json",
            IdentityLink = "/keys/identity.json",
            VoteAccount = pair.Cluster.VoteAccount,
            AuthorizedVoters = ["/keys/staked.json"],
            Ledger = "/ledger",
            TowerFolder = "/ledger",
        };
        Disk.Create(Config.StakedKeypair, KeypairFile.Format(pair.Cluster.Staked), null);
        Disk.Create(Config.UnstakedKeypair, KeypairFile.Format(Unstaked), null);
        Disk.CreateSymlink(Config.IdentityLink, staked ? Config.StakedKeypair : Config.UnstakedKeypair);
        Disk.Create("/ledger/genesis.bin", [], null);
        Clock = new MachineTime(pump.Time);
        Validator = new SimulatedValidator(Config, Unstaked, Disk, pair.Cluster, pump, pair.Trace) { ReplayDelay = TimeSpan.FromMilliseconds(20 * number) };
        Hooks = new SimulatedHooks(name, pump, pair.Trace);
        Disk.WriteBack();
        Validator.StartAtOnce();
    }

    public string Name { get; }

    public SimulatedDisk Disk { get; }

    /// <summary>The machine's clocks; another one is taken over by the agent at its next start.</summary>
    public MachineTime Clock { get; set; }

    public SimulatedValidator Validator { get; }

    /// <summary>The operator's programs.</summary>
    public SimulatedHooks Hooks { get; }

    public Keypair Unstaked { get; }

    /// <summary>S's tower as it lies on this node's disk.</summary>
    public string TowerPath => Path.Combine(Config.TowerFolder, RecordFiles.Name(RecordKind.Tower, _pair.Cluster.Staked.Public));

    /// <summary>Taken over by the agent at its next start.</summary>
    public NodeConfig Config { get; set; }

    public string BootId => $"{Name}-boot-{_boots}";

    /// <summary>What is on disk, as an agent that starts now would read it.</summary>
    public AgentState State => AgentJournal.Open(Disk, Config.StateFolder).Current;

    public HeldIdentity LinkPointsTo => new IdentityLink(Disk, Config).PointsTo();

    public bool AgentRuns => _process is { Context.Dead: false };

    public async Task StartAgentAsync()
    {
        _pair.Trace($"{Name}'s agent starts");
        _process = new AgentProcess(new PumpContext(_pump, $"{Name}'s agent", isAgent: true), new HandoffAgent(
            Config, Disk, Validator, Validator, Validator, new SimulatedPeers(_pair, Name), Hooks, Clock, BootId, new SimulatedLogs(Name, _pair.Trace, _pump.Fail)));
        _ = BreakLinksOnDeathAsync(_process.Context);
        await AskAsync(async agent =>
        {
            await agent.StartAsync(CancellationToken.None);
            return 0;
        });
    }

    /// <summary>The process is gone at once; nothing on disk is.</summary>
    public void CrashAgent()
    {
        _pair.Trace($"{Name}'s agent crashes");
        _process?.Context.Die();
        Hooks.EndAll();
    }

    /// <summary>The agent's process is stopped and goes on later.</summary>
    public void PauseAgent() => _process?.Context.Pause();

    public void ResumeAgent() => _process?.Context.Resume();

    /// <summary>The machine goes off.</summary>
    /// <param name="keepsUnsynced">Whether the disk happens to have written everything.</param>
    public void LosePower(bool keepsUnsynced = false)
    {
        CrashAgent();
        Validator.RestartsAfter = null;
        Validator.Stop();
        if (!keepsUnsynced)
        {
            Disk.Crash();
            if (LinkPointsTo == HeldIdentity.Staked)
            {
                _pair.Cluster.Excused.Add(Name);
            }
        }
        _boots++;
    }

    /// <summary>The machine comes back; its validator starts by the link before its agent can do anything.</summary>
    public Task PowerOnAsync()
    {
        Validator.Start();
        return StartAgentAsync();
    }

    /// <summary>Runs the call on the agent. Fails with <see cref="ProcessDiedException"/> when the agent is gone or goes.</summary>
    public Task<T> AskAsync<T>(Func<HandoffAgent, Task<T>> call) => _process is { Context.Dead: false } process
        ? process.Context.RunAsync(() => call(process.Agent))
        : Task.FromException<T>(new ProcessDiedException());

    public Task AskAsync(Func<HandoffAgent, Task> call) => AskAsync(async agent =>
    {
        await call(agent);
        return 0;
    });

    public Task<NodeFacts> StatusAsync() => AskAsync(agent => agent.GetStatusAsync(CancellationToken.None));

    /// <summary>The whole timeline, once it has ended.</summary>
    public Task<List<HandoffEvent>> FollowAsync(HandoffOrder order) => AskAsync(async agent =>
    {
        List<HandoffEvent> events = [];
        await foreach (var happened in agent.FollowAsync(order.Id, 1, CancellationToken.None))
        {
            events.Add(happened);
        }
        return events;
    });

    /// <summary>Serves a link that a peer opened, as the agent's server does.</summary>
    public void Serve(string peer, SimulatedLink link)
    {
        if (_process is not { Context.Dead: false } process)
        {
            throw new AgentUnreachableException(Name, $"nobody listens on {Name}");
        }
        process.Context.Post(_ => _ = ServeAsync(), null);

        async Task ServeAsync()
        {
            try
            {
                await process.Agent.ServePeerAsync(peer, link.Server, CancellationToken.None);
            }
            catch (Exception e) when (e is AgentUnreachableException or OrderRefusedException or IOException)
            {
                _pair.Trace($"{Name} ends the link from {peer}: {e.Message}");
            }
            catch (Exception e) when (e is not ProcessDiedException)
            {
                _pump.Fail(e);
            }
            await link.Server.DisposeAsync();
        }
    }

    private async Task BreakLinksOnDeathAsync(PumpContext context)
    {
        await context.Died;
        _pair.Network.BreakLinksOf(Name);
    }
}
