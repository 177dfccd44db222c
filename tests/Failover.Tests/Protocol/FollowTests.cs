using Failover.Agents;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Tests.Testing;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>A timeline goes on where it broke.</summary>
public sealed class FollowTests : IAsyncLifetime
{
    private static readonly CallLimits Quick = TestLimits.Patient with { FollowRetries = 3, FollowRetryPause = TimeSpan.FromMilliseconds(1) };

    private readonly List<ulong> _askedFrom = [];
    private ScriptedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_timeline_is_taken_up_where_it_stopped_without_gap_or_repeat()
    {
        _server.Script.Follow = async (request, writer, context) =>
        {
            _askedFrom.Add(request.FromSequence);
            switch (_askedFrom.Count)
            {
                case 1:
                    await WriteAsync(writer, 1, 2);
                    throw new RpcException(new Status(StatusCode.Unavailable, "restarting"));
                case 2:
                    context.GetHttpContext().Abort();
                    break;
                default:
                    await WriteAsync(writer, 2, 3, 4); // one that is known already
                    break;
            }
        };
        Assert.Equal([1, 2, 3, 4], await FollowAsync(0));
        Assert.Equal([1, 3, 3], _askedFrom);
    }

    [Fact]
    public async Task A_timeline_that_keeps_breaking_is_given_up()
    {
        _server.Script.Follow = (request, _, _) =>
        {
            _askedFrom.Add(request.FromSequence);
            throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
        };
        await Assert.ThrowsAsync<AgentUnreachableException>(() => FollowAsync(1));
        Assert.Equal(4, _askedFrom.Count);
    }

    [Fact]
    public async Task Progress_makes_the_patience_new()
    {
        _server.Script.Follow = async (request, writer, _) =>
        {
            _askedFrom.Add(request.FromSequence);
            if (_askedFrom.Count <= 10)
            {
                await WriteAsync(writer, (long)request.FromSequence);
                throw new RpcException(new Status(StatusCode.Unavailable, "again"));
            }
        };
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), await FollowAsync(1));
    }

    [Fact]
    public async Task A_handoff_that_is_not_known_is_not_asked_for_again()
    {
        _server.Script.Follow = (request, _, _) =>
        {
            _askedFrom.Add(request.FromSequence);
            throw new OrderRefusedException(RefusalReason.NotFound, "never heard of it");
        };
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => FollowAsync(1));
        Assert.Equal(RefusalReason.NotFound, refused.Reason);
        Assert.Single(_askedFrom);
    }

    [Fact]
    public async Task An_event_that_cannot_be_right_ends_it()
    {
        _server.Script.Follow = async (request, writer, _) =>
        {
            _askedFrom.Add(request.FromSequence);
            await writer.WriteAsync(new Wire.FollowResponse());
        };
        await Assert.ThrowsAsync<AgentUnreachableException>(() => FollowAsync(1));
        Assert.Single(_askedFrom);
    }

    [Fact]
    public async Task Who_stops_watching_is_let_go()
    {
        using var impatient = new CancellationTokenSource();
        _server.Script.Follow = async (_, writer, context) =>
        {
            await WriteAsync(writer, 1);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        };
        using var client = _server.Client(Quick);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.FollowAsync(Samples.Order.Id, 1, impatient.Token))
            {
                await impatient.CancelAsync();
            }
        });
    }

    private async Task<List<long>> FollowAsync(long from)
    {
        using var client = _server.Client(Quick);
        List<long> seen = [];
        await foreach (var line in client.FollowAsync(Samples.Order.Id, from, Ct))
        {
            seen.Add(line.Sequence);
        }
        return seen;
    }

    private static async Task WriteAsync(IServerStreamWriter<Wire.FollowResponse> writer, params long[] sequences)
    {
        foreach (var sequence in sequences)
        {
            await writer.WriteAsync(new Wire.FollowResponse { Event = Samples.Event(sequence).ToProto() });
        }
    }
}
