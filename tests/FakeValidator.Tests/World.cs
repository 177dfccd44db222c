using System.Text.Json;
using Failover.Records;
using Failover.Records.Towers;
using FakeValidator.Admin;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeValidator.Voting;
using FakeWire;
using Microsoft.Extensions.Time.Testing;

namespace FakeValidator.Tests;

/// <summary>One validator without threads: the test hands it blocks, turns its replay loop, and serves its voting queue.</summary>
internal sealed class World : IDisposable, IOutbox, IProcessEnd
{
    public const ulong FirstRoot = 100;

    private static int _count;
    private readonly StringWriter _log = new();
    private readonly JsonRpcEnvelope _admin;

    public World(WorldOptions? options = null)
    {
        Options = options ?? new WorldOptions();
        Directory.CreateDirectory(Ledger);
        var log = AgaveLog.To(_log, Time);
        Faults = new FaultSet(this);
        var start = Options.StartUnstaked ? Unstaked : Staked;
        var gossip = new ClusterInfo(start, "here", this, this, log, Time, TimeSpan.Zero);
        var towers = new TowerStore(Ledger, this);
        var histories = new VoteHistoryStore(Ledger, Options.Version);
        Node = new NodeContext
        {
            Version = Options.Version,
            Client = Options.Client,
            VoteAccount = VoteAccount,
            Time = Time,
            Log = log,
            Faults = Faults,
            End = this,
            Outbox = this,
            Gossip = gossip,
            Voters = new VoterList([Staked]),
            Towers = towers,
            Histories = histories,
            Voting = new VotingService(towers, histories, this, gossip, Faults, this, log, Time, new VotingPace(TimeSpan.Zero, TimeSpan.Zero, Seed: 1)),
            RequireTower = Options.RequireTower,
            ForceAlpenglow = Options.Alpenglow,
            WaitForVoteToStartLeader = Options.WaitForVoteToStartLeader,
        };
        Status = new NodeStatus(Time.GetUtcNow()) { IsInitialised = true, RpcAddress = "127.0.0.1:8899" };
        Loop = new ReplayLoop(Node);
        var methods = new AdminMethods(Node, Status, new IdentitySwitch(Node, Status), () => Exited = true);
        _admin = new JsonRpcEnvelope(methods.Find);
        StakedPath = WriteKey("staked.json", Staked);
        UnstakedPath = WriteKey("unstaked.json", Unstaked);
    }

    public WorldOptions Options { get; }
    public string Ledger { get; } = Path.Combine(Path.GetTempPath(), $"fake-validator-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 24, 5, 0, 0, TimeSpan.Zero));
    public FaultSet Faults { get; }
    public NodeContext Node { get; }
    public NodeStatus Status { get; }
    public ReplayLoop Loop { get; }
    public string StakedPath { get; }
    public string UnstakedPath { get; }
    public bool Exited { get; private set; }

    /// <summary>Set when the process would have ended; null when killed or alive.</summary>
    public int? ExitCode { get; private set; }
    public bool Killed { get; private set; }
    public string Log => _log.ToString();
    public List<WireMessage> Sent { get; } = [];
    public IReadOnlyList<Vote> Votes => [.. Sent.OfType<Vote>()];

    /// <summary>What the following blocks say of the vote account.</summary>
    public VoteAccountState Account { get; set; } = new(VoteAccount, Staked.Text, Staked.Text, 1_000, [], null, 0);

    public static NodeKey Staked { get; } = NodeKey.FromSeed([.. Enumerable.Repeat((byte)1, 32)]);
    public static NodeKey Unstaked { get; } = NodeKey.FromSeed([.. Enumerable.Repeat((byte)2, 32)]);
    public static string VoteAccount { get; } = NodeKey.FromSeed([.. Enumerable.Repeat((byte)3, 32)]).Text;
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public string TowerPath => Node.Towers.PathOf(Staked.Pubkey);

    /// <summary>The stored tower of the staked identity; null when there is none.</summary>
    public Tower? StoredTower => File.Exists(TowerPath) ? Node.Towers.Load(Staked.Pubkey) : null;

    public static World Started(WorldOptions? options = null)
    {
        var world = new World(options);
        world.Start();
        return world;
    }

    public void Start() => Loop.Start(new Welcome("genesis", 7, 400, 1_000, FirstRoot, FirstRoot, null, [Account]));

    /// <summary>A block comes in; nothing is replayed yet.</summary>
    public void Feed(ulong slot, ulong? parent = null, bool canonical = true) => Loop.Feed(
        new Block(slot, parent ?? slot - 1, $"hash{slot}", $"block{slot}", "somebody", canonical, slot - 1, slot > 40 ? slot - 40 : 0, [Account]));

    /// <summary>One turn of the replay loop, with the voting queue left waiting.</summary>
    public Task TurnAsync() => Loop.IterateAsync(Ct);

    public Task ServeVotesAsync() => Node.Voting.DrainAsync(Ct);

    /// <summary>A block, a turn, and the vote on its way.</summary>
    public async Task PassAsync(ulong slot, ulong? parent = null, bool canonical = true)
    {
        Feed(slot, parent, canonical);
        await TurnAsync();
        await ServeVotesAsync();
    }

    public async Task PassAsync(ulong first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await PassAsync(first + (ulong)i);
        }
    }

    /// <summary>The last vote that was sent is on chain from the next block on.</summary>
    public void LandLastVote()
    {
        Assert.True(TowerSync.TryDecode(Votes[^1].TowerSync, out var vote));
        Account = Account with { Votes = [.. vote.Lockouts.Select(each => new TowerVote(each.Slot, each.Confirmations))], RootSlot = vote.Root };
    }

    public async Task<string> AdminAsync(string method, params object[] parameters) =>
        await _admin.AnswerAsync(JsonSerializer.Serialize(new { jsonrpc = "2.0", method, @params = parameters, id = 1 }), Ct) ?? string.Empty;

    public async Task<string?> AdminRawAsync(string message) => await _admin.AnswerAsync(message, Ct);

    public Task<string> SetIdentityAsync(string path, bool requireTower = false) => AdminAsync("setIdentity", path, requireTower, true);

    public string WriteKey(string name, NodeKey key) => WriteFile(name, System.Text.Encoding.UTF8.GetBytes(KeyFile.Format(key)));

    public string WriteFile(string name, byte[] content)
    {
        var path = Path.Combine(Ledger, name);
        using var file = File.Create(path);
        file.Write(content);
        return path;
    }

    /// <summary>A stored tower with votes for these slots, one after another.</summary>
    public void StoreTower(ulong root, params ulong[] slots)
    {
        var tower = new TowerVotes(root);
        foreach (var slot in slots)
        {
            tower.Record(slot, Hash.Of([1]), Hash.Of([2]), Time.GetUtcNow().ToUnixTimeSeconds());
        }
        WriteFile(Path.GetFileName(TowerPath), TowerWriter.Write(Staked.Pair, tower.Snapshot()));
    }

    public ValueTask SendAsync(WireMessage message, CancellationToken ct)
    {
        Sent.Add(message);
        return ValueTask.CompletedTask;
    }

    public void Exit(int code, string why)
    {
        ExitCode = code;
        throw new ProcessEndedException(why);
    }

    public void Kill(string why)
    {
        Killed = true;
        throw new ProcessEndedException(why);
    }

    public void Dispose()
    {
        Directory.Delete(Ledger, recursive: true);
        Node.Voters.Dispose();
        _log.Dispose();
    }
}

internal sealed record WorldOptions
{
    public ValidatorVersion Version { get; init; } = ValidatorVersion.Parse("4.2");
    public ClientKind Client { get; init; } = ClientKind.Agave;
    public bool StartUnstaked { get; init; }
    public bool RequireTower { get; init; }
    public bool Alpenglow { get; init; }
    public bool WaitForVoteToStartLeader { get; init; } = true;
}
