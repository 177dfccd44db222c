using Failover.Agents;
using Failover.Examinations;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Protocol.Errors;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Failover.Records;
using Grpc.Core;
using Polly;
using Polly.Retry;
using Wire = Failover.V1;

namespace Failover.Protocol.Clients;

/// <summary>
/// An agent on another machine. Orders are sent once, whatever happens to them; only status, history and the timeline are asked for again.
/// An answer that cannot be right counts as none: <see cref="AgentUnreachableException"/>.
/// </summary>
public sealed class RemoteAgent : IAgent, IExaminer, IDisposable
{
    private readonly CallLimits _limits;
    private readonly TimeProvider _time;
    private readonly AgentChannel _channel;
    private readonly Wire.AgentService.AgentServiceClient _agent;
    private readonly Wire.HandoffService.HandoffServiceClient _handoff;
    private readonly ResiliencePipeline _reads;

    /// <summary>Connects at the first call, and then keeps the connection.</summary>
    public RemoteAgent(NodeAddress node, ClusterTrust trust, CallLimits limits, TimeProvider time)
    {
        Node = node.Name;
        Address = node.Address.OriginalString;
        _limits = limits;
        _time = time;
        _channel = new AgentChannel(node, trust, limits, time);
        _agent = new Wire.AgentService.AgentServiceClient(_channel.Invoker);
        _handoff = new Wire.HandoffService.HandoffServiceClient(_channel.Invoker);
        _reads = limits.ReadRetries == 0 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = limits.ReadRetries,
                Delay = limits.ReadRetryPause,
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = arguments => new ValueTask<bool>(
                    arguments.Outcome.Exception is AgentUnreachableException { InnerException: RpcException { StatusCode: StatusCode.Unavailable } }),
            })
            .Build();
    }

    public string Node { get; }

    public string Address { get; }

    public Task<NodeFacts> GetStatusAsync(CancellationToken ct) => ReadAsync(
        options => _agent.GetStatusAsync(new Wire.GetStatusRequest(), options), response => response.Facts.ToDomain("facts"), ct);

    public Task<Examination> ExamineAsync(CancellationToken ct) => ReadAsync(
        options => _agent.ExamineAsync(new Wire.ExamineRequest(), options), response => response.ToDomain(), ct);

    public Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, HookUse hooks, CancellationToken ct) => _channel.CallAsync(
        options => _handoff.PrepareAsync(new Wire.PrepareRequest { Order = order.ToProto(), Role = role.ToProto(), Hooks = hooks.ToProto() }, options),
        // The caller, who knows the hooks, has its own limit; this one only bounds what nobody else does.
        response => response.ToDomain(), hooks == HookUse.Skip ? _limits.Prepare : _limits.Prepare + (2 * Hook.LongestInAll), ct);

    public Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct) => _channel.CallAsync(
        call => _handoff.CommitAsync(options.ToProto(order), call), response => response, _limits.Commit, ct);

    public Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct) => _channel.CallAsync(
        options => _handoff.AbortAsync(new Wire.AbortRequest { HandoffId = handoff.ToString() }, options),
        response => response.Outcome.ToDomain("outcome"), _limits.Commit, ct);

    public Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct) => _channel.CallAsync(
        options => _handoff.ResumeAsync(assertion.ToProto(handoff), options),
        response => response.Outcome.ToDomain("outcome"), _limits.Resume, ct);

    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct) => ReadAsync<Wire.GetHistoryResponse, IReadOnlyList<HistoryEntry>>(
        options => _agent.GetHistoryAsync(new Wire.GetHistoryRequest { Most = (uint)Math.Clamp(most, 0, int.MaxValue) }, options),
        response =>
        {
            Field.Count(response.Entries.Count, Limits.HistoryEntries, "", "entries");
            return [.. response.Entries.Select(EventMapping.ToDomain)];
        },
        ct);

    public Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => _channel.CallAsync(
        options => _agent.SetIdentityAsync(
            new Wire.SetIdentityRequest { Identity = identity.ToProto(), OverrideReason = overrideReason ?? "" }, options),
        response => response.Facts.ToDomain("facts"), _limits.ByHand, ct);

    public Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => _channel.CallAsync(
        options => _agent.RelinkAsync(new Wire.RelinkRequest { Identity = identity.ToProto(), OverrideReason = overrideReason ?? "" }, options),
        response => response.Facts.ToDomain("facts"), _limits.ByHand, ct);

    public Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct) => _channel.CallAsync(
        options => _agent.SendRecordAsync(new Wire.SendRecordRequest { Peer = peer }, options),
        response => response.Kept.ToDomain(Limits.Summaries, "", "kept"), _limits.SendRecord, ct);

    /// <summary>Takes a broken timeline up again where it stopped, a bounded number of times in a row.</summary>
    public IAsyncEnumerable<HandoffEvent> FollowAsync(HandoffId handoff, long fromSequence, CancellationToken ct) =>
        Timeline.FollowAsync(_handoff, _channel, handoff, fromSequence, _limits, _time, ct);

    /// <summary>The status again and again at the interval. Ends with <see cref="AgentUnreachableException"/> when the stream breaks.</summary>
    public IAsyncEnumerable<NodeFacts> WatchStatusAsync(TimeSpan interval, CancellationToken ct) =>
        Timeline.WatchAsync(_agent, _channel, interval, ct);

    public void Dispose() => _channel.Dispose();

    private Task<TDomain> ReadAsync<TWire, TDomain>(
        Func<CallOptions, AsyncUnaryCall<TWire>> call, Func<TWire, TDomain> translate, CancellationToken ct) =>
        _reads.ExecuteAsync(async token => await _channel.CallAsync(call, translate, _limits.Read, token), ct).AsTask();
}
