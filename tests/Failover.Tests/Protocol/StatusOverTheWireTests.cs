using Failover.Agents;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Failover.Tests.Testing;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>What a coordinator learns of each way that a call can end, over a real connection.</summary>
public sealed class StatusOverTheWireTests : IAsyncLifetime
{
    private static readonly CommitOptions AtOnce = new(TimeSpan.Zero);

    private ScriptedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<RefusalReason> Reasons => [.. Enum.GetValues<RefusalReason>().Where(reason => reason != RefusalReason.Unknown)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Every_refusal_arrives_with_its_reason_its_sentence_and_its_remedy(RefusalReason reason)
    {
        _server.Script.Commit = _ => throw new OrderRefusedException(reason, "slot 5 is behind slot 9 ✓", "wait, then: failover resume");
        using var client = _server.Client();
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));
        Assert.Equal((reason, "slot 5 is behind slot 9 ✓", "wait, then: failover resume"), (refused.Reason, refused.Message, refused.Remedy));
    }

    [Fact]
    public async Task A_refusal_as_long_as_a_sentence_may_be_still_arrives()
    {
        _server.Script.Commit = _ => throw new OrderRefusedException(RefusalReason.Locked, new string('é', 9_000), new string('r', 9_000));
        using var client = _server.Client();
        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));
        Assert.EndsWith("...", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_refusal_without_a_reason_is_not_believed() =>
        UnknownAsync(_ => throw new OrderRefusedException(RefusalReason.Unknown, "no"), "could not finish the request: no");

    [Fact]
    public Task A_bug_of_the_agent_says_nothing_about_what_was_done_and_nothing_of_its_inside() =>
        UnknownAsync(_ => throw new InvalidOperationException("secret"), "unexpected InvalidOperationException; the agent's log has the details");

    [Fact]
    public Task An_agent_that_could_not_reach_its_peer_does_not_know_either() =>
        UnknownAsync(_ => throw new AgentUnreachableException("paris", "agent of paris: silent"), "agent of paris: silent");

    [Theory]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.Aborted)]
    public Task A_status_without_our_details_is_not_believed(StatusCode status) =>
        UnknownAsync(_ => throw new RpcException(new Status(status, "a proxy says so")), "a proxy says so");

    [Fact]
    public Task A_reason_under_another_status_than_its_own_is_not_believed() => UnknownAsync(
        _ => throw new RpcException(
            new Status(StatusCode.Aborted, "no"), new OrderRefusedException(RefusalReason.Locked, "no").ToRpcException().Trailers),
        "unexpected answer Aborted");

    [Fact]
    public Task Damaged_details_are_not_believed() => UnknownAsync(
        _ => throw new RpcException(new Status(StatusCode.NotFound, "no"), new Metadata { { "grpc-status-details-bin", new byte[] { 1, 2, 3 } } }), "no");

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unauthenticated)]
    public async Task A_certificate_that_may_not_ask_is_refused_with_what_cures_it(StatusCode status)
    {
        _server.Script.Commit = _ => throw StatusMapping.CertificateRefused(status, "observer eye may not call this", "use another");
        using var client = _server.Client();

        var refused = await Assert.ThrowsAsync<OrderRefusedException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));

        Assert.Equal((RefusalReason.NotAllowed, "observer eye may not call this", "use another"), (refused.Reason, refused.Message, refused.Remedy));
    }

    [Fact]
    public Task A_permission_that_something_else_denied_is_said_to_be_something_elses() => UnknownAsync(
        _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "firewall")), "something on the way did not accept this certificate");

    [Fact]
    public Task An_agent_that_lacks_the_method_is_of_another_version() => UnknownAsync(
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, "")), "are both sides of the same version?");

    [Fact]
    public Task A_connection_that_is_cut_in_the_middle_of_a_call_leaves_the_effect_unknown() => UnknownAsync(
        context =>
        {
            context.GetHttpContext().Abort();
            return Task.FromResult(new Wire.CommitResponse());
        },
        "the connection was cut");

    [Fact]
    public async Task An_answer_that_cannot_be_right_is_no_refusal()
    {
        _server.Script.Status = _ => Task.FromResult(new Wire.GetStatusResponse());
        using var client = _server.Client();
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.GetStatusAsync(Ct));
        Assert.EndsWith("its answer cannot be right: facts is missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_whose_time_is_up_leaves_the_effect_unknown()
    {
        var time = new FakeTimeProvider();
        _server.Script.Commit = async context =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return new();
        };
        using var client = _server.Client(TestLimits.Patient with { Commit = TimeSpan.FromSeconds(10) }, time);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));
        Assert.Contains("no answer within 10 s; what was asked may have been done", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_stops_waiting_is_told_nothing_more()
    {
        using var impatient = new CancellationTokenSource();
        _server.Script.Commit = async context =>
        {
            await impatient.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return new();
        };
        using var client = _server.Client();
        await Assert.ThrowsAsync<OperationCanceledException>(() => client.CommitAsync(Samples.Order, AtOnce, impatient.Token));
    }

    [Fact]
    public async Task Nobody_there_is_said_in_words()
    {
        using var client = _server.Client(TestLimits.Patient with { ReadRetries = 0 });
        await _server.StopAsync();
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.GetStatusAsync(Ct));
        Assert.Contains("connection refused: nobody listens there; is failover-agent running?", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_is_asked_for_again_when_the_agent_was_not_there()
    {
        var asked = 0;
        _server.Script.Status = _ => ++asked < 3
            ? throw new RpcException(new Status(StatusCode.Unavailable, "starting"))
            : Task.FromResult(new Wire.GetStatusResponse { Facts = Samples.Facts.ToProto() });
        using var client = _server.Client(TestLimits.Patient with { ReadRetries = 2, ReadRetryPause = TimeSpan.FromMilliseconds(1) });
        Assert.Equal("london", (await client.GetStatusAsync(Ct)).Node);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task An_order_is_given_once_whatever_becomes_of_it()
    {
        var asked = 0;
        _server.Script.Commit = _ =>
        {
            asked++;
            throw new RpcException(new Status(StatusCode.Unavailable, "starting"));
        };
        using var client = _server.Client();
        await Assert.ThrowsAsync<AgentUnreachableException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));
        Assert.Equal(1, asked);
    }

    private async Task UnknownAsync(Func<ServerCallContext, Task<Wire.CommitResponse>> answer, string says)
    {
        _server.Script.Commit = answer;
        using var client = _server.Client();
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.CommitAsync(Samples.Order, AtOnce, Ct));
        Assert.Equal("london", e.Node);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }
}
