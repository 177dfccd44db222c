using Failover.Protocol.Tls;
using Grpc.Core;

namespace Failover.Agent.Security;

/// <summary>Who calls, as the gate found by the certificate.</summary>
internal static class Caller
{
    private const string Key = "failover.caller";

    public static void Set(ServerCallContext context, CertificateIdentity identity) => context.UserState[Key] = identity;

    /// <summary>The name in the caller's certificate.</summary>
    /// <exception cref="InvalidOperationException">The call did not come through the gate.</exception>
    public static string Name(ServerCallContext context) =>
        context.UserState.TryGetValue(Key, out var value) && value is CertificateIdentity identity
            ? identity.Name
            : throw new InvalidOperationException("a call that did not come through the gate has no caller");
}
