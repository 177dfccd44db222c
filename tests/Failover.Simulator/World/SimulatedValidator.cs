using Failover.Agents;
using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;

namespace Failover.Simulation;

/// <summary>
/// A validator as an agent sees it, with what makes a handoff hard: the identity that set-identity records is adopted by the voting loop only at its next
/// bank, after a vote on that bank; a vote is stored some time after it was generated.
/// </summary>
internal sealed partial class SimulatedValidator(NodeConfig config, Keypair unstaked, SimulatedDisk disk, SimulatedCluster cluster, Pump pump, Action<string> trace)
{
    private static readonly TimeSpan SoonEnough = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan UntilStored = TimeSpan.FromMilliseconds(10);

    private readonly List<QueuedVote> _queue = [];
    private TowerVotes? _tower;
    private ulong _lastVoteSeen = SimulatedCluster.FirstSlot - 100;

    /// <summary>One that stands still does not see what lands meanwhile.</summary>
    private ulong LastVoteSeen => cluster.LastVoteSaid ?? (Stalled ? _lastVoteSeen : cluster.LastVoteOnChain);
    private long _startedAt;
    private long _stoppedAt;

    private sealed record QueuedVote(ulong Slot, IReadOnlyList<Lockout> Before, Tower Tower, long At)
    {
        public bool TemporaryWritten { get; set; }
    }

    public string Node => config.Node;

    public bool Running { get; private set; }

    /// <summary>The identity that set-identity recorded: what gossip and the admin socket say.</summary>
    public Pubkey Recorded { get; private set; }

    /// <summary>The identity that the voting loop acts with.</summary>
    public Pubkey Loop { get; private set; }

    public HashSet<string> Voters { get; } = [];

    public ulong ProcessedSlot { get; private set; }

    /// <summary>How long start-up takes.</summary>
    public TimeSpan StartUp { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after the start of a slot its bank is replayed here.</summary>
    public TimeSpan ReplayDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>From a vote to the beginning of its storing: longer than a slot, and votes queue up behind a disk that is too slow for them.</summary>
    public TimeSpan QueueTime { get; set; } = SoonEnough;

    /// <summary>From a vote to its rename into place, at least.</summary>
    public TimeSpan StoreTime { get; set; } = UntilStored;

    /// <summary>The voting loop stands still; the admin socket answers as ever.</summary>
    public bool Stalled { get; set; }

    /// <summary>The process is stopped until then, as by SIGSTOP or with its whole machine.</summary>
    public TimeSpan FrozenUntil { get; set; }

    private bool Frozen => FrozenUntil > pump.Time.Now;

    private async Task ThawAsync()
    {
        while (Frozen)
        {
            // Task.Delay cuts off what is less than a millisecond.
            await Task.Delay(FrozenUntil - pump.Time.Now + TimeSpan.FromMilliseconds(1), pump.Time, CancellationToken.None);
        }
    }

    /// <summary>How long after its end the service manager starts it again; null: not at all.</summary>
    public TimeSpan? RestartsAfter { get; set; }

    /// <summary>Whether a vote with S can be generated now or, while it starts up, as soon as it has.</summary>
    public bool CanVote => Running && Loop == cluster.Staked.Public && Voters.Count > 0;

    public bool Started => Running && pump.Time.GetElapsedTime(_startedAt) >= StartUp;

    private string TowerPath => Path.Combine(config.TowerFolder, RecordFiles.Name(RecordKind.Tower, cluster.Staked.Public));

    /// <summary>What the service manager does: the identity comes from the link, the voters from the command line.</summary>
    public void Start()
    {
        Recorded = Loop = disk.ReadLink(config.IdentityLink) == config.StakedKeypair ? cluster.Staked.Public : unstaked.Public;
        trace($"{Node}'s validator starts with {Name(Loop)}");
        Running = true;
        _pid++;
        _startedAt = pump.Time.GetTimestamp();
        ProcessedSlot = cluster.Slot;
        _queue.Clear();
        _tower = null;
        Voters.UnionWith(config.AuthorizedVoters);
    }

    /// <summary>As <see cref="Start"/>, long ago.</summary>
    public void StartAtOnce()
    {
        Start();
        _startedAt -= pump.Time.TimestampFrequency * 60;
    }

    public void Stop()
    {
        trace($"{Node}'s validator ends");
        Running = false;
        _queue.Clear();
        _tower = null;
        Voters.Clear();
        _stoppedAt = pump.Time.GetTimestamp();
    }

    /// <summary>Somebody gave set-identity without asking the agent.</summary>
    public void RecordByHand(Pubkey identity)
    {
        trace($"somebody sets {Node}'s identity to {Name(identity)}");
        Recorded = identity;
    }

    /// <summary>When something is to happen here next; null: nothing by itself.</summary>
    public TimeSpan? NextTick
    {
        get
        {
            if (Frozen)
            {
                return FrozenUntil;
            }
            TimeSpan? next = Running ? null : RestartsAfter is { } pause ? At(_stoppedAt) + pause : null;
            if (Running && _queue.Count > 0)
            {
                next = At(_queue[0].At) + (_queue[0].TemporaryWritten ? StoreTime : QueueTime);
            }
            if (Running && !Stalled)
            {
                var replay = cluster.BeginOf(ProcessedSlot + 1) + ReplayDelay;
                var started = At(_startedAt) + StartUp;
                var turn = replay > started ? replay : started;
                next = next < turn ? next : turn;
            }
            // What is overdue has been looked at already, and waits for something else.
            return next is { } due && due <= pump.Time.Now ? pump.Time.Now + SoonEnough : next;
        }
    }

    private static TimeSpan At(long timestamp) => new(timestamp);

    public void Tick()
    {
        if (Frozen)
        {
            return;
        }
        if (!Running && RestartsAfter is { } pause && pump.Time.GetElapsedTime(_stoppedAt) >= pause)
        {
            Start();
        }
        if (Running)
        {
            StoreQueued();
        }
        if (!Started || Stalled)
        {
            return;
        }
        var replayed = cluster.SlotAgo(ReplayDelay);
        if (replayed > ProcessedSlot)
        {
            StepLoop(replayed);
        }
    }

    private void StepLoop(ulong slot)
    {
        if (Loop == cluster.Staked.Public && _tower is null && !LoadTower())
        {
            return;
        }
        if (Loop == cluster.Staked.Public && Voters.Count > 0 && slot > (_tower!.LastVotedSlot ?? 0))
        {
            var before = _tower.Lockouts.ToArray();
            _tower.Record(slot, Hash.Of("bank"u8), Hash.Of("block"u8), pump.Time.GetUtcNow().ToUnixTimeSeconds());
            _queue.Add(new QueuedVote(slot, before, _tower.Snapshot(), pump.Time.GetTimestamp()));
        }
        ProcessedSlot = slot;
        _lastVoteSeen = cluster.LastVoteOnChain;
        if (Recorded != Loop)
        {
            trace($"{Node}'s voting loop adopts {Name(Recorded)} after slot {slot}");
            Loop = Recorded;
            _tower = null;
            if (Loop == cluster.Staked.Public)
            {
                LoadTower();
            }
        }
    }

    /// <summary>False when the file is damaged: the process has ended.</summary>
    private bool LoadTower()
    {
        if (disk.Stat(TowerPath) is null)
        {
            trace($"{Node}'s validator makes a new tower");
            _tower = new TowerVotes(cluster.Finalized);
            return true;
        }
        if (RecordVerifier.Verify(RecordKind.Tower, disk.Read(TowerPath, RecordVerifier.MaxTowerBytes), cluster.Staked.Public).Record is not { } record)
        {
            Stop();
            return false;
        }
        _tower = new TowerVotes(Tower.From(record));
        return true;
    }

    private void StoreQueued()
    {
        foreach (var vote in _queue.ToList())
        {
            var age = pump.Time.GetElapsedTime(vote.At);
            var temporary = TowerPath + RecordFiles.TemporarySuffix;
            if (!vote.TemporaryWritten && age >= QueueTime)
            {
                disk.Create(temporary, TowerWriter.Write(cluster.Staked, vote.Tower), null);
                vote.TemporaryWritten = true;
            }
            if (vote.TemporaryWritten && age < StoreTime)
            {
                return;
            }
            if (vote.TemporaryWritten)
            {
                disk.Rename(temporary, TowerPath);
                _queue.Remove(vote);
                trace($"{Node} votes for slot {vote.Slot} with S");
                cluster.Cast(Node, vote.Slot, vote.Before, vote.Tower.Lockouts);
            }
        }
    }

    private string Name(Pubkey identity) => identity == cluster.Staked.Public ? "S" : identity == unstaked.Public ? "U" : identity.ToString();
}
