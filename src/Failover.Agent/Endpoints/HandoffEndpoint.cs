using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Agent.Endpoints;

/// <summary>The calls of HandoffService: in, to the agent, and out again. No decisions.</summary>
internal sealed class HandoffEndpoint(HandoffAgent agent, AgentLifetime lifetime) : Wire.HandoffService.HandoffServiceBase
{
    public override async Task<Wire.PrepareResponse> Prepare(Wire.PrepareRequest request, ServerCallContext context)
    {
        var (order, role, hooks) = request.ToDomain();
        return (await agent.PrepareAsync(order, role, hooks, context.CancellationToken)).ToProto();
    }

    public override async Task<Wire.CommitResponse> Commit(Wire.CommitRequest request, ServerCallContext context)
    {
        var (order, options) = request.ToDomain();
        await agent.CommitAsync(order, options, context.CancellationToken);
        return new();
    }

    public override async Task Follow(
        Wire.FollowRequest request, IServerStreamWriter<Wire.FollowResponse> responseStream, ServerCallContext context)
    {
        var (handoff, fromSequence) = request.ToDomain();
        using var until = lifetime.UntilClosing(context.CancellationToken);
        await foreach (var line in agent.FollowAsync(handoff, fromSequence, until.Token))
        {
            await responseStream.WriteAsync(new Wire.FollowResponse { Event = line.ToProto() }, until.Token);
        }
        // An orderly end says that the handoff has ended.
        until.Token.ThrowIfCancellationRequested();
    }

    public override async Task<Wire.AbortResponse> Abort(Wire.AbortRequest request, ServerCallContext context) =>
        new() { Outcome = (await agent.AbortAsync(request.ToDomain(), context.CancellationToken)).ToProto() };

    public override async Task<Wire.ResumeResponse> Resume(Wire.ResumeRequest request, ServerCallContext context)
    {
        var (handoff, assertion) = request.ToDomain();
        return new() { Outcome = (await agent.ResumeAsync(handoff, assertion, context.CancellationToken)).ToProto() };
    }
}
