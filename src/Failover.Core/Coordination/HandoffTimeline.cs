using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Failover.Agents;
using Failover.Handoff;

namespace Failover.Coordination;

/// <summary>One line of the merged timeline.</summary>
public abstract record TimelineItem(string Node);

/// <summary>An agent's event.</summary>
public sealed record TimelineEvent(HandoffEvent Event) : TimelineItem(Event.Node);

/// <summary>An agent is not heard any more. The handoff goes on without whoever watches; it is asked again until the patience is used up.</summary>
public sealed record TimelineSilence(string Node, string Text) : TimelineItem(Node);

/// <summary>
/// Both agents' timelines of one handoff in the order of their arrival, each from its first event, without repetitions, across broken streams. Ends when the
/// source's has ended and the target's has too (or a grace later), or when the source has been silent for the patience.
/// </summary>
internal sealed class HandoffTimeline(IAgent source, IAgent target, HandoffId handoff, TimeProvider time, CoordinationTimings timings)
{
    private readonly Channel<TimelineItem> _items = Channel.CreateUnbounded<TimelineItem>();

    public async IAsyncEnumerable<TimelineItem> FollowAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pumping = PumpBothAsync(stop.Token);
        try
        {
            await foreach (var item in _items.Reader.ReadAllAsync(ct))
            {
                yield return item;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await pumping;
        }
    }

    private async Task PumpBothAsync(CancellationToken stop)
    {
        using var targetStop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Exception? bug = null;
        try
        {
            var targetPump = PumpAsync(target, targetStop.Token);
            await PumpAsync(source, stop);
            await Task.WhenAny(targetPump, Task.Delay(timings.FollowGrace, time, stop));
            await targetStop.CancelAsync();
            await targetPump;
        }
        catch (Exception e)
        {
            bug = e;
        }
        _items.Writer.Complete(bug);
    }

    private async Task PumpAsync(IAgent agent, CancellationToken stop)
    {
        long next = 1;
        long? silentSince = null;
        while (!stop.IsCancellationRequested)
        {
            string failure;
            var opened = time.GetTimestamp();
            try
            {
                await foreach (var e in agent.FollowAsync(handoff, next, stop))
                {
                    if (e.Sequence < next)
                    {
                        continue;
                    }
                    (next, silentSince) = (e.Sequence + 1, null);
                    await _items.Writer.WriteAsync(new TimelineEvent(e), CancellationToken.None);
                    if (e.Step == HandoffStep.End && e.Outcome is not null)
                    {
                        return;
                    }
                }
                return;
            }
            catch (AgentUnreachableException e)
            {
                failure = e.Message;
            }
            catch (OrderRefusedException e)
            {
                await _items.Writer.WriteAsync(new TimelineSilence(agent.Node, $"{agent.Node} refused to tell: {e.Message}"), CancellationToken.None);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            if (silentSince is null)
            {
                silentSince = time.GetTimestamp();
                await _items.Writer.WriteAsync(new TimelineSilence(agent.Node, $"{agent.Node} cannot be heard: {failure}"), CancellationToken.None);
            }
            else if (time.GetElapsedTime(opened) > timings.StatusLimit)
            {
                // It held that long: a stream that only had nothing to say (a wait for the window takes minutes) is not silence.
                silentSince = time.GetTimestamp();
            }
            if (time.GetElapsedTime(silentSince.Value) >= timings.FollowPatience)
            {
                return;
            }
            await PauseAsync(stop);
        }
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(timings.RetryPause, time, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }
}
