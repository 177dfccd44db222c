namespace Failover.Simulation;

/// <summary>Simulations run one at a time, after everything else: <see cref="PoolWatch"/> says why.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SimulationCollection
{
    public const string Name = "simulation";
}
