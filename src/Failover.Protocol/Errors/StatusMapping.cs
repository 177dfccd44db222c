using Failover.Agents;
using Failover.Protocol.Mapping;
using Google.Rpc;
using Grpc.Core;

namespace Failover.Protocol.Errors;

/// <summary>
/// The one place where a refusal becomes a gRPC status and back. A status is believed to be a refusal ("nothing changed") only when it
/// is one that our agent sends on purpose and carries our own error details. Everything else says nothing about what was done.
/// </summary>
public static class StatusMapping
{
    /// <summary>The domain of our error details.</summary>
    public const string Domain = "failover";

    /// <summary>The metadata key with what cures the refusal.</summary>
    public const string RemedyKey = "remedy";

    /// <summary>A deliberate refusal.</summary>
    public static RpcException ToRpcException(this OrderRefusedException refused)
    {
        if (ReasonNames.Of(refused.Reason) is not var (name, status))
        {
            // A refusal without a reason is a bug of ours: it must not be believed.
            return new RpcException(new Grpc.Core.Status(StatusCode.Unknown, Field.Text(refused.Message)));
        }
        return WithDetails(status, name, refused.Message, refused.Remedy);
    }

    /// <summary>The agent cannot say what was done, e.g. because its peer did not answer.</summary>
    public static RpcException ToRpcException(this AgentUnreachableException unreachable) =>
        new(new Grpc.Core.Status(StatusCode.Unknown, Field.Text(unreachable.Message)));

    /// <summary>The caller's certificate is not allowed to ask (<see cref="RefusalReason.NotAllowed"/>). Nothing was looked at.</summary>
    public static RpcException CertificateRefused(StatusCode status, string message, string remedy) =>
        WithDetails(status, ReasonNames.Of(RefusalReason.NotAllowed)!.Value.Name, message, remedy);

    /// <summary>
    /// What the caller of an agent gets: <see cref="OrderRefusedException"/> for a believed refusal, else <see cref="AgentUnreachableException"/>
    /// with a sentence that names the node, its address and what happened.
    /// </summary>
    public static Exception ToDomain(this RpcException exception, CallTarget target) =>
        Refusal(exception) is { } refused ? refused : target.Unreachable(CallFailure.Describe(exception, target), exception);

    /// <summary>The refusal that the exception carries; null when it carries none that may be believed.</summary>
    public static OrderRefusedException? Refusal(RpcException exception)
    {
        if (Details(exception) is not { } info)
        {
            return null;
        }
        var reason = ReasonNames.Read(info.Reason, exception.StatusCode);
        return reason == RefusalReason.Unknown
            ? null
            : new OrderRefusedException(reason, Field.Text(exception.Status.Detail), Field.Text(info.Metadata.GetValueOrDefault(RemedyKey, "")));
    }

    private static ErrorInfo? Details(RpcException exception)
    {
        Google.Rpc.Status? status;
        try
        {
            status = exception.GetRpcStatus();
        }
        catch (Exception e) when (e is Google.Protobuf.InvalidProtocolBufferException or FormatException or ArgumentException)
        {
            return null; // not ours, or damaged on the way: not believed
        }
        // The details must agree with the status that they come with: a proxy may rewrite one and not the other.
        return status is not null && status.Code == (int)exception.StatusCode && status.GetDetail<ErrorInfo>() is { Domain: Domain } info
            ? info
            : null;
    }

    private static RpcException WithDetails(StatusCode status, string reason, string message, string remedy) => new Google.Rpc.Status
    {
        Code = (int)status,
        Message = Field.Text(message),
        Details =
        {
            Google.Protobuf.WellKnownTypes.Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason, Metadata = { [RemedyKey] = Field.Text(remedy) } }),
        },
    }.ToRpcException();
}
