using Failover.Agent.Faults;
using Failover.Agent.Hosting;
using Failover.Agent.Security;
using Failover.Agents;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Wire = Failover.V1;

namespace Failover.Agent.Endpoints;

/// <summary>The calls of PeerService: in, to the agent with the peer's name by its certificate, and out again. No decisions.</summary>
internal sealed class PeerEndpoint(HandoffAgent agent, AgentLifetime lifetime, TimeProvider time, FaultPoints? faults = null)
    : Wire.PeerService.PeerServiceBase
{
    // gRPC takes Kestrel's lowest data rate off streams, so that this is all that ends one that stands still. Our own peers give up after half of it.
    private static readonly TimeSpan RecordsLimit = TimeSpan.FromMinutes(1);

    public override async Task OpenHandoff(
        IAsyncStreamReader<Wire.OpenHandoffRequest> requestStream, IServerStreamWriter<Wire.OpenHandoffResponse> responseStream,
        ServerCallContext context)
    {
        await context.WriteResponseHeadersAsync(ServerPeerLink.Accepted);
        await using var link = new ServerPeerLink(Caller.Name(context), requestStream, responseStream);
        await using var closing = lifetime.Closing.Register(link.CloseWhenAnswered);
        try
        {
            await agent.ServePeerAsync(Caller.Name(context), faults?.Around(link) ?? link, context.CancellationToken);
        }
        catch (AgentUnreachableException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The source is gone: there is nobody left to tell.
        }
        lifetime.SayGoodbye(context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>());
        if (link.Fault is { } fault)
        {
            throw fault;
        }
    }

    public override async Task<Wire.WithdrawResponse> Withdraw(Wire.WithdrawRequest request, ServerCallContext context) =>
        new() { Answer = (await agent.WithdrawAsync(Caller.Name(context), request.ToDomain(), context.CancellationToken)).ToProto() };

    public override async Task<Wire.KeepAsideResponse> KeepAside(
        IAsyncStreamReader<Wire.KeepAsideRequest> requestStream, ServerCallContext context)
    {
        var records = new RecordAssembler();
        using var limit = new CancellationTokenSource(RecordsLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
        try
        {
            await foreach (var piece in requestStream.ReadAllAsync(either.Token))
            {
                records.Add(piece);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException && limit.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"the records did not come within {RecordsLimit.TotalSeconds:0} s"));
        }
        var kept = await agent.KeepAsideAsync(Caller.Name(context), records.Finish(), context.CancellationToken);
        return new() { Kept = { kept.Select(RecordMapping.ToProto) } };
    }
}
