using Failover.Protocol.Clients;

namespace Failover.Tests.Testing;

/// <summary>Limits that a slow machine does not reach: no test is about how fast the machine is.</summary>
internal static class TestLimits
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    public static readonly CallLimits Patient = new()
    {
        Connect = Long,
        Read = Long,
        Prepare = Long,
        Commit = Long,
        Resume = Long,
        ByHand = Long,
        Withdraw = Long,
        SendRecord = Long,
        KeepAlive = Long,
        KeepAliveTimeout = Long,
    };
}
