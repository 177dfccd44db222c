using Failover.Identities;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;

namespace Failover.ContainerTests.Worlds;

/// <summary>Every key and certificate of a world, made here and copied into the containers.</summary>
public sealed class WorldKeys : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(365);

    private readonly CertificateAuthority _authority = CertificateAuthority.Create("world", Validity, new Yesterday());
    private readonly CertificateAuthority _stranger = CertificateAuthority.Create("stranger", Validity, new Yesterday());

    public Keypair Staked { get; } = Keypair.Generate();

    public Pubkey VoteAccount { get; } = NewPubkey();

    public string AuthorityPem => _authority.CertificatePem;

    public IssuedCertificate Peer(string node) => _authority.Issue(CertificateRole.Peer, node, Validity);

    public IssuedCertificate Coordinator() => _authority.Issue(CertificateRole.Coordinator, "operator", Validity);

    public IssuedCertificate Observer() => _authority.Issue(CertificateRole.Observer, "observer", Validity);

    /// <summary>Says that it is a coordinator's, but another CA says so.</summary>
    public IssuedCertificate Stranger() => _stranger.Issue(CertificateRole.Coordinator, "stranger", Validity);

    public void Dispose()
    {
        Staked.Dispose();
        _authority.Dispose();
        _stranger.Dispose();
    }

    private static Pubkey NewPubkey()
    {
        using var keypair = Keypair.Generate();
        return keypair.Public;
    }

    /// <summary>As certificates are: made some time ago, and good on a machine whose clock is wrong by an hour.</summary>
    private sealed class Yesterday : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(-1);
    }
}
