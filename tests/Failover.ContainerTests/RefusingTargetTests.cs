using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests;

public sealed class RefusingTargetTests(Engine engine) : ContainerTest(engine)
{
    [Fact(Timeout = Limit)]
    public async Task A_target_whose_validator_refuses_the_identity_lets_the_source_take_it_back()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        await world.Tokyo.ControlAsync(ct, "refuse-set-identity", "on");

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 4, $"{result}");
        Assert.Contains("Went back: london holds the identity again.", result.Text, StringComparison.Ordinal);
        Assert.Contains("london has the staked identity back, tokyo does not hold it.", result.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }
}
