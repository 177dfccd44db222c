using Failover.Agents;
using Failover.Protocol.Errors;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Failover.Agent.Endpoints;

/// <summary>
/// Turns whatever a call ends with into the status that says so: a refusal with its details, everything else as "it is not known whether the
/// request was carried out". Nothing of an unexpected error but its being one leaves the machine.
/// </summary>
internal sealed partial class Failures(ILogger<Failures> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        switch (exception)
        {
            case RpcException status:
                return status;
            case OrderRefusedException refused:
                LogRefused(context.Method, refused.Reason, refused.Message);
                return refused.ToRpcException();
            case AgentUnreachableException unreachable:
                LogUnreachable(context.Method, unreachable.Message);
                return unreachable.ToRpcException();
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "the caller did not wait for the answer"));
            case OperationCanceledException:
                return new RpcException(new Status(StatusCode.Unavailable, "the agent is stopping"));
            default:
                LogFailed(exception, context.Method);
                return new RpcException(new Status(StatusCode.Unknown, $"unexpected {exception.GetType().Name}; the agent's log has the details"));
        }
    }

    [LoggerMessage(3101, LogLevel.Warning, "{Method} was refused ({Reason}): {Text}")]
    private partial void LogRefused(string method, RefusalReason reason, string text);

    [LoggerMessage(3102, LogLevel.Warning, "{Method} ended without knowing what was done: {Text}")]
    private partial void LogUnreachable(string method, string text);

    [LoggerMessage(3103, LogLevel.Error, "{Method} failed in a way that nobody foresaw")]
    private partial void LogFailed(Exception e, string method);
}
