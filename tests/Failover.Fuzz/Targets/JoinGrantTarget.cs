using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Agents;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Messages;
using Failover.Fuzzing.Mutation;
using Failover.Protocol.Joining;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Failover.V1;
using Google.Protobuf;

namespace Failover.Fuzzing.Targets;

/// <summary>What a coordinator brings to a node that joins, its proof already right.</summary>
internal sealed class JoinGrantTarget : FuzzTarget
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly byte[] _key;
    private readonly IReadOnlyList<JoinGrant> _seeds;

    public JoinGrantTarget()
        : base("join-grant")
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ca = CertificateAuthority.Create("fuzz", TimeSpan.FromDays(1), new FixedTime());
        _key = own.ExportSubjectPublicKeyInfo();
        JoinGrant Grant(ECDsa key, CertificateRole role, string node) => new()
        {
            Node = node,
            Certificate = ca.IssueFor(new PublicKey(key), role, "london", TimeSpan.FromHours(1)),
            Authority = ca.CertificatePem,
            Peers = { new JoinPeer { Name = "tokyo", Address = "https://tokyo.example.org:7443" } },
        };
        _seeds = [Grant(own, CertificateRole.Peer, "london"), Grant(own, CertificateRole.Peer, "paris"), Grant(other, CertificateRole.Peer, "london"), Grant(own, CertificateRole.Coordinator, "london")];
        // A certificate is parsed and its chain built: slow, and not by the length of the input.
        Weight = 1;
        MostAllocated = (512 * 1024, 256);
    }

    public override byte[] Make(CaseRandom random)
    {
        var grant = random.Of(_seeds).Clone();
        if (!random.OneIn(10))
        {
            MessageMutator.Mutate(grant, random);
        }
        return random.OneIn(3) ? ByteMutator.Mutate(grant.ToByteArray(), random.Of(_seeds).ToByteArray(), random) : grant.ToByteArray();
    }

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        try
        {
            return new(Answer.Accept(JoinedNode.Read(input, _key, Now)));
        }
        catch (OrderRefusedException e) when (e.Reason == RefusalReason.BadRequest)
        {
            return new(Answer.Refuse(Reasons.Words(e.Message, skip: 1)));
        }
    }

    public override void Check(byte[] input, object accepted)
    {
        var joined = (JoinedNode)accepted;
        using var certificate = X509Certificate2.CreateFromPem(joined.CertificatePem);
        FindingException.Require(certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key), "a certificate for another key");
        FindingException.Require(CertificateIdentity.TryRead(certificate) == new CertificateIdentity(joined.Node, CertificateRole.Peer), "a certificate for another node or role");
        ConfigTarget<object>.CheckNodes(joined.Peers);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
