using System.Runtime.CompilerServices;
using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Protocol.Clients;

/// <summary>The streams that an agent sends to those who watch.</summary>
internal static class Timeline
{
    public static async IAsyncEnumerable<HandoffEvent> FollowAsync(
        Wire.HandoffService.HandoffServiceClient client, AgentChannel channel, HandoffId handoff, long fromSequence, CallLimits limits,
        TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        var next = Math.Max(fromSequence, 1);
        for (var failures = 0; ;)
        {
            using var call = client.Follow(
                new Wire.FollowRequest { HandoffId = handoff.ToString(), FromSequence = (ulong)next }, cancellationToken: ct);
            AgentUnreachableException? broken = null;
            while (broken is null)
            {
                HandoffEvent? line = null;
                try
                {
                    line = await ReadAsync(call, response => response.Event.ToDomain("event"), channel.Target(), ct);
                }
                catch (AgentUnreachableException e) when (failures < limits.FollowRetries && e.InnerException is RpcException)
                {
                    broken = e;
                    continue;
                }
                if (line is null)
                {
                    yield break;
                }
                failures = 0;
                if (line.Sequence >= next)
                {
                    next = line.Sequence + 1;
                    yield return line;
                }
            }
            failures++;
            await Task.Delay(limits.FollowRetryPause, time, ct);
        }
    }

    public static async IAsyncEnumerable<NodeFacts> WatchAsync(
        Wire.AgentService.AgentServiceClient client, AgentChannel channel, TimeSpan interval, [EnumeratorCancellation] CancellationToken ct)
    {
        using var call = client.WatchStatus(new Wire.WatchStatusRequest { Interval = interval.ToProto() }, cancellationToken: ct);
        while (await ReadAsync(call, response => response.Facts.ToDomain("facts"), channel.Target(), ct) is { } facts)
        {
            yield return facts;
        }
    }

    /// <summary>Null when the agent ended the stream in an orderly way.</summary>
    private static async Task<TDomain?> ReadAsync<TWire, TDomain>(
        AsyncServerStreamingCall<TWire> call, Func<TWire, TDomain> translate, CallTarget target, CancellationToken ct)
        where TDomain : class
    {
        try
        {
            if (!await call.ResponseStream.MoveNext(ct))
            {
                return null;
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, ct);
        }
        catch (RpcException e)
        {
            throw e.ToDomain(target);
        }
        return AgentChannel.Translate(call.ResponseStream.Current, translate, target);
    }
}
