using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Protocol.Clients;
using Failover.Protocol.Tls;
using Failover.Records;
using Failover.Tests.Protocol;
using Failover.Tests.Testing;
using Grpc.Health.V1;

namespace Failover.Tests.Agent;

/// <summary>The whole agent over its real front: what it answers beside a validator that does not run.</summary>
public sealed class AgentHostTests : IAsyncLifetime
{
    private readonly TestPki _pki = new();
    private TestAgent _agent = null!;
    private RemoteAgent _client = null!;

    public async ValueTask InitializeAsync()
    {
        _agent = await TestAgent.StartAsync(_pki);
        _client = _agent.Client(_pki.Trust(CertificateRole.Coordinator, "ops"));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _agent.DisposeAsync();
        _pki.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private HandoffOrder Order(string source = "frankfurt", string target = "london") =>
        Samples.Order with { StakedIdentity = _agent.Staked, VoteAccount = TestAgent.VoteAccount, Source = source, Target = target };

    [Fact]
    public async Task The_status_comes_with_the_nodes_own_keys_and_with_what_could_not_be_read()
    {
        var facts = await _client.GetStatusAsync(Ct);
        Assert.Equal(("london", _agent.Staked, HeldIdentity.Unstaked, false), (facts.Node, facts.StakedIdentity, facts.LinkPointsTo, facts.ProcessRunning));
        Assert.NotEmpty(facts.Problems);
    }

    [Fact]
    public async Task An_examination_comes_with_every_check_of_the_node_and_with_how_its_peers_are_reached()
    {
        var examination = await _client.ExamineAsync(Ct);
        Assert.Equal("london", examination.Facts.Node);
        Assert.Equal(CheckOutcome.Ok, examination.Checks.Single(check => check.Name == "staked-keypair").Outcome);
        Assert.Equal(CheckOutcome.Fails, examination.Checks.Single(check => check.Name == "validator-runs").Outcome);
        Assert.All(examination.Checks.Where(check => check.Outcome == CheckOutcome.Fails), check => Assert.NotEmpty(check.Remedy));
        var peer = Assert.Single(examination.Peers);
        Assert.Equal(("frankfurt", "https://127.0.0.1:1", null), (peer.Name, peer.Address, peer.Took));
        Assert.NotEmpty(peer.Problem);
    }

    [Fact]
    public async Task The_status_can_be_watched_until_one_has_seen_enough()
    {
        List<NodeFacts> seen = [];
        await foreach (var facts in _client.WatchStatusAsync(TimeSpan.FromMilliseconds(100), Ct))
        {
            seen.Add(facts);
            if (seen.Count == 2)
            {
                break;
            }
        }
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task The_history_begins_with_the_agents_start() =>
        Assert.Equal("start", (await _client.GetHistoryAsync(10, Ct))[^1].Kind);

    [Fact]
    public async Task A_handoff_that_is_not_known_is_not_found()
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => _client.AbortAsync(Samples.Order.Id, Ct));
        Assert.Equal(RefusalReason.NotFound, refused.Reason);
        await Assert.ThrowsAsync<OrderRefusedException>(() => _client.ResumeAsync(Samples.Order.Id, null, Ct));
        await Assert.ThrowsAsync<OrderRefusedException>(async () => await _client.FollowAsync(Samples.Order.Id, 1, Ct).GetAsyncEnumerator(Ct).MoveNextAsync());
    }

    [Fact]
    public async Task An_order_about_another_validator_is_refused()
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => _client.PrepareAsync(Samples.Order, HandoffRole.Target, HookUse.Run, Ct));
        Assert.Equal(RefusalReason.WrongCluster, refused.Reason);
    }

    [Fact]
    public async Task A_target_is_prepared_followed_and_freed_again()
    {
        var report = await _client.PrepareAsync(Order(), HandoffRole.Target, HookUse.Run, Ct);
        Assert.Equal("london", report.Facts.Node);
        Assert.Equal(HandoffPhase.Prepared, (await _client.GetStatusAsync(Ct)).LastHandoff?.Phase);
        var follow = _client.FollowAsync(Order().Id, 1, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await follow.MoveNextAsync());
        Assert.Equal((1, HandoffStep.Prepare), (follow.Current.Sequence, follow.Current.Step));
        await follow.DisposeAsync();
        await _client.AbortAsync(Order().Id, Ct);
        var facts = await _client.GetStatusAsync(Ct);
        Assert.Equal((HandoffPhase.Refused, new FencingToken(7)), (facts.LastHandoff?.Phase, facts.HighestToken));
    }

    [Fact]
    public async Task A_source_without_its_peer_says_so()
    {
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(
            () => _client.PrepareAsync(Order("london", "frankfurt"), HandoffRole.Source, HookUse.Run, Ct));
        Assert.Equal(RefusalReason.PeerFailed, refused.Reason);
        Assert.Contains("connection refused", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_opens_a_link_to_a_prepared_target_under_its_own_name_only()
    {
        await _client.PrepareAsync(Order(), HandoffRole.Target, HookUse.Run, Ct);
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new OpenMessage(Order(), Samples.Facts), Ct);
        var ready = Assert.IsType<ReadyMessage>(await link.ReceiveAsync(Ct));
        Assert.Equal("london", ready.Facts.Node);
        await link.SendAsync(new PingMessage(1), Ct);
        Assert.Equal(1, Assert.IsType<PongMessage>(await link.ReceiveAsync(Ct)).Number);

        await using var wrong = await peer.OpenAsync(Ct);
        await wrong.SendAsync(new OpenMessage(Order("paris"), Samples.Facts), Ct);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => wrong.ReceiveAsync(Ct));
        Assert.Contains("frankfurt gave an order from paris", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_the_agent_does_not_know_gets_no_link()
    {
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "tokyo"));
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => peer.OpenAsync(Ct));
        Assert.Equal((RefusalReason.NotAllowed, "london knows no peer tokyo"), (refused.Reason, refused.Message));
        Assert.StartsWith("add it to [[peers]]", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_withdrawn_order_is_answered_by_a_refusal_that_stays()
    {
        await _client.PrepareAsync(Order(), HandoffRole.Target, HookUse.Run, Ct);
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
        Assert.Equal(AnswerKind.Refused, (await peer.WithdrawAsync(Order(), Ct)).Kind);
        Assert.Equal(AnswerKind.Refused, (await peer.WithdrawAsync(Order(), Ct)).Kind);
    }

    [Fact]
    public async Task A_record_that_is_none_is_not_kept_aside()
    {
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => peer.KeepAsideAsync([Samples.Bytes(RecordKind.Tower, 900)], Ct));
        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
    }

    [Fact]
    public async Task By_hand_towards_the_unstaked_identity_is_always_done_and_towards_the_staked_one_only_when_shown_safe()
    {
        Assert.Equal(HeldIdentity.Unstaked, (await _client.SetIdentityAsync(HeldIdentity.Unstaked, null, Ct)).LinkPointsTo);
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => _client.RelinkAsync(HeldIdentity.Staked, null, Ct));
        Assert.Equal(RefusalReason.NotShownSafe, refused.Reason);
        Assert.Equal(HeldIdentity.Staked, (await _client.RelinkAsync(HeldIdentity.Staked, "it is the only one", Ct)).LinkPointsTo);
        Assert.Contains(await _client.GetHistoryAsync(0, Ct), entry => entry.Kind == "override");
    }

    [Fact]
    public async Task Health_is_serving_once_the_agent_is_ready()
    {
        using var raw = new RawClient(_agent.Address, _pki.Issued(CertificateRole.Observer, "eye"));
        var health = await new Health.HealthClient(raw.Invoker).CheckAsync(new HealthCheckRequest(), cancellationToken: Ct);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
    }

    [Fact]
    public async Task An_agent_whose_state_file_is_damaged_does_not_start()
    {
        var e = await Assert.ThrowsAsync<OrderRefusedException>(
            () => TestAgent.StartAsync(_pki, before: folder => folder.Write("state/state.json", "{}\n")));
        Assert.Equal(RefusalReason.StateDamaged, e.Reason);
    }

    // Either way the link is over; which, is a race inside the client's HTTP stack once the connection closes as well.
    private static async Task EndAsync(IPeerLink link)
    {
        try
        {
            Assert.Null(await link.ReceiveAsync(Ct));
        }
        catch (AgentUnreachableException)
        {
        }
    }

    [Fact]
    public async Task An_agent_that_stops_waits_for_nobody_who_does_not_listen()
    {
        await _client.PrepareAsync(Order(), HandoffRole.Target, HookUse.Run, Ct);
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new OpenMessage(Order(), Samples.Facts), Ct);
        await link.ReceiveAsync(Ct);
        await using var watch = _client.WatchStatusAsync(TimeSpan.FromMinutes(1), Ct).GetAsyncEnumerator(Ct);
        await watch.MoveNextAsync();
        await using var follow = _client.FollowAsync(Order().Id, 1, Ct).GetAsyncEnumerator(Ct);
        await follow.MoveNextAsync();
        await _agent.StopAsync();
    }

    [Fact]
    public async Task An_agent_that_stops_ends_what_would_go_on_for_ever()
    {
        await _client.PrepareAsync(Order(), HandoffRole.Target, HookUse.Run, Ct);
        using var peer = _agent.Peer(_pki.Trust(CertificateRole.Peer, "frankfurt"));
        await using var link = await peer.OpenAsync(Ct);
        await link.SendAsync(new OpenMessage(Order(), Samples.Facts), Ct);
        await link.ReceiveAsync(Ct);
        var watch = _client.WatchStatusAsync(TimeSpan.FromMinutes(1), Ct).GetAsyncEnumerator(Ct);
        await watch.MoveNextAsync();
        var follow = _client.FollowAsync(Order().Id, 1, Ct).GetAsyncEnumerator(Ct);
        await follow.MoveNextAsync();

        var linkEnds = EndAsync(link);
        var watchEnds = Assert.ThrowsAsync<AgentUnreachableException>(async () => await watch.MoveNextAsync());
        var followEnds = Assert.ThrowsAsync<AgentUnreachableException>(async () => await follow.MoveNextAsync());

        await _agent.StopAsync();

        await linkEnds;
        Assert.Contains("the agent is stopping", (await watchEnds).Message, StringComparison.Ordinal);
        Assert.Contains("the agent is stopping", (await followEnds).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AgentUnreachableException>(() => _client.GetStatusAsync(Ct));
        await watch.DisposeAsync();
        await follow.DisposeAsync();
    }
}
