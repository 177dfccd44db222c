namespace Failover.Cluster;

/// <summary>How the cluster is asked.</summary>
public sealed record SolanaRpcOptions
{
    /// <summary>The JSON-RPC of one validator, e.g. <c>http://127.0.0.1:8899</c>. May hold a secret, so only its host is ever shown.</summary>
    public required Uri Url { get; init; }

    /// <summary>For each call, from sending to the end of the body.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of one answer. All vote accounts of mainnet are a few MiB.</summary>
    public int LongestAnswer { get; init; } = 32 * 1024 * 1024;
}
