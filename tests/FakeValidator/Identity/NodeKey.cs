using System.Security.Cryptography;
using Failover.Identities;

namespace FakeValidator.Identity;

/// <summary>A keypair as the validator holds it: for as long as it lives, with the seed at hand.</summary>
public sealed class NodeKey
{
    public const int Size = Keypair.SeedSize + Pubkey.Size;

    private readonly byte[] _seed;

    private NodeKey(ReadOnlySpan<byte> seed)
    {
        _seed = seed.ToArray();
        Pair = Keypair.FromSeed(seed);
        Text = Pubkey.ToString();
    }

    public Keypair Pair { get; }

    public Pubkey Pubkey => Pair.Public;

    /// <summary>The public key in base58.</summary>
    public string Text { get; }

    /// <summary>The 64 bytes of a keypair file: seed, then public key.</summary>
    public byte[] ToBytes() => [.. _seed, .. Pubkey.ToBytes()];

    public static NodeKey FromSeed(ReadOnlySpan<byte> seed) => new(seed);

    public static NodeKey Generate() => new(RandomNumberGenerator.GetBytes(Keypair.SeedSize));

    /// <summary>Null when the length is wrong or the public half is not the seed's.</summary>
    public static NodeKey? FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            return null;
        }
        var key = FromSeed(bytes[..Keypair.SeedSize]);
        return bytes[Keypair.SeedSize..].SequenceEqual(key.Pubkey.ToBytes()) ? key : null;
    }

    public byte[] Sign(ReadOnlySpan<byte> message) => Pair.Sign(message);
}
