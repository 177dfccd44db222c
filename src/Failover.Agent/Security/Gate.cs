using System.Collections.Frozen;
using Failover.Agent.Configuration;
using Failover.Protocol.Errors;
using Failover.Protocol.Tls;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Failover.Agent.Security;

/// <summary>
/// Lets a call through only when the caller's certificate names a role that may make it, and a peer's also a node of this agent's
/// configuration. Before anything of the request is looked at. That the certificate is trusted was checked when the connection was set up.
/// </summary>
internal sealed partial class Gate(AgentConfig config, ILogger<Gate> logger) : Interceptor
{
    private readonly FrozenSet<string> _peers = config.Peers.Select(peer => peer.Name).ToFrozenSet(StringComparer.Ordinal);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(requestStream, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(requestStream, responseStream, context);
    }

    /// <summary>Null when the call may be made, else the status that refuses it.</summary>
    internal RpcException? Refusal(string method, string subject, CertificateIdentity? caller)
    {
        if (caller is null)
        {
            return StatusMapping.CertificateRefused(
                StatusCode.Unauthenticated, $"the certificate of \"{subject}\" does not name exactly one name (CN) and one role (OU)",
                "use a certificate that failover issued");
        }
        var roles = AllowedRoles.Of(method);
        if (!roles.Contains(caller.Role))
        {
            return StatusMapping.CertificateRefused(
                StatusCode.PermissionDenied, $"{caller} may not call {method}",
                roles.Count == 0 ? "nobody may" : $"use a certificate with the role {string.Join(" or ", roles.Select(CertificateIdentity.UnitOf))}");
        }
        return caller.Role == CertificateRole.Peer && !AllowedRoles.IsHealth(method) && !_peers.Contains(caller.Name)
            ? StatusMapping.CertificateRefused(
                StatusCode.PermissionDenied, $"{config.Node.Node} knows no peer {caller.Name}",
                $"add it to [[peers]] in the configuration of {config.Node.Node}'s agent and restart that")
            : null;
    }

    private void Check(ServerCallContext context)
    {
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        var caller = certificate is null ? null : CertificateIdentity.TryRead(certificate);
        if (Refusal(context.Method, certificate?.Subject ?? "", caller) is { } refusal)
        {
            LogRefused(context.Peer, refusal.Status.Detail);
            throw refusal;
        }
        Caller.Set(context, caller!);
    }

    [LoggerMessage(3001, LogLevel.Warning, "Refused a call from {Peer}: {Reason}")]
    private partial void LogRefused(string peer, string reason);
}
