using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Records;
using Failover.Tests.Testing;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>The link between two agents over a real connection.</summary>
public sealed class PeerLinkTests : IAsyncLifetime
{
    private ScriptedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_go_both_ways_and_the_sources_closing_is_the_targets_end()
    {
        var ended = new TaskCompletionSource<PeerMessage?>();
        _server.Script.Link = async (link, _) =>
        {
            var ping = Assert.IsType<PingMessage>(await link.ReceiveAsync(Ct));
            await link.SendAsync(new PongMessage(ping.Number, Samples.At, Samples.Permit), Ct);
            ended.SetResult(await link.ReceiveAsync(Ct));
        };
        using var peer = _server.PeerClient();
        await using (var link = await peer.OpenAsync(Ct))
        {
            await link.SendAsync(new PingMessage(4), Ct);
            Assert.Equal(new PongMessage(4, Samples.At, Samples.Permit), await link.ReceiveAsync(Ct));
        }
        Assert.Null(await ended.Task);
    }

    [Fact]
    public async Task The_targets_orderly_end_is_null()
    {
        _server.Script.Link = (_, _) => Task.CompletedTask;
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        Assert.Null(await link.ReceiveAsync(Ct));
    }

    [Fact]
    public async Task A_refusal_ends_the_link_and_is_never_taken_for_the_targets_word()
    {
        _server.Script.Link = (_, _) => throw new OrderRefusedException(RefusalReason.WrongPhase, "not prepared for it");
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => link.ReceiveAsync(Ct));
        Assert.Contains("it ended the link: not prepared for it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_cut_breaks_both_ends()
    {
        var broken = new TaskCompletionSource<Exception?>();
        _server.Script.Link = async (link, context) =>
        {
            await link.ReceiveAsync(Ct);
            context.GetHttpContext().Abort();
            broken.SetResult(await Record.ExceptionAsync(() => link.ReceiveAsync(Ct)));
        };
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new PingMessage(1), Ct);
        await Assert.ThrowsAsync<AgentUnreachableException>(() => link.ReceiveAsync(Ct));
        Assert.IsType<AgentUnreachableException>(await broken.Task);
        await Assert.ThrowsAsync<AgentUnreachableException>(() => link.SendAsync(new PingMessage(2), Ct));
    }

    [Fact]
    public async Task A_receive_that_is_given_up_loses_neither_the_link_nor_the_message()
    {
        var waiting = new TaskCompletionSource();
        _server.Script.Link = async (link, _) =>
        {
            await waiting.Task;
            await link.SendAsync(new FirstVoteMessage(102), Ct);
            await link.ReceiveAsync(Ct);
        };
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        using var impatient = new CancellationTokenSource();
        var first = link.ReceiveAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        waiting.SetResult();
        Assert.Equal(new FirstVoteMessage(102), await link.ReceiveAsync(Ct));
    }

    [Fact]
    public async Task Messages_that_are_sent_at_once_all_arrive_in_order()
    {
        _server.Script.Link = async (link, _) =>
        {
            await Task.WhenAll(Enumerable.Range(1, 50).Select(i => link.SendAsync(new FirstVoteMessage((ulong)i), Ct)));
            await link.ReceiveAsync(Ct);
        };
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        for (var i = 1UL; i <= 50; i++)
        {
            Assert.Equal(new FirstVoteMessage(i), await link.ReceiveAsync(Ct));
        }
    }

    [Fact]
    public async Task A_message_that_cannot_be_right_breaks_the_link_and_says_why()
    {
        _server.Script.Link = async (link, _) => await link.ReceiveAsync(Ct);
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new HandOverMessage(Samples.Order, "no nonce", Samples.Receipt, []), Ct);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => link.ReceiveAsync(Ct));
        Assert.Contains("hand_over.permit_nonce must be 16 bytes", e.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, _server.Script.Fault?.StatusCode);
    }

    [Fact]
    public async Task The_largest_record_there_may_be_is_handed_over_in_one_message()
    {
        var arrived = new TaskCompletionSource<HandOverMessage>();
        _server.Script.Link = async (link, _) => arrived.SetResult(Assert.IsType<HandOverMessage>(await link.ReceiveAsync(Ct)));
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        var record = Samples.Bytes(RecordKind.VoteHistory, Limits.VoteHistoryBytes);
        await link.SendAsync(new HandOverMessage(Samples.Order, Samples.Nonce, Samples.Receipt, [record]), Ct);
        var handedOver = await arrived.Task;
        Assert.True(record.Bytes.Span.SequenceEqual(handedOver.Records.Single().Bytes.Span));
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_not_sent()
    {
        _server.Script.Link = async (link, _) => await link.ReceiveAsync(Ct);
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => link.SendAsync(
            new HandOverMessage(Samples.Order, Samples.Nonce, Samples.Receipt, [Samples.Bytes(RecordKind.VoteHistory, Limits.MessageBytes)]), Ct));
        Assert.Contains("larger than allowed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_stops_closes_an_idle_link_as_if_the_source_had()
    {
        _server.Script.Link = async (link, _) =>
        {
            var next = link.ReceiveAsync(Ct);
            link.CloseWhenAnswered();
            Assert.Null(await next);
        };
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        Assert.Null(await link.ReceiveAsync(Ct));
    }

    [Fact]
    public async Task An_agent_that_stops_answers_a_record_that_was_handed_over_first()
    {
        _server.Script.Link = async (link, _) =>
        {
            Assert.IsType<HandOverMessage>(await link.ReceiveAsync(Ct));
            link.CloseWhenAnswered();
            await link.SendAsync(new AnswerMessage(TargetAnswer.Promoted("it votes")), Ct);
            Assert.Null(await link.ReceiveAsync(Ct));
        };
        using var peer = _server.PeerClient();
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new HandOverMessage(Samples.Order, Samples.Nonce, Samples.Receipt, []), Ct);
        Assert.Equal(AnswerKind.Promoted, Assert.IsType<AnswerMessage>(await link.ReceiveAsync(Ct)).Answer.Kind);
        Assert.Null(await link.ReceiveAsync(Ct));
    }

    [Fact]
    public async Task Records_are_kept_aside_in_pieces_and_their_summaries_come_back()
    {
        var records = new RecordAssembler();
        _server.Script.KeepAside = async reader =>
        {
            await foreach (var piece in reader.ReadAllAsync(Ct))
            {
                records.Add(piece);
            }
            return new Wire.KeepAsideResponse { Kept = { Samples.Summary.ToProto() } };
        };
        using var peer = _server.PeerClient();
        var sent = Samples.Bytes(RecordKind.VoteHistory, 300_000);
        Assert.Equal([Samples.Summary], await peer.KeepAsideAsync([sent], Ct));
        Assert.True(sent.Bytes.Span.SequenceEqual(records.Finish().Single().Bytes.Span));
    }

    [Fact]
    public async Task A_peer_that_refuses_records_in_the_middle_is_heard()
    {
        _server.Script.KeepAside = async reader =>
        {
            await reader.MoveNext(Ct);
            throw new OrderRefusedException(RefusalReason.BadRequest, "signature is wrong");
        };
        using var peer = _server.PeerClient();
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(
            () => peer.KeepAsideAsync([Samples.Bytes(RecordKind.VoteHistory, 8_000_000)], Ct));
        Assert.Equal("signature is wrong", refused.Message);
    }

    [Fact]
    public void A_peer_that_the_configuration_does_not_name_is_refused()
    {
        using var peers = new Peers([], null!, new CallLimits(), TimeProvider.System);
        Assert.Equal(RefusalReason.BadRequest, Assert.Throws<OrderRefusedException>(() => peers.Get("tokyo")).Reason);
    }
}
