using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeWire;

namespace FakeValidator.Chain;

/// <summary>Where the node's messages go: the fake cluster's link, or a list in a test.</summary>
public interface IOutbox
{
    ValueTask SendAsync(WireMessage message, CancellationToken ct);
}

/// <summary>
/// The gossip side of the node: the identity it shows to the world (which <c>setIdentity</c> changes at once, long before the voting
/// loop follows), and the check for a second process with the same one.
/// </summary>
public sealed class ClusterInfo(
    NodeKey identity, string host, IOutbox outbox, IProcessEnd end, AgaveLog log, TimeProvider time, TimeSpan clockSkew)
{
    private const int MaxVotes = 12;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedSet<ulong>> _votes = [];
    private NodeKey _identity = identity;
    private long _outset = Microseconds(time, clockSkew);

    public string Host { get; } = host;

    public NodeKey Identity
    {
        get
        {
            lock (_lock)
            {
                return _identity;
            }
        }
    }

    public long Outset
    {
        get
        {
            lock (_lock)
            {
                return _outset;
            }
        }
    }

    /// <summary>Takes the new identity and makes this process its newest claimant, even when it is the same identity again.</summary>
    public async ValueTask SetIdentityAsync(NodeKey next, CancellationToken ct)
    {
        lock (_lock)
        {
            _identity = next;
            _outset = Microseconds(time, clockSkew);
        }
        await AnnounceAsync(ct);
    }

    public ValueTask AnnounceAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            return outbox.SendAsync(new Contact(Host, _identity.Text, _outset), ct);
        }
    }

    /// <summary>The newest claimant wins, the older process dies.</summary>
    public void Hear(Contact contact)
    {
        string mine;
        lock (_lock)
        {
            if (contact.Identity != _identity.Text || contact.OutsetMicroseconds <= _outset)
            {
                return;
            }
            mine = _identity.Text;
        }
        log.Error(Logs.AgaveLog.Gossip, $"duplicate running instances of the same validator node: {mine}");
        end.Exit(1, "duplicate instance");
    }

    /// <summary>A vote seen in gossip; the newest dozen of each identity are kept.</summary>
    public void HearVote(string voter, ulong slot)
    {
        lock (_lock)
        {
            if (!_votes.TryGetValue(voter, out var slots))
            {
                _votes[voter] = slots = [];
            }
            slots.Add(slot);
            if (slots.Count > MaxVotes)
            {
                slots.Remove(slots.Min);
            }
        }
    }

    /// <summary>
    /// Pushes an own vote to gossip under the identity of this moment. Panics, as the real one does, when gossip already holds a vote
    /// of that identity for this slot or a later one: somebody else voted with it.
    /// </summary>
    public void PushVote(IReadOnlyList<ulong> tower)
    {
        var slot = tower[^1];
        string self;
        lock (_lock)
        {
            self = _identity.Text;
            if (!_votes.TryGetValue(self, out var seen) || seen.Max < slot)
            {
                if (seen is null)
                {
                    _votes[self] = seen = [];
                }
                seen.Add(slot);
                if (seen.Count > MaxVotes)
                {
                    seen.Remove(seen.Min);
                }
                return;
            }
        }
        log.Error(
            Logs.AgaveLog.Metrics,
            $"panicked at gossip/src/cluster_info.rs: Submitting old vote, switch: false, vote slots: [{slot}], tower: [{string.Join(", ", tower)}]");
        end.Exit(1, "old vote");
    }

    private static long Microseconds(TimeProvider time, TimeSpan skew) => (time.GetUtcNow() + skew - DateTimeOffset.UnixEpoch).Ticks / 10;
}
