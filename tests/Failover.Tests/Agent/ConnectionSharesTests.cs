using System.Net;
using System.Threading.RateLimiting;
using Failover.Agent.Hosting;

namespace Failover.Tests.Agent;

public sealed class ConnectionSharesTests : IDisposable
{
    private readonly ConnectionShares _shares = new(most: 2);

    public void Dispose() => _shares.Dispose();

    [Fact]
    public void Each_address_has_its_own_share()
    {
        Take("192.0.2.1");
        Take("192.0.2.1");

        Assert.True(IsFull("192.0.2.1"));
        Assert.False(IsFull("192.0.2.2"));
    }

    [Fact]
    public void A_place_is_given_back_once()
    {
        var first = Take("192.0.2.1");
        Take("192.0.2.1");

        first.Dispose();
        first.Dispose();
        Take("192.0.2.1");

        Assert.True(IsFull("192.0.2.1"));
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void Addresses_that_one_machine_can_have_share(string one, string other, bool share)
    {
        Take(one);
        Take(one);

        Assert.Equal(share, IsFull(other));
    }

    [Fact]
    public void Whoever_fills_its_share_does_not_fill_the_log()
    {
        Assert.True(_shares.IsNews());
        Assert.All(Enumerable.Range(0, 100), _ => Assert.False(_shares.IsNews()));
    }

    private RateLimitLease Take(string address)
    {
        var place = _shares.Take(IPAddress.Parse(address));
        Assert.True(place.IsAcquired, $"{address} has all that it may");
        return place;
    }

    private bool IsFull(string address)
    {
        using var place = _shares.Take(IPAddress.Parse(address));
        return !place.IsAcquired;
    }
}
