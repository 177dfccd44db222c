using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Failover.Records;
using Failover.Testing;
using Failover.Tests.Protocol;
using Failover.Tests.Testing;
using Failover.Validators;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Wire = Failover.V1;

namespace Failover.Tests.Agent;

/// <summary>
/// What callers try who may connect and mean no good, over real sockets and real TLS. Who may not even connect is in
/// <see cref="MutualTlsTests"/>, who may call what in <see cref="RoleMatrixTests"/>.
/// </summary>
public sealed class HostileCallerTests : IAsyncLifetime
{
    // Both are this machine's, as 127.0.0.1 is, from which everybody else calls.
    private static readonly IPAddress Stranger = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Stranger2 = IPAddress.Parse("127.0.0.3");

    private readonly TestPki _pki = new();
    private TestAgent _agent = null!;
    private RemoteAgent _client = null!;
    private RemotePeer _peer = null!;

    public async ValueTask InitializeAsync()
    {
        _agent = await TestAgent.StartAsync(_pki);
        _client = _agent.Client(_pki.Trust(CertificateRole.Coordinator, "ops"));
        _peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _peer.Dispose();
        await _agent.DisposeAsync();
        _pki.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private HandoffOrder Order =>
        Samples.Order with { StakedIdentity = _agent.Staked, VoteAccount = TestAgent.VoteAccount, Source = "frankfurt", Target = "london" };

    private static RecordBytes ForeignTower => new(RecordKind.Tower, GoldenTowers.Short);

    [Fact]
    public async Task Callers_who_stop_in_the_middle_of_anything_do_not_hold_up_others()
    {
        using var certificate = _pki.Issued(CertificateRole.Peer, "frankfurt");
        using var raw = new RawClient(_agent.Address, certificate);
        using var stalling = new CancellationTokenSource();
        List<IDisposable> stalled = [];
        try
        {
            for (var i = 0; i < Listener.StrangersPerAddress; i++)
            {
                stalled.Add(await ConnectedAsync(Stranger));
            }
            for (var i = 0; i < 20; i++)
            {
                stalled.Add(await WithHalfAPrefaceAsync(certificate, Stranger2));
            }
            for (var i = 0; i < 10; i++)
            {
                var call = new Wire.PeerService.PeerServiceClient(raw.Invoker).OpenHandoff(cancellationToken: stalling.Token);
                stalled.Add(call);
                await call.ResponseHeadersAsync;
            }

            Assert.Equal("london", (await _client.GetStatusAsync(Ct)).Node);
            await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
            await using var link = await _peer.OpenAsync(Ct);
            await link.SendAsync(new OpenMessage(Order, Samples.Facts), Ct);
            Assert.IsType<ReadyMessage>(await link.ReceiveAsync(Ct));
        }
        finally
        {
            await stalling.CancelAsync();
            stalled.ForEach(one => one.Dispose());
        }
    }

    [Fact]
    public async Task An_address_that_holds_as_many_silent_connections_as_it_may_gets_no_further_one_and_takes_none_from_others()
    {
        List<Socket> silent = [];
        try
        {
            for (var i = 0; i < Listener.StrangersPerAddress; i++)
            {
                silent.Add(await ConnectedAsync(Stranger));
            }
            Assert.True(await IsClosedAsync(async () =>
            {
                using var further = await ConnectedAsync(Stranger);
                return await further.ReceiveAsync(new byte[1], Ct);
            }));

            Assert.Equal("london", (await _client.GetStatusAsync(Ct)).Node);
            Assert.All(silent, socket => Assert.False(socket.Poll(0, SelectMode.SelectRead), "a connection within the share was closed"));
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task An_address_with_as_many_certified_connections_as_it_may_have_gets_no_further_one_and_takes_none_from_others()
    {
        using var certificate = _pki.Issued(CertificateRole.Peer, "frankfurt");
        List<SslStream> idle = [];
        try
        {
            // Which of them comes last is the agent's to say: one more than may be is closed, whichever, and no other.
            List<Task<bool>> closed = [];
            for (var i = 0; i <= Listener.KnownPerAddress; i++)
            {
                idle.Add(await WithHalfAPrefaceAsync(certificate, Stranger));
                closed.Add(IsClosedAsync(async () => await idle[^1].ReadAsync(new byte[1], Ct)));
            }
            Assert.True(await await Task.WhenAny(closed));

            Assert.Equal("london", (await _client.GetStatusAsync(Ct)).Node);
            _ = Assert.Single(closed, one => one.IsCompleted);
        }
        finally
        {
            idle.ForEach(stream => stream.Dispose());
        }
    }

    [Fact]
    public async Task A_place_is_free_again_when_its_connection_has_ended()
    {
        using var certificate = _pki.Issued(CertificateRole.Peer, "frankfurt");
        for (var i = 0; i < Listener.StrangersPerAddress; i++)
        {
            (await ConnectedAsync(Stranger)).Dispose();
        }
        // The agent hears of the ends a moment later.
        while (!await IsServedAsync())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct);
        }

        async Task<bool> IsServedAsync()
        {
            try
            {
                await using var served = await WithHalfAPrefaceAsync(certificate, Stranger);
                return true;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_caller_that_says_nothing_at_all_is_hung_up_on()
    {
        using var silent = await ConnectedAsync(Stranger);
        Assert.True(await IsClosedAsync(async () => await silent.ReceiveAsync(new byte[1], Ct)));
    }

    [Fact]
    public async Task A_call_whose_request_never_comes_to_its_end_is_ended()
    {
        using var certificate = _pki.Issued(CertificateRole.Coordinator, "ops");
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_agent.Address, "/failover.v1.AgentService/GetStatus"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new EndlessContent(),
        };

        // A reset, or an answer that says no: it does not go on for ever.
        string ended;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
            ended = $"{response.StatusCode} {string.Join(',', response.Headers.TryGetValues("grpc-status", out var status) ? status : [])}";
        }
        catch (HttpRequestException e)
        {
            ended = e.Message;
        }

        Assert.NotEqual("OK 0", ended);
        Assert.Equal("london", (await _client.GetStatusAsync(Ct)).Node);
    }

    [Fact]
    public async Task A_link_on_which_nothing_is_said_and_records_that_do_not_end_are_given_up()
    {
        var time = new FakeTimeProvider(_pki.Time.GetUtcNow());
        await using var agent = await TestAgent.StartAsync(_pki, clock: time);
        using var peer = new RawClient(agent.Address, _pki.Issued(CertificateRole.Peer, "frankfurt"));
        var service = new Wire.PeerService.PeerServiceClient(peer.Invoker);
        using var link = service.OpenHandoff(cancellationToken: Ct);
        using var records = service.KeepAside(cancellationToken: Ct);
        await records.RequestStream.WriteAsync(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = ByteString.CopyFrom(1, 2, 3) }, Ct);

        var silent = link.ResponseStream.MoveNext(Ct);
        var endless = records.ResponseAsync;
        while (!silent.IsCompleted || !endless.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(15));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        }

        Assert.Contains("said nothing on it for 10 s", (await Assert.ThrowsAsync<RpcException>(() => silent)).Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => endless)).StatusCode);
    }

    [Fact]
    public async Task A_message_that_is_larger_than_any_real_one_is_refused()
    {
        using var coordinator = new RawClient(_agent.Address, _pki.Issued(CertificateRole.Coordinator, "ops"));
        var request = new Wire.RelinkRequest { Identity = Wire.HeldIdentity.Staked, OverrideReason = new string('x', 100_000) };
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await new Wire.AgentService.AgentServiceClient(coordinator.Invoker).RelinkAsync(request, cancellationToken: Ct));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);

        using var peer = new RawClient(_agent.Address, _pki.Issued(CertificateRole.Peer, "frankfurt"));
        Assert.Equal(StatusCode.ResourceExhausted, await KeepAsideAsync(peer, new byte[Limits.MessageBytes + 1], times: 1));
        Assert.Equal(HeldIdentity.Unstaked, (await _client.GetStatusAsync(Ct)).LinkPointsTo);
    }

    [Fact]
    public async Task A_stream_that_is_longer_than_any_real_one_is_refused_on_its_way()
    {
        using var peer = new RawClient(_agent.Address, _pki.Issued(CertificateRole.Peer, "frankfurt"));
        Assert.Equal(StatusCode.InvalidArgument, await KeepAsideAsync(peer, new byte[Limits.ChunkBytes], times: 1_000));
    }

    [Fact]
    public async Task A_record_of_another_identity_is_not_kept_aside()
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => _peer.KeepAsideAsync([ForeignTower], Ct));
        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.Contains($"names the node {GoldenTowers.IdentityText}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_another_identity_is_refused_for_good_when_it_is_handed_over()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        await using var link = await _peer.OpenAsync(Ct);
        var answer = await HandOverAsync(link, await OpenAsync(link));
        Assert.Equal(AnswerKind.Refused, answer.Kind);
        Assert.Contains($"names the node {GoldenTowers.IdentityText}", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hand_over_that_is_replayed_on_a_second_link_finds_no_permit_there()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        await using var first = await _peer.OpenAsync(Ct);
        var nonce = await OpenAsync(first);
        await using var second = await _peer.OpenAsync(Ct);
        await OpenAsync(second);

        var answer = await HandOverAsync(second, nonce);

        Assert.Equal(AnswerKind.Refused, answer.Kind);
        Assert.Contains("permit was not issued on this link", answer.Reason, StringComparison.Ordinal);
        // The order is refused, so the link that the permit was issued on does not get any further either.
        Assert.Equal(AnswerKind.Refused, (await HandOverAsync(first, nonce)).Kind);
    }

    [Fact]
    public async Task A_permit_that_many_newer_ones_have_overtaken_is_refused()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        await using var link = await _peer.OpenAsync(Ct);
        var nonce = await OpenAsync(link);
        for (var ping = 1; ping <= 10; ping++)
        {
            await link.SendAsync(new PingMessage(ping), Ct);
            await link.ReceiveAsync(Ct);
        }

        var answer = await HandOverAsync(link, nonce);

        Assert.Equal(AnswerKind.Refused, answer.Kind);
        Assert.Contains("permit was not issued on this link, or was used already", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_hand_over_on_one_link_ends_it()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        await using var link = await _peer.OpenAsync(Ct);
        var nonce = await OpenAsync(link);
        await HandOverAsync(link, nonce);

        await link.SendAsync(HandOver(nonce), Ct);

        var ended = await Assert.ThrowsAsync<AgentUnreachableException>(() => link.ReceiveAsync(Ct));
        Assert.Contains("out of turn", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_fencing_token_is_refused()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        await _client.AbortAsync(Order.Id, Ct);

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(
            () => _client.PrepareAsync(Order with { Id = new HandoffId("handoff-0002") }, HandoffRole.Target, HookUse.Run, Ct));

        Assert.Equal(RefusalReason.StaleToken, refused.Reason);
    }

    [Fact]
    public async Task The_same_handoff_id_with_other_content_is_refused_by_every_call()
    {
        await _client.PrepareAsync(Order, HandoffRole.Target, HookUse.Run, Ct);
        var other = Order with { Token = Order.Token.Next };

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => _client.PrepareAsync(other, HandoffRole.Target, HookUse.Run, Ct));
        Assert.Equal(RefusalReason.OrderDiffers, refused.Reason);

        await using var link = await _peer.OpenAsync(Ct);
        await link.SendAsync(new OpenMessage(other, Samples.Facts), Ct);
        await Assert.ThrowsAsync<AgentUnreachableException>(() => link.ReceiveAsync(Ct));
        Assert.Equal(Order, (await _client.GetStatusAsync(Ct)).LastHandoff?.Order);
    }

    private async Task<string> OpenAsync(IPeerLink link)
    {
        await link.SendAsync(new OpenMessage(Order, Samples.Facts), Ct);
        return Assert.IsType<ReadyMessage>(await link.ReceiveAsync(Ct)).Permit.Nonce;
    }

    private async Task<TargetAnswer> HandOverAsync(IPeerLink link, string nonce)
    {
        await link.SendAsync(HandOver(nonce), Ct);
        return Assert.IsType<AnswerMessage>(await link.ReceiveAsync(Ct)).Answer;
    }

    private HandOverMessage HandOver(string nonce) => new(
        Order, nonce,
        new Receipt(
            Order.Id, Order.Token, Order.StakedIdentity, VotingStopProof.VoterFence, 1002,
            [new RecordSummary(RecordKind.Tower, RecordFormats.CurrentTower, 1002, 999, GoldenTowers.Short.Length, GoldenTowers.ShortSha256)]),
        [ForeignTower]);

    private async Task<Socket> ConnectedAsync(IPAddress from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(_agent.Address.Host, _agent.Address.Port, Ct);
        return socket;
    }

    /// <summary>By an orderly close, or a reset.</summary>
    private static async Task<bool> IsClosedAsync(Func<Task<int>> read)
    {
        try
        {
            return await read() == 0;
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: SocketException })
        {
            return true;
        }
    }

    /// <summary>Says the beginning of something, and not the rest of it.</summary>
    private sealed class EndlessContent : HttpContent
    {
        public EndlessContent() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 100, 1 }, Ct);
            await stream.FlushAsync(Ct);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Ct);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private async Task<SslStream> WithHalfAPrefaceAsync(X509Certificate2 certificate, IPAddress from)
    {
        var stream = new SslStream(new NetworkStream(await ConnectedAsync(from), ownsSocket: true));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "london",
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
            Ct);
        try
        {
            await stream.WriteAsync("PRI * HT"u8.ToArray(), Ct);
        }
        catch (IOException)
        {
            // Closed already: whoever reads finds it so.
        }
        return stream;
    }

    private static async Task<StatusCode> KeepAsideAsync(RawClient peer, byte[] chunk, int times)
    {
        using var call = new Wire.PeerService.PeerServiceClient(peer.Invoker).KeepAside(cancellationToken: Ct);
        try
        {
            for (var i = 0; i < times; i++)
            {
                await call.RequestStream.WriteAsync(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = UnsafeByteOperations.UnsafeWrap(chunk) }, Ct);
            }
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The agent has answered before it has read everything.
        }
        return (await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseAsync)).StatusCode;
    }
}
