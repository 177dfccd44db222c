using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Failover.Identities;

/// <summary>
/// An ed25519 keypair. The seed lies in memory that the collector does not move, so that <see cref="Dispose"/> zeroes the only
/// copy that we made. Safe to use from several threads until it is disposed.
/// </summary>
public sealed class Keypair : IDisposable
{
    /// <summary>Bytes in a seed, the secret half of a key file.</summary>
    public const int SeedSize = 32;

    private readonly byte[] _seed = GC.AllocateArray<byte>(SeedSize, pinned: true);
    private volatile bool _disposed;

    private Keypair(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
        {
            throw new ArgumentException($"a seed has {SeedSize} bytes, not {seed.Length}", nameof(seed));
        }
        seed.CopyTo(_seed);
        Span<byte> key = stackalloc byte[Pubkey.Size];
        Ed25519.GeneratePublicKey(_seed, key);
        Public = new Pubkey(key);
    }

    /// <summary>The public half; may be read after <see cref="Dispose"/>.</summary>
    public Pubkey Public { get; }

    /// <summary>Takes a copy of exactly <see cref="SeedSize"/> bytes; zeroing the caller's own is the caller's.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static Keypair FromSeed(ReadOnlySpan<byte> seed) => new(seed);

    /// <summary>A new keypair from the operating system's randomness.</summary>
    public static Keypair Generate()
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        try
        {
            RandomNumberGenerator.Fill(seed);
            return new Keypair(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The 64-byte RFC 8032 signature of the message, the same every time.</summary>
    /// <exception cref="ObjectDisposedException">The seed is gone.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var signature = new byte[Ed25519Signature.Size];
        Ed25519.Sign(_seed, message, signature);
        return signature;
    }

    /// <summary>The seed itself, for the one place that writes it into a file.</summary>
    internal ReadOnlySpan<byte> Seed
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _seed;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
    }
}
