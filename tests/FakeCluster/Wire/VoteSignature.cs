using System.Security.Cryptography;
using System.Text;
using FakeWire;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using SimpleBase;

namespace FakeCluster.Wire;

/// <summary>Who made a vote: ed25519 by the identity over SHA-256(vote account text ‖ ":" ‖ TowerSync bytes ‖ blockhash text).</summary>
public static class VoteSignature
{
    private const int KeyLength = 32;
    private const int SignatureLength = 64;

    public static byte[] SignedBytes(string voteAccount, byte[] towerSync, string blockhash)
        => SHA256.HashData([.. Encoding.UTF8.GetBytes(voteAccount + ":"), .. towerSync, .. Encoding.UTF8.GetBytes(blockhash)]);

    public static bool IsByItsIdentity(Vote vote)
    {
        if (vote.Signature.Length != SignatureLength || !TryReadKey(vote.Identity, out var key))
        {
            return false;
        }

        var message = SignedBytes(vote.VoteAccount, vote.TowerSync, vote.Blockhash);
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(key));
        verifier.BlockUpdate(message, 0, message.Length);
        return verifier.VerifySignature(vote.Signature);
    }

    /// <summary>For scripted voters; <paramref name="seed"/> is the 32-byte secret.</summary>
    public static byte[] Sign(byte[] seed, string voteAccount, byte[] towerSync, string blockhash)
    {
        var message = SignedBytes(voteAccount, towerSync, blockhash);
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, new Ed25519PrivateKeyParameters(seed));
        signer.BlockUpdate(message, 0, message.Length);
        return signer.GenerateSignature();
    }

    /// <summary>The base58 text of the public key of <paramref name="seed"/>.</summary>
    public static string PublicKey(byte[] seed)
        => Base58.Bitcoin.Encode(new Ed25519PrivateKeyParameters(seed).GeneratePublicKey().GetEncoded());

    private static bool TryReadKey(string text, out byte[] key)
    {
        key = new byte[KeyLength];
        var room = new byte[KeyLength * 2];
        if (text.Length is 0 or > 44 || !Base58.Bitcoin.TryDecode(text, room, out var written) || written != KeyLength)
        {
            return false;
        }

        key = room[..KeyLength];
        return true;
    }
}
