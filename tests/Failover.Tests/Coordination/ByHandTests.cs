using Failover.Identities;

namespace Failover.Coordination;

public sealed class ByHandTests
{
    [Fact]
    public async Task S_is_never_given_to_a_node_while_another_holds_it_whatever_the_reason()
    {
        var pair = new Pair();
        var result = await new ByHand(pair.Coordinator.Reader).SetIdentityAsync("tokyo", HeldIdentity.Staked, "I insist", CancellationToken.None);
        Assert.Equal((ObstacleKind.Refused, "failover handoff --to tokyo"), (result.Obstacle!.Kind, result.Obstacle.Next));
        Assert.Empty(pair.Orders);
    }

    [Fact]
    public async Task A_link_is_never_pointed_at_S_while_another_node_holds_it()
    {
        var pair = new Pair();
        Assert.NotNull((await new ByHand(pair.Coordinator.Reader).RelinkAsync("tokyo", HeldIdentity.Staked, "I insist", CancellationToken.None)).Obstacle);
        Assert.Empty(pair.Orders);
    }

    [Fact]
    public async Task Towards_U_nothing_is_asked_before_it_is_done()
    {
        var pair = new Pair();
        Assert.Equal(HeldIdentity.Unstaked, (await new ByHand(pair.Coordinator.Reader).SetIdentityAsync("london", HeldIdentity.Unstaked, null, CancellationToken.None)).Answer!.Holds);
        Assert.Equal(["london: set-identity Unstaked"], pair.Calls);
    }

    [Fact]
    public async Task Towards_S_the_reason_reaches_the_agent()
    {
        var pair = new Pair(Samples.Standby("london"));
        await new ByHand(pair.Coordinator.Reader).SetIdentityAsync("tokyo", HeldIdentity.Staked, "london burnt down", CancellationToken.None);
        Assert.Equal(["tokyo: set-identity Staked london burnt down"], pair.Orders);
    }
}
