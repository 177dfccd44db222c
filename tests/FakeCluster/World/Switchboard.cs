using FakeWire;

namespace FakeCluster.World;

/// <summary>What happens to what cannot get through while a host is cut off.</summary>
public enum CutMode
{
    /// <summary>Everything is kept and arrives at healing, in order: a link that hangs.</summary>
    Queue = 1,

    /// <summary>Votes and gossip are gone; only blocks arrive later, since a validator repairs those.</summary>
    Lose = 2,
}

/// <summary>Who is connected, who is cut off, and who hears what.</summary>
public sealed class Switchboard
{
    private readonly List<ClusterConnection> _joined = [];
    private readonly Dictionary<string, Partition> _cuts = [];
    private readonly Dictionary<string, Contact> _contacts = [];

    public IEnumerable<ClusterConnection> Joined => _joined;

    public IReadOnlyDictionary<string, Contact> Contacts => _contacts;

    public CutMode? CutOf(string host) => _cuts.TryGetValue(host, out var cut) ? cut.Mode : null;

    public void Join(ClusterConnection connection) => _joined.Add(connection);

    public void Leave(ClusterConnection connection)
    {
        _joined.Remove(connection);
        foreach (var cut in _cuts.Values)
        {
            cut.Outbound.RemoveAll(held => held.To == connection);
        }
    }

    public void Cut(string host, CutMode mode)
    {
        if (_cuts.TryGetValue(host, out var cut))
        {
            cut.Mode = mode;
            return;
        }

        _cuts[host] = new Partition { Mode = mode };
    }

    /// <summary>Lets everything held back go to the host, and returns what the host had sent meanwhile.</summary>
    public IReadOnlyList<(ClusterConnection From, WireMessage Message)> Heal(string host)
    {
        if (!_cuts.Remove(host, out var cut))
        {
            return [];
        }

        foreach (var (to, message) in cut.Outbound)
        {
            to.Deliver(message);
        }

        if (cut.Mode == CutMode.Lose)
        {
            // Gossip repeats itself: the newest contacts come round again.
            foreach (var to in _joined.Where(c => c.Host == host))
            {
                Introduce(to);
            }
        }

        return cut.Inbound;
    }

    public void Send(ClusterConnection to, WireMessage message)
    {
        if (to.Host is not null && _cuts.TryGetValue(to.Host, out var cut))
        {
            if (cut.Mode == CutMode.Queue || message is Block or Schedule or Welcome)
            {
                cut.Outbound.Add((to, message));
            }

            return;
        }

        to.Deliver(message);
    }

    public void Broadcast(WireMessage message, ClusterConnection? except = null)
    {
        foreach (var connection in _joined.Where(c => c != except))
        {
            Send(connection, message);
        }
    }

    /// <summary>True when the message does not get through to the cluster now.</summary>
    public bool HoldsBack(ClusterConnection from, WireMessage message)
    {
        if (from.Host is null || !_cuts.TryGetValue(from.Host, out var cut))
        {
            return false;
        }

        if (cut.Mode == CutMode.Queue)
        {
            cut.Inbound.Add((from, message));
        }

        return true;
    }

    public void Introduce(ClusterConnection newcomer)
    {
        foreach (var contact in _contacts.Values.OrderBy(c => c.Identity, StringComparer.Ordinal))
        {
            Send(newcomer, contact);
        }
    }

    /// <summary>Gossip keeps the newest claimant of an identity, and tells those who claim it with an older one.</summary>
    public void Gossip(ClusterConnection from, Contact contact)
    {
        if (_contacts.TryGetValue(contact.Identity, out var known) && known.OutsetMicroseconds > contact.OutsetMicroseconds)
        {
            Send(from, known);
            return;
        }

        _contacts[contact.Identity] = contact;
        Broadcast(contact, except: from);
    }

    private sealed class Partition
    {
        public CutMode Mode { get; set; }

        public List<(ClusterConnection To, WireMessage Message)> Outbound { get; } = [];

        public List<(ClusterConnection From, WireMessage Message)> Inbound { get; } = [];
    }
}
