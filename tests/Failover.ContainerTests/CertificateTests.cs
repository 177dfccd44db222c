using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests;

public sealed class CertificateTests(Engine engine) : ContainerTest(engine)
{
    [Fact(Timeout = Limit)]
    public async Task A_coordinator_of_another_authority_is_refused_and_told_that_its_certificate_is_not_trusted()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);

        var refused = await world.FailoverAsAsync("stranger", ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(refused.ExitCode == 6, $"{refused}");
        Assert.Contains("london cannot be reached", refused.Text, StringComparison.Ordinal);
        // A client of TLS 1.3 hears of the refusal only after its own part of the handshake, and in one of three ways.
        Assert.Matches("the agent does not trust this certificate: see its log|the server did not complete the HTTP/2 handshake", refused.Text);
        foreach (var node in world.Nodes)
        {
            // The log that the message sends the operator to.
            Assert.Matches("Refused a connection from .*: the certificate of .*stranger.* is not trusted by our CA", await node.AgentLogAsync(ct));
        }
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task An_observer_may_look_and_is_told_which_role_a_handoff_needs()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);

        var status = await world.FailoverAsAsync("observer", ct, "status");
        var refused = await world.FailoverAsAsync("observer", ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(status.ExitCode == 0, $"{status}");
        Assert.Contains("london is active", status.Text, StringComparison.Ordinal);
        Assert.True(refused.ExitCode == 3, $"{refused}");
        Assert.Contains("observer", refused.Text, StringComparison.Ordinal);
        Assert.Contains("may not call /failover.v1.HandoffService/Prepare", refused.Text, StringComparison.Ordinal);
        Assert.Contains("use a certificate with the role coordinator", refused.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }
}
