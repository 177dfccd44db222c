using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Failover.Agent.Hosting;

/// <summary>
/// How many connections each remote address may have at a time, so that nobody takes all there are. An IPv6 address stands for its /64: whoever has one
/// has them all.
/// </summary>
internal sealed class ConnectionShares(int most)
{
    private const int Ipv6PrefixBytes = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Share> _shares = [];

    /// <summary>False when the address has as many as it may; <paramref name="first"/> says whether that is news.</summary>
    public bool TryTake(IPAddress address, [NotNullWhen(true)] out Place? place, out bool first)
    {
        var origin = Origin(address);
        lock (_lock)
        {
            if (!_shares.TryGetValue(origin, out var share))
            {
                _shares.Add(origin, share = new Share());
            }
            if (share.Taken == most)
            {
                (place, first) = (null, !share.Told);
                share.Told = true;
                return false;
            }
            share.Taken++;
        }
        (place, first) = (new Place(() => GiveBack(origin)), false);
        return true;
    }

    private void GiveBack(IPAddress origin)
    {
        lock (_lock)
        {
            if (--_shares[origin].Taken == 0)
            {
                _shares.Remove(origin);
            }
        }
    }

    private static IPAddress Origin(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6PrefixBytes).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Share
    {
        public int Taken { get; set; }

        public bool Told { get; set; }
    }

    /// <summary>One connection's place in its address's share, until it is disposed.</summary>
    internal sealed class Place(Action giveBack) : IDisposable
    {
        private Action? _giveBack = giveBack;

        public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke();
    }
}
