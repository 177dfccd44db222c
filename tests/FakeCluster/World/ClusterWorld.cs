using System.Globalization;
using FakeCluster.Oracle;
using FakeWire;

namespace FakeCluster.World;

/// <summary>
/// The rest of the Solana cluster, as far as a validator and its staked identity can tell. Everything happens under one lock and in
/// the order in which it arrives; nothing here waits, so a caller with its own clock decides when slots pass.
/// </summary>
public sealed partial class ClusterWorld
{
    private readonly Lock _lock = new();
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly LeaderSchedule _leaders;
    private readonly VotePool _votes;
    private readonly Recorder _recorder;
    private readonly Chain _chain;
    private readonly Switchboard _switchboard = new();
    private readonly HashSet<string> _known = [];

    public ClusterWorld(ClusterOptions options, TimeProvider time, SafetyOracle? oracle = null, EventLog? log = null)
    {
        (_options, _time, _slotTime) = (options, time, options.SlotTime);
        Oracle = oracle ?? new SafetyOracle();
        _leaders = new LeaderSchedule(options);
        _votes = new VotePool(options);
        _recorder = new Recorder(time, Oracle, log);
        _recorder.Record(new AccountKnown(_recorder.Now, options.VoteAccount, options.Node, options.AuthorizedVoter));
        _chain = new Chain(options, _leaders, _votes, _recorder, block => _switchboard.Broadcast(MessageFor(block)));
        GenesisHash = SeededHash.Base58Of(options.Seed, "genesis");
        ShredVersion = BitConverter.ToUInt16(SeededHash.Bytes(options.Seed, "shreds"));
    }

    public SafetyOracle Oracle { get; }

    public string GenesisHash { get; }

    public ushort ShredVersion { get; }

    /// <summary>A link for a validator in this process. It is nobody until its Hello.</summary>
    public ClusterConnection Connect() => new(this);

    /// <summary>The current slot ends and the next begins, unless the cluster is stalled.</summary>
    public void PassSlot()
    {
        lock (_lock)
        {
            if (IsStalled())
            {
                return;
            }

            var epoch = _leaders.EpochOf(_chain.CurrentSlot);
            _chain.PassSlot();
            if (_leaders.EpochOf(_chain.CurrentSlot) is var next && next != epoch)
            {
                _switchboard.Broadcast(_leaders.MessageFor(next + 1));
            }
        }
    }

    /// <summary>Writes the oracle's word into the log. For the end of a run.</summary>
    public Verdict Conclude(int? declaredSwitches = null)
    {
        var verdict = Oracle.Judge(declaredSwitches);
        lock (_lock)
        {
            _recorder.Record(new VerdictGiven(_recorder.Now, verdict.Safe, verdict.Text));
        }

        return verdict;
    }

    internal void Receive(ClusterConnection from, WireMessage message)
    {
        lock (_lock)
        {
            if (message is Hello hello)
            {
                Greet(from, hello);
                return;
            }

            if (from.Host is not { } host)
            {
                throw new InvalidOperationException($"A {message.GetType().Name} came before the Hello");
            }

            // The host's name on the link counts, not what the message says.
            message = message switch
            {
                Vote vote => vote with { Host = host },
                Produced produced => produced with { Host = host },
                Contact contact => contact with { Host = host },
                _ => message,
            };
            Watch(message);
            if (!_switchboard.HoldsBack(from, message))
            {
                Handle(from, message);
            }
        }
    }

    internal void Leave(ClusterConnection connection)
    {
        lock (_lock)
        {
            _switchboard.Leave(connection);
        }
    }

    /// <summary>The oracle sees what was signed, whether or not it gets through.</summary>
    private void Watch(WireMessage message) => _recorder.Record(message switch
    {
        Vote vote => new VoteSeen(_recorder.Now, vote),
        Produced produced => new BlockProduced(_recorder.Now, produced.Host, produced.Identity, produced.Slot, produced.Parent),
        Contact contact => new ContactSeen(_recorder.Now, contact.Host, contact.Identity, contact.OutsetMicroseconds),
        _ => throw new InvalidOperationException($"A validator does not send a {message.GetType().Name}"),
    });

    private void Handle(ClusterConnection from, WireMessage message)
    {
        switch (message)
        {
            case Vote vote:
                if (_votes.Submit(vote, _chain.CurrentSlot, _chain.IsRecentHash) is { } error)
                {
                    _recorder.Record(new VoteJudged(_recorder.Now, vote.Host, vote.LastSlot, _chain.CurrentSlot, error.ToString()));
                }

                _switchboard.Broadcast(vote, except: from);
                break;
            case Produced produced:
                if (_chain.Offer(produced) is var outcome and not "taken")
                {
                    Control($"block of slot {produced.Slot} by {produced.Host} refused: {outcome}");
                }

                break;
            case Contact contact:
                _switchboard.Gossip(from, contact);
                break;
        }
    }

    private void Greet(ClusterConnection connection, Hello hello)
    {
        connection.Host = hello.Host;
        _known.Add(hello.Host);
        var epoch = _leaders.EpochOf(_chain.CurrentSlot);
        var root = _chain.Tree.Find(_chain.Tree.RootedSlot)!;
        _switchboard.Send(connection, new Welcome(
            GenesisHash, ShredVersion, (int)_slotTime.TotalMilliseconds, _options.SlotsPerEpoch, root.Slot, _chain.CurrentSlot,
            _options.AlpenglowSinceSlot, [AccountAfter(root)]));
        _switchboard.Send(connection, _leaders.MessageFor(epoch));
        _switchboard.Send(connection, _leaders.MessageFor(epoch + 1));
        foreach (var block in _chain.Tree.SinceRoot())
        {
            _switchboard.Send(connection, MessageFor(block));
        }

        _switchboard.Introduce(connection);
        _switchboard.Join(connection);
        Control(string.Create(CultureInfo.InvariantCulture, $"{hello.Host} joined"));
    }

    private Block MessageFor(ChainBlock block) => new(
        block.Slot, block.Parent, block.Hash, block.BlockId, block.Leader, block.Canonical, _chain.Tree.ConfirmedSlot, _chain.Tree.RootedSlot, [AccountAfter(block)]);

    private VoteAccountState AccountAfter(ChainBlock block) => new(
        _options.VoteAccount, _options.Node, _options.AuthorizedVoter, _options.Stake, block.Votes.Votes, block.Votes.Root, block.Votes.Credits);

    private void Control(string what) => _recorder.Record(new ClusterControlled(_recorder.Now, what));
}
