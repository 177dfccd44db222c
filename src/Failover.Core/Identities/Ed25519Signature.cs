using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Failover.Identities;

/// <summary>Checks ed25519 signatures (RFC 8032, no prehash, no context), which is what a validator signs its records with.</summary>
public static class Ed25519Signature
{
    /// <summary>Bytes in a signature.</summary>
    public const int Size = 64;

    /// <summary>
    /// True when the signature is the key's own over exactly the message. Never throws: a signature of another length, and a key
    /// that is no point of the curve or one of its few weak points, are simply not valid.
    /// </summary>
    public static bool Verify(Pubkey signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Size)
        {
            return false;
        }
        Span<byte> key = stackalloc byte[Pubkey.Size];
        signer.CopyTo(key);
        // This refuses keys of small order as well, for which anybody could make a signature.
        return Ed25519.Verify(signature, key, message);
    }
}
