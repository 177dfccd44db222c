using Failover.Agent.Examining;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Protocol.Mapping;
using Grpc.Core;
using Wire = Failover.V1;

namespace Failover.Agent.Endpoints;

/// <summary>The calls of AgentService: in, to the agent, and out again. No decisions.</summary>
internal sealed class AgentEndpoint(HandoffAgent agent, Examiner examiner, AgentLifetime lifetime, TimeProvider time) : Wire.AgentService.AgentServiceBase
{
    public override async Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context) =>
        new() { Facts = (await agent.GetStatusAsync(context.CancellationToken)).ToProto() };

    public override async Task<Wire.ExamineResponse> Examine(Wire.ExamineRequest request, ServerCallContext context) =>
        (await examiner.ExamineAsync(agent.GetStatusAsync, context.CancellationToken)).ToProto();

    public override async Task WatchStatus(
        Wire.WatchStatusRequest request, IServerStreamWriter<Wire.WatchStatusResponse> responseStream, ServerCallContext context)
    {
        var interval = request.ToInterval();
        using var until = lifetime.UntilClosing(context.CancellationToken);
        while (true)
        {
            var facts = await agent.GetStatusAsync(until.Token);
            await responseStream.WriteAsync(new Wire.WatchStatusResponse { Facts = facts.ToProto() }, until.Token);
            await Task.Delay(interval, time, until.Token);
        }
    }

    public override async Task<Wire.SetIdentityResponse> SetIdentity(Wire.SetIdentityRequest request, ServerCallContext context)
    {
        var (identity, overrideReason) = request.ToDomain();
        return new() { Facts = (await agent.SetIdentityAsync(identity, overrideReason, WhoeverWaits)).ToProto() };
    }

    public override async Task<Wire.RelinkResponse> Relink(Wire.RelinkRequest request, ServerCallContext context)
    {
        var (identity, overrideReason) = request.ToDomain();
        return new() { Facts = (await agent.RelinkAsync(identity, overrideReason, WhoeverWaits)).ToProto() };
    }

    public override async Task<Wire.SendRecordResponse> SendRecord(Wire.SendRecordRequest request, ServerCallContext context) =>
        new() { Kept = { (await agent.SendRecordAsync(request.ToPeer(), context.CancellationToken)).Select(RecordMapping.ToProto) } };

    public override async Task<Wire.GetHistoryResponse> GetHistory(Wire.GetHistoryRequest request, ServerCallContext context)
    {
        var response = new Wire.GetHistoryResponse();
        var bytes = 0;
        foreach (var entry in await agent.GetHistoryAsync(request.ToMost(), context.CancellationToken))
        {
            var wire = entry.ToProto();
            bytes += wire.CalculateSize();
            if (bytes > Limits.HistoryBytes)
            {
                break; // The newest come first, so what no longer fits is the oldest.
            }
            response.Entries.Add(wire);
        }
        return response;
    }

    // An order by hand is several steps: once begun it is carried out, also when whoever gave it has hung up.
    private static CancellationToken WhoeverWaits => CancellationToken.None;
}
