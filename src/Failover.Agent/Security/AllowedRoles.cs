using System.Collections.Frozen;
using Failover.Protocol.Tls;
using static Failover.Protocol.Tls.CertificateRole;

namespace Failover.Agent.Security;

/// <summary>Who may call what. The whole of it: a method that is not here may be called by nobody.</summary>
public static class AllowedRoles
{
    private const string Agent = "/failover.v1.AgentService/";
    private const string Handoff = "/failover.v1.HandoffService/";
    private const string PeerCalls = "/failover.v1.PeerService/";
    private const string Health = "/grpc.health.v1.Health/";

    private static readonly FrozenDictionary<string, CertificateRole[]> Table = new Dictionary<string, CertificateRole[]>
    {
        [Agent + "GetStatus"] = [Observer, Coordinator, Peer],
        [Agent + "Examine"] = [Coordinator],
        [Agent + "WatchStatus"] = [Observer, Coordinator],
        [Agent + "SetIdentity"] = [Coordinator],
        [Agent + "Relink"] = [Coordinator],
        [Agent + "SendRecord"] = [Coordinator],
        [Agent + "GetHistory"] = [Observer, Coordinator],

        [Handoff + "Prepare"] = [Coordinator],
        [Handoff + "Commit"] = [Coordinator],
        [Handoff + "Follow"] = [Observer, Coordinator],
        [Handoff + "Abort"] = [Coordinator],
        [Handoff + "Resume"] = [Coordinator],

        [PeerCalls + "OpenHandoff"] = [Peer],
        [PeerCalls + "Withdraw"] = [Peer],
        [PeerCalls + "KeepAside"] = [Peer],

        [Health + "Check"] = [Observer, Coordinator, Peer],
        [Health + "Watch"] = [Observer, Coordinator, Peer],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Empty when nobody may.</summary>
    /// <param name="method">The full name, e.g. <c>/failover.v1.AgentService/GetStatus</c>.</param>
    public static IReadOnlyList<CertificateRole> Of(string method) => Table.GetValueOrDefault(method, []);

    /// <summary>Health says nothing about the validator and may be asked of any agent that trusts the same CA.</summary>
    public static bool IsHealth(string method) => method.StartsWith(Health, StringComparison.Ordinal);
}
