using System.Net;
using Failover.Agent.Hosting;

namespace Failover.Tests.Agent;

public sealed class ConnectionSharesTests
{
    private readonly ConnectionShares _shares = new(most: 2);

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
    public void Only_the_first_refusal_is_news_until_the_address_has_no_connection_any_more()
    {
        ConnectionShares.Place[] places = [Take("192.0.2.1"), Take("192.0.2.1")];
        Assert.True(IsNews());
        Assert.False(IsNews());

        foreach (var place in places)
        {
            place.Dispose();
        }
        Take("192.0.2.1");
        Take("192.0.2.1");
        Assert.True(IsNews());

        bool IsNews()
        {
            Assert.False(_shares.TryTake(IPAddress.Parse("192.0.2.1"), out _, out var first));
            return first;
        }
    }

    private ConnectionShares.Place Take(string address) =>
        _shares.TryTake(IPAddress.Parse(address), out var place, out _) ? place : throw new InvalidOperationException($"{address} has all that it may");

    private bool IsFull(string address)
    {
        var taken = _shares.TryTake(IPAddress.Parse(address), out var place, out _);
        place?.Dispose();
        return !taken;
    }
}
