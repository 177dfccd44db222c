using Failover.Identities;

namespace Failover.Simulation;

internal static class Keypairs
{
    /// <summary>The same number gives the same keypair, in every run.</summary>
    public static Keypair Of(int number) => Keypair.FromSeed([.. Enumerable.Range(number, Keypair.SeedSize).Select(value => (byte)value)]);
}
