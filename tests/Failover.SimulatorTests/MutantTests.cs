namespace Failover.Simulation;

/// <summary>The simulation has teeth: each deliberate mistake in the protocol is seen. Builds the product once for each, which takes many minutes: asked for, not part of every run.</summary>
public class MutantTests
{
    [Fact(Explicit = true)]
    public async Task Every_deliberate_mistake_is_caught()
    {
        var results = await MutantRun.RunAllAsync([], 4000, TestContext.Current.CancellationToken);

        Assert.Empty(results.Where(result => result.Failure is null).Select(result => result.Mutant.Name));
    }
}
