using FakeCluster.World;
using Microsoft.Extensions.Time.Testing;

namespace FakeCluster.Tests.Testing;

internal static class Worlds
{
    /// <summary>No leader slots, no forks, no skips, unless asked for. Starts at slot 1000.</summary>
    public static ClusterOptions Plain { get; } = new()
    {
        VoteAccount = History.Account,
        Node = Keys.S.Text,
        AuthorizedVoter = Keys.S.Text,
        LeaderEvery = 0,
        SlotsPerEpoch = 512,
    };

    public static ClusterWorld Create(ClusterOptions? options = null, TimeProvider? time = null)
        => new(options ?? Plain, time ?? new FakeTimeProvider());

    public static void PassSlots(this ClusterWorld world, int count)
    {
        for (var i = 0; i < count; i++)
        {
            world.PassSlot();
        }
    }
}
