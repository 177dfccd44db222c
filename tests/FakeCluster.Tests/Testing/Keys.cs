using FakeCluster.Wire;

namespace FakeCluster.Tests.Testing;

/// <summary>A keypair that is the same in every run.</summary>
internal sealed class Keys(byte fill)
{
    public static Keys S { get; } = new(1);

    public static Keys U { get; } = new(2);

    public byte[] Seed { get; } = [.. Enumerable.Repeat(fill, 32)];

    public string Text => field ??= VoteSignature.PublicKey(Seed);
}
