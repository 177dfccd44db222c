using System.Net.Sockets;
using System.Security.Authentication;
using Failover.Protocol.Mapping;
using Grpc.Core;

namespace Failover.Protocol.Errors;

/// <summary>Says what a failed call means, for an operator.</summary>
internal static class CallFailure
{
    public static string Describe(RpcException exception, CallTarget target)
    {
        var detail = Field.Text(exception.Status.Detail);
        return exception.StatusCode switch
        {
            StatusCode.Unavailable or StatusCode.Internal => Connection(exception, detail),
            StatusCode.DeadlineExceeded => Late(target),
            StatusCode.Cancelled => "the call was cut off before its answer came; what was asked may have been done",
            StatusCode.Unknown => $"the agent could not finish the request: {detail}",
            StatusCode.Unimplemented => "the agent does not know this request; are both sides of the same version?",
            StatusCode.ResourceExhausted => $"a message was larger than allowed: {detail}",
            StatusCode.PermissionDenied or StatusCode.Unauthenticated => $"something on the way did not accept this certificate ({exception.StatusCode}: {detail})",
            _ => $"unexpected answer {exception.StatusCode}: {detail}",
        };
    }

    /// <summary>The call's time is up.</summary>
    public static string Late(CallTarget target) => $"no answer within {Seconds(target.Deadline)}; what was asked may have been done";

    private static string Connection(RpcException exception, string detail)
    {
        for (var cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return ClosedAtOnce;
                case AuthenticationException:
                    return $"no trusted connection: {Field.Text(cause.InnerException is null ? cause.Message : Innermost(cause))}";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return "connection refused: nobody listens there; is failover-agent running?";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }:
                    return "the host's name is not known; check the address";
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }:
                    return "there is no route to the host";
                case SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted }:
                    return Cut;
                case ObjectDisposedException or IOException:
                    return Cut;
                case TimeoutException:
                    return "no connection in time; is the host up, and does its firewall let this machine in?";
            }
        }
        return exception.StatusCode == StatusCode.Internal ? Cut : $"not reachable: {detail}";
    }

    private const string Cut = "the connection was cut; what was asked may have been done; if it is cut each time, the agent does not trust this certificate: see its log";

    // With TLS 1.3 a client has finished its part before the server has looked at its certificate.
    private const string ClosedAtOnce =
        "the connection was closed before anything was asked: most likely the agent does not trust this certificate: see its log";

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }
        return exception.Message;
    }

    private static string Seconds(TimeSpan? span) =>
        span is { } limit ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{limit.TotalSeconds:0.###} s") : "its deadline";
}
