using System.Runtime.InteropServices;
using Failover.Identities;
using Failover.Records;
using FakeValidator.Admin;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeValidator.Rpc;
using FakeValidator.Voting;
using FakeWire;

namespace FakeValidator.Running;

/// <summary>One validator from its command line to its end: start-up in the real order, then its threads.</summary>
public sealed class ValidatorProcess(ValidatorOptions options, TimeProvider time)
{
    private static readonly TimeSpan Announcement = TimeSpan.FromSeconds(5);
    private const PosixSignal Sigusr1 = (PosixSignal)10;

    private readonly TaskCompletionSource<Welcome> _welcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<int> RunAsync(CancellationToken stopping)
    {
        var ledger = Path.GetFullPath(options.Ledger);
        Directory.CreateDirectory(ledger);
        using var log = OpenLog();
        using var reopen = PosixSignalRegistration.Create(Sigusr1, context =>
        {
            context.Cancel = true;
            log.Reopen();
        });
        Platform.RestoreDefault(Platform.SigTerm);
        Platform.RestoreDefault(Platform.SigInt);
        if (Read() is not { } keys || LockLedger(ledger) is not { } ledgerLock)
        {
            return 1;
        }
        using (ledgerLock)
        {
            var end = new RealProcessEnd(log);
            var node = Assemble(keys, ledger, log, end, out var link);
            await RunNodeAsync(node, keys.Identity, ledger, end, link, stopping);
            return 0;
        }
    }

    private async Task RunNodeAsync(NodeContext node, NodeKey identity, string ledger, RealProcessEnd end, ClusterLink? link, CancellationToken stopping)
    {
        var status = new NodeStatus(time.GetUtcNow());
        var replay = new ReplayLoop(node);
        var identitySwitch = new IdentitySwitch(node, status);
        var methods = new AdminMethods(node, status, identitySwitch, () => _ = ExitLaterAsync(end));
        using var admin = new AdminServer(ledger, new JsonRpcEnvelope(methods.Find), node.Faults, node.Log);
        end.BeforeExit = admin.Dispose;
        List<Task> threads = [];
        if (node.Client != ClientKind.Firedancer)
        {
            admin.Bind();
            threads.Add(admin.RunAsync(stopping));
        }
        if (node.Client != ClientKind.Agave)
        {
            threads.Add(new KeySwitchServer(ledger, node, status, identitySwitch, replay).RunAsync(stopping));
        }
        if (options.ControlSocket is { } control)
        {
            threads.Add(new ControlServer(control, node, status, replay).RunAsync(stopping));
        }
        threads.Add(link?.RunAsync((message, ct) => ReceiveAsync(node, replay, message, ct), stopping) ?? Stand());
        await node.Faults.PassAsync(Point.AtStartUp, stopping);
        await StartAsync(node, status, replay, identity, stopping);
        var rpcMethods = new RpcMethods(node, status, options.FullRpcApi);
        await using var rpc = new RpcServer(options.Rpc, new JsonRpcEnvelope(rpcMethods.Find), rpcMethods, node.Client);
        var address = await rpc.StartAsync(stopping);
        status.RpcAddress = address.ToString();
        threads.Add(node.Voting.RunAsync(stopping));
        threads.Add(replay.RunAsync(stopping));
        threads.Add(AnnounceAsync(node, stopping));
        status.Progress = "Running";
        status.IsInitialised = true;
        await Console.Out.WriteLineAsync($"ready rpc={address}");
        await Console.Out.FlushAsync(stopping);
        await WatchAsync(threads, node.Log, end);
    }

    // The wait for the cluster stands in for snapshot download and ledger replay.
    private async Task StartAsync(NodeContext node, NodeStatus status, ReplayLoop replay, NodeKey identity, CancellationToken ct)
    {
        var steps = NodeStatus.ColdStart(slot: 0);
        foreach (var step in steps.Take(2))
        {
            status.Progress = step;
        }
        var welcome = await _welcome.Task.WaitAsync(ct);
        foreach (var step in NodeStatus.ColdStart(welcome.CurrentSlot).Skip(2))
        {
            status.Progress = step;
            if (options.StartUp > TimeSpan.Zero)
            {
                await Task.Delay(options.StartUp / (steps.Count - 2), time, ct);
            }
        }
        node.Chain.Open(welcome, new BankForks(welcome));
        RequireHistoryAtStartUp(node, identity);
        replay.Start(welcome);
    }

    private void RequireHistoryAtStartUp(NodeContext node, NodeKey identity)
    {
        if (!options.RequireVoteHistory || !node.Version.IsAtLeast("4.2"))
        {
            return;
        }
        try
        {
            IdentitySwitch.RequireHistory(node, identity);
        }
        catch (JsonRpcException)
        {
            node.Log.Error(
                AgaveLog.Validator,
                $"Unable to retrieve vote history for identity {identity.Text}. The vote account {node.VoteAccount} has prior Alpenglow votes. "
                + "If this is intentional, use --do-not-require-vote-history: file not usable");
            node.End.Exit(1, "vote history required");
        }
    }

    private async ValueTask ReceiveAsync(NodeContext node, ReplayLoop replay, WireMessage message, CancellationToken ct)
    {
        switch (message)
        {
            case Welcome welcome:
                _welcome.TrySetResult(welcome);
                await node.Gossip.AnnounceAsync(ct);
                break;
            case Block block:
                replay.Feed(block);
                break;
            case Schedule schedule:
                node.Leaders.Learn(schedule);
                break;
            case Contact contact:
                node.Gossip.Hear(contact);
                break;
            case Vote vote when vote.Host != options.Host && !vote.IsRefresh:
                node.Gossip.HearVote(vote.Identity, vote.LastSlot);
                break;
        }
    }

    // Without a cluster the node stands at genesis and only answers.
    private Task Stand()
    {
        _welcome.TrySetResult(new Welcome(default(Pubkey).ToString(), 0, 400, 432_000, 0, 0, null, []));
        return Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
    }

    private async Task AnnounceAsync(NodeContext node, CancellationToken stopping)
    {
        while (true)
        {
            await node.Gossip.AnnounceAsync(stopping);
            await Task.Delay(Announcement, time, stopping);
        }
    }

    private async Task ExitLaterAsync(RealProcessEnd end)
    {
        await Task.Delay(options.ExitDelay, time, CancellationToken.None);
        end.Exit(0, "exit was asked for");
    }

    // No thread of these ends by itself: one that does has thrown, which in the real one is a panic.
    private static async Task WatchAsync(List<Task> threads, AgaveLog log, RealProcessEnd end)
    {
        var ended = await Task.WhenAny(threads);
        log.Error(AgaveLog.Metrics, $"panicked: {ended.Exception?.ToString() ?? "a thread ended"}");
        end.Exit(1, "panic");
    }

    private NodeContext Assemble(Keys keys, string ledger, AgaveLog log, RealProcessEnd end, out ClusterLink? link)
    {
        var faults = new FaultSet(end);
        foreach (var words in options.Faults)
        {
            faults.Apply(words);
        }
        link = options.Cluster is { } cluster ? new ClusterLink(cluster, new Hello(options.Host, keys.VoteAccount), faults, time) : null;
        var outbox = link ?? (IOutbox)new NoOutbox();
        var gossip = new ClusterInfo(keys.Identity, options.Host, outbox, end, log, time, options.ClockSkew);
        var towerFolder = Path.GetFullPath(options.Tower ?? ledger);
        var towers = new TowerStore(towerFolder, end);
        var histories = new VoteHistoryStore(ledger, options.Version);
        if (options.Client == ClientKind.Firedancer)
        {
            // All that its tower tile ever does with files.
            Directory.CreateDirectory(towerFolder);
            File.Create(towers.PathOf(keys.Identity.Pubkey) + RecordFiles.TemporarySuffix).Dispose();
        }
        var pace = new VotingPace(options.StoreDelay, options.SendDelay, options.Seed);
        return new NodeContext
        {
            Version = options.Version,
            Client = options.Client,
            VoteAccount = keys.VoteAccount,
            Time = time,
            Log = log,
            Faults = faults,
            End = end,
            Outbox = outbox,
            Gossip = gossip,
            Voters = new VoterList(keys.Voters),
            Towers = towers,
            Histories = histories,
            Voting = new VotingService(towers, histories, outbox, gossip, faults, end, log, time, pace),
            WaitForVoteToStartLeader = !options.NoWaitForVoteToStartLeader,
            RequireTower = options.RequireTower,
            ForceAlpenglow = options.Alpenglow,
        };
    }

    private AgaveLog OpenLog() => options.Log == "-"
        ? new AgaveLog(time, () => Console.Error)
        : new AgaveLog(time, () => new StreamWriter(new FileStream(options.Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)));

    private Keys? Read()
    {
        try
        {
            var identity = KeyFile.Read(options.IdentityPath);
            var voteAccount = Pubkey.TryParse(options.VoteAccount, out var address) ? address.ToString() : KeyFile.Read(options.VoteAccount).Text;
            NodeKey[] voters = options.AuthorizedVoters.Count == 0 ? [identity] : [.. options.AuthorizedVoters.Select(KeyFile.Read)];
            return new Keys(identity, voteAccount, voters);
        }
        catch (KeyRefusedException refusal)
        {
            Console.Error.WriteLine($"error: unable to read a keypair of the command line: {refusal.Message}");
            return null;
        }
    }

    private static FileStream? LockLedger(string ledger)
    {
        try
        {
            return new FileStream(Path.Combine(ledger, "ledger.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            Console.Error.WriteLine($"Error: Unable to lock {ledger} directory. Check if another validator is running");
            return null;
        }
    }

    private sealed record Keys(NodeKey Identity, string VoteAccount, IReadOnlyList<NodeKey> Voters);

    private sealed class NoOutbox : IOutbox
    {
        public ValueTask SendAsync(WireMessage message, CancellationToken ct) => ValueTask.CompletedTask;
    }
}
