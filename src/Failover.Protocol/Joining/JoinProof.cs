using System.Security.Cryptography;
using System.Text;

namespace Failover.Protocol.Joining;

/// <summary>
/// What the two sides of a join prove to each other. Each proof is bound to the key in the certificate that the node shows on the connection, so that whoever sits in
/// between, and therefore shows a key of its own, can hand none of them on; to a word for who says what, so that none can be sent back; and to the nonces of both.
/// </summary>
/// <param name="key">The node's public key, SubjectPublicKeyInfo.</param>
public sealed class JoinProof(JoinCode code, ReadOnlyMemory<byte> key)
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 32;

    /// <summary>The coordinator has the code.</summary>
    public byte[] OfCaller(ReadOnlySpan<byte> coordinatorNonce) => Sign("caller", coordinatorNonce, [], []);

    /// <summary>The node has the code.</summary>
    public byte[] OfNode(ReadOnlySpan<byte> coordinatorNonce, ReadOnlySpan<byte> nodeNonce) => Sign("node", coordinatorNonce, nodeNonce, []);

    /// <summary>The grant is the coordinator's, for this node and this time.</summary>
    public byte[] OfGrant(ReadOnlySpan<byte> coordinatorNonce, ReadOnlySpan<byte> nodeNonce, ReadOnlySpan<byte> grant) => Sign("grant", coordinatorNonce, nodeNonce, grant);

    /// <summary>Compares in a time that tells nothing.</summary>
    public static bool Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> shown) => CryptographicOperations.FixedTimeEquals(expected, shown);

    // Each part goes in as its hash, so that no two ways to cut the text apart are alike.
    private byte[] Sign(string who, ReadOnlySpan<byte> coordinatorNonce, ReadOnlySpan<byte> nodeNonce, ReadOnlySpan<byte> content) => code.Sign(
    [
        .. SHA256.HashData(Encoding.ASCII.GetBytes($"failover join 1 {who}")),
        .. SHA256.HashData(key.Span),
        .. SHA256.HashData(coordinatorNonce),
        .. SHA256.HashData(nodeNonce),
        .. SHA256.HashData(content),
    ]);
}
