using System.Security.Cryptography.X509Certificates;
using Failover.Agents;
using Failover.Protocol.Clients;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;
using Google.Protobuf;
using Wire = Failover.V1;

namespace Failover.Protocol.Joining;

/// <summary>What a node is given when it joins.</summary>
/// <param name="CertificatePem">For the node's own key.</param>
/// <param name="AuthorityPem">The only CA that it is to trust.</param>
/// <param name="Peers">The other nodes.</param>
public sealed record JoinedNode(string Node, string CertificatePem, string AuthorityPem, IReadOnlyList<NodeAddress> Peers)
{
    private const int MostPeers = 32;

    internal byte[] ToBytes()
    {
        var grant = new Wire.JoinGrant { Node = Node, Certificate = CertificatePem, Authority = AuthorityPem };
        grant.Peers.AddRange(Peers.Select(peer => new Wire.JoinPeer { Name = peer.Name, Address = peer.Address.OriginalString }));
        return grant.ToByteArray();
    }

    /// <summary>Reads a grant whose proof was right.</summary>
    /// <param name="key">The node's own public key, SubjectPublicKeyInfo.</param>
    /// <exception cref="OrderRefusedException">It cannot be right, although it comes from the coordinator: nothing of it may be written.</exception>
    public static JoinedNode Read(ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        Wire.JoinGrant grant;
        try
        {
            grant = Wire.JoinGrant.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Field.Bad("", "grant", $"is no grant ({e.Message})");
        }
        var node = Field.Name(grant.Node, "grant", "node");
        Field.Count(grant.Peers.Count, MostPeers, "grant", "peers");
        var peers = grant.Peers.Select((peer, i) => new NodeAddress(
            Field.Name(peer.Name, $"grant.peers[{i}]", "name"),
            Uri.TryCreate(peer.Address, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.UserInfo.Length == 0 && address.PathAndQuery == "/" && address.Fragment.Length == 0
                ? address : throw Field.Bad($"grant.peers[{i}]", "address", "must be an address of the form https://host:port"))).ToList();
        if (peers.Select(peer => peer.Name).Append(node).Distinct().Count() <= peers.Count || peers.Select(peer => peer.Address).Distinct().Count() < peers.Count)
        {
            throw Field.Bad("grant", "peers", "names a node twice, or this node itself");
        }
        RequireGood(grant, node, key, now);
        return new JoinedNode(node, grant.Certificate, grant.Authority, peers);
    }

    private static void RequireGood(Wire.JoinGrant grant, string node, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(grant.Certificate);
            roots.ImportFromPem(grant.Authority);
            if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key))
            {
                throw Field.Bad("grant", "certificate", "is for another key than this node's");
            }
            if (CertificateIdentity.TryRead(certificate) != new CertificateIdentity(node, CertificateRole.Peer))
            {
                throw Field.Bad("grant", "certificate", $"does not name {node} as a peer");
            }
            if (CertificateCheck.Refusal(certificate, null, roots, asServer: true, now) is { } refusal)
            {
                throw Field.Bad("grant", "certificate", $"cannot be used: {refusal}");
            }
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw Field.Bad("grant", "certificate", $"cannot be read ({e.Message})");
        }
    }
}
