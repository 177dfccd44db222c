using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Failover.Agent.Hosting;

/// <summary>
/// How many connections each remote address may have at a time, so that nobody takes all there are. An IPv6 address stands for its /64: whoever has one
/// has them all. A place is given back when its lease is disposed.
/// </summary>
internal sealed class ConnectionShares(int most) : IDisposable
{
    private const int Ipv6PrefixBytes = 8;

    private readonly PartitionedRateLimiter<IPAddress> _places = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        origin => RateLimitPartition.GetConcurrencyLimiter(origin, _ => new ConcurrencyLimiterOptions { PermitLimit = most, QueueLimit = 0 }));

    // Whoever fills its share must not fill the log as well.
    private readonly FixedWindowRateLimiter _news = new(new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 });

    /// <summary>Not acquired when the address has as many as it may.</summary>
    public RateLimitLease Take(IPAddress address) => _places.AttemptAcquire(Origin(address));

    /// <summary>Whether a refusal is to be told: one a minute is.</summary>
    public bool IsNews()
    {
        using var told = _news.AttemptAcquire();
        return told.IsAcquired;
    }

    public void Dispose()
    {
        _places.Dispose();
        _news.Dispose();
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
}
