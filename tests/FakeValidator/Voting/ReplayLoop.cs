using System.Threading.Channels;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeWire;

namespace FakeValidator.Voting;

/// <summary>
/// The replay stage. It works with its own copies of identity and tower, and looks at the gossip identity in exactly one place: at a
/// bank reset, after the vote of the same iteration. That order is the late vote.
/// </summary>
public sealed class ReplayLoop(NodeContext node)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly Channel<Block> _incoming = Channel.CreateUnbounded<Block>(new() { SingleReader = true });
    private readonly List<Block> _pending = [];
    private BankForks? _forks;
    private Voter? _voter;
    private LeaderLoop? _leader;
    private NodeKey _identity = node.Gossip.Identity;
    private ulong _newestSeen;
    private string? _lastReset;
    private int _resetsHeldBack;

    /// <summary>The identity that votes, which may lag behind the one in gossip.</summary>
    public NodeKey Identity => _identity;

    public Voter Voter => _voter ?? throw new InvalidOperationException("not started");

    public BankForks Forks => _forks ?? throw new InvalidOperationException("not started");

    /// <summary>Loads the tower and is ready for blocks.</summary>
    public void Start(Welcome welcome)
    {
        var slot = TimeSpan.FromMilliseconds(welcome.SlotMilliseconds);
        _forks = new BankForks(welcome);
        node.Chain.Open(welcome, _forks);
        _identity = node.Gossip.Identity;
        _voter = new Voter(node, _forks, new TowerLoader(node, _forks).AtStartUp(_identity));
        _voter.LoadHistoryAtStartUp(_identity);
        _leader = new LeaderLoop(node, _forks, slot);
    }

    /// <summary>A block can be replayed from now on. May be called before <see cref="Start"/>, and from any thread.</summary>
    public void Feed(Block block)
    {
        node.Chain.Seen(block);
        _incoming.Writer.TryWrite(block);
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await IterateAsync(stopping);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var poll = Task.Delay(Poll, node.Time, wake.Token);
            await Task.WhenAny(_incoming.Reader.WaitToReadAsync(wake.Token).AsTask(), poll);
            await wake.CancelAsync();
        }
    }

    /// <summary>One turn of the loop: replay, adopt what the chain says, choose, vote or refresh, reset (and only there follow setIdentity), lead.</summary>
    public async Task IterateAsync(CancellationToken ct)
    {
        if (node.Client == ClientKind.Firedancer)
        {
            // Its tower tile is halted for a switch: it never votes with an identity that gossip no longer has.
            await FollowIdentityAsync(ct);
        }
        foreach (var bank in ReplayActiveBanks())
        {
            Voter.AdoptOnChainIfBehind(bank);
        }
        var choice = ForkChoice.Select(Forks, Voter.Tower);
        if (choice.Vote is { } votable)
        {
            await Voter.VoteAsync(_identity, votable, ct);
        }
        else
        {
            await Voter.MaybeRefreshAsync(_identity, choice.SameFork, ct);
        }
        if (choice.Reset.Hash != _lastReset)
        {
            await FollowIdentityAsync(ct);
            _lastReset = choice.Reset.Hash;
            _leader!.Reset(choice.Reset);
        }
        await _leader!.MaybeLeadAsync(_identity, Voter.HasNewVoteBeenRooted, ct);
    }

    private List<Bank> ReplayActiveBanks()
    {
        while (_incoming.Reader.TryRead(out var block))
        {
            _pending.Add(block);
            _newestSeen = Math.Max(_newestSeen, block.Slot);
        }
        var frozen = new List<Bank>();
        if (node.Faults.Stalled)
        {
            return frozen;
        }
        var ready = _pending.Where(block => block.Slot + node.Faults.Lag <= _newestSeen).OrderBy(block => block.Slot).ToList();
        foreach (var block in ready)
        {
            _pending.Remove(block);
            if (Forks.Add(block) is { } bank)
            {
                node.Chain.Replayed(bank);
                frozen.Add(bank);
            }
        }
        return frozen;
    }

    private async Task FollowIdentityAsync(CancellationToken ct)
    {
        var next = node.Gossip.Identity;
        if (next.Pubkey == _identity.Pubkey)
        {
            return;
        }
        if (_resetsHeldBack < node.Faults.LateVotes)
        {
            _resetsHeldBack++;
            return;
        }
        _resetsHeldBack = 0;
        await node.Faults.PassAsync(Point.AtAdoption, ct);
        var before = _identity;
        try
        {
            Voter.Become(new TowerLoader(node, Forks).Load(next));
        }
        catch (TowerException failure)
        {
            node.Log.Error(
                AgaveLog.Replay,
                $"Unable to load new tower when attempting to change identity from {before.Text} to {next.Text} on set-identity, Exiting: {failure.Message}");
            node.End.Exit(0, "replay stage ended");
        }
        _identity = next;
        if (node.IsAlpenglow)
        {
            Voter.SwitchHistory(before, next);
        }
        node.Log.Warn(AgaveLog.Replay, $"Identity changed from {before.Text} to {next.Text}");
        await node.Faults.PassAsync(Point.AfterAdoption, ct);
    }
}
