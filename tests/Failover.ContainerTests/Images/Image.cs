namespace Failover.ContainerTests.Images;

/// <summary>The images that <c>deploy/docker/build-images.sh</c> builds.</summary>
public static class Image
{
    public const string Agent = "failover/failover-agent:local";

    public const string Coordinator = "failover/failover:local";

    public const string Cluster = "failover/fake-cluster:local";

    /// <summary>A fake validator and the agent beside it; <c>deploy/docker/node/node</c> tells how to stop and start its parts.</summary>
    public const string Node = "failover/failover-testnode:local";

    /// <summary>This distribution, really installed, for the tests that install packages; <c>deploy/docker/build-debian.sh</c> builds it.</summary>
    public const string Debian = "failover/debian:local";

    public static IReadOnlyList<string> All { get; } = [Agent, Coordinator, Cluster, Node, Debian];
}
