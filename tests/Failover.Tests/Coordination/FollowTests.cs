using System.Threading.Channels;
using Failover.Agents;
using Failover.Handoff;

namespace Failover.Coordination;

public sealed class FollowTests
{
    private static readonly IReadOnlyList<HandoffEvent> London = Samples.Timeline("london", Samples.Completed(),
        (HandoffStep.RelinkToUnstaked, StepState.Done, 1, ""), (HandoffStep.HandOver, StepState.Done, 2, ""));

    private static readonly IReadOnlyList<HandoffEvent> Tokyo = Samples.Timeline("tokyo", null, (HandoffStep.Promote, StepState.Started, 1, ""), (HandoffStep.Promote, StepState.Done, 2, ""));

    [Fact]
    public async Task Events_come_in_the_order_of_their_arrival_whatever_the_nodes_clocks_say()
    {
        var pair = new Pair();
        var (london, tokyo) = (Channel.CreateUnbounded<HandoffEvent>(), Channel.CreateUnbounded<HandoffEvent>());
        pair.London.OnFollow = (_, _, ct) => london.Reader.ReadAllAsync(ct);
        pair.Tokyo.OnFollow = (_, _, ct) => tokyo.Reader.ReadAllAsync(ct);
        await using var items = pair.Coordinator.FollowAsync(Samples.Order(), CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        List<HandoffEvent> arriving = [London[0], Tokyo[0], Tokyo[1], London[1], London[2]];
        foreach (var e in arriving)
        {
            await (e.Node == "london" ? london : tokyo).Writer.WriteAsync(e, CancellationToken.None);
            Assert.True(await items.MoveNextAsync());
            Assert.Equal(new TimelineEvent(e), items.Current);
        }
        tokyo.Writer.Complete();
        Assert.False(await items.MoveNextAsync());
    }

    [Fact]
    public async Task A_broken_stream_is_taken_up_where_it_broke_and_nothing_is_told_twice()
    {
        var pair = new Pair();
        var opened = 0;
        pair.London.OnFollow = (_, from, _) => ++opened == 1
            ? Pair.Told(London.Take(2), then: Pair.Silence("london"))
            : Pair.Told(London); // tells everything again, as a careless agent might
        pair.Tokyo.OnFollow = (_, from, _) => Pair.Told([], from);
        var following = CollectAsync(pair, CancellationToken.None);
        pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        var items = await following;
        Assert.Equal([1, 2, 3], items.OfType<TimelineEvent>().Select(item => item.Event.Sequence));
        Assert.Equal("london", Assert.Single(items.OfType<TimelineSilence>()).Node);
        Assert.Equal(["london: follow 1", "london: follow 3"], pair.Calls.Where(call => call.StartsWith("london", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silent_target_does_not_keep_the_end_from_being_told()
    {
        var pair = new Pair();
        pair.London.OnFollow = (_, from, _) => Pair.Told(London, from);
        pair.Tokyo.OnFollow = (_, _, ct) => Channel.CreateUnbounded<HandoffEvent>().Reader.ReadAllAsync(ct);
        var following = CollectAsync(pair, CancellationToken.None);
        pair.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(3, (await following).Count);
    }

    [Fact]
    public async Task A_source_that_stays_silent_is_given_up_after_the_patience()
    {
        var pair = new Pair();
        pair.London.Down = Pair.Silence("london");
        var following = CollectAsync(pair, CancellationToken.None);
        for (var i = 0; i < 125 && !following.IsCompleted; i++)
        {
            pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        }
        Assert.Single(await following);
        Assert.InRange(pair.Calls.Count(call => call == "london: follow 1"), 100, 122);
    }

    [Fact]
    public async Task Leaving_ends_the_watching_and_asks_nobody_anything()
    {
        using var leaves = new CancellationTokenSource();
        var pair = new Pair();
        pair.London.OnFollow = (_, _, ct) => Channel.CreateUnbounded<HandoffEvent>().Reader.ReadAllAsync(ct);
        pair.Tokyo.OnFollow = pair.London.OnFollow;
        var following = CollectAsync(pair, leaves.Token);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.All(pair.Calls, call => Assert.Contains("follow", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_that_refuses_to_tell_is_told_of_and_not_asked_again()
    {
        var pair = new Pair();
        pair.London.OnFollow = (_, from, _) => Pair.Told(London, from);
        pair.Tokyo.Down = new OrderRefusedException(RefusalReason.NotFound, "No such handoff here.");
        Assert.Contains(await CollectAsync(pair, CancellationToken.None), item => item is TimelineSilence { Node: "tokyo" });
    }

    private static async Task<List<TimelineItem>> CollectAsync(Pair pair, CancellationToken ct)
    {
        List<TimelineItem> items = [];
        await foreach (var item in pair.Coordinator.FollowAsync(Samples.Order(), ct))
        {
            items.Add(item);
        }
        return items;
    }
}
