using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Mapping;
using Failover.Protocol.Tls;

namespace Failover.Protocol.Pki;

/// <summary>A certificate and its private key, PEM.</summary>
public sealed record IssuedCertificate(string CertificatePem, string KeyPem)
{
    public override string ToString() => "a certificate and its private key"; // a record would print the key
}

/// <summary>
/// A small certificate authority of our own: one ECDSA P-256 key that signs the certificates of agents, coordinators and observers, and
/// nothing else (path length 0). Keep its key off the validators: whoever has it can give orders to both.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    // Certificates are valid from a little before now, for clocks that are a little behind.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _key;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 certificate, ECDsa key, TimeProvider time)
    {
        _certificate = certificate;
        _key = key;
        _time = time;
    }

    /// <summary>The CA's certificate: what every machine of the cluster trusts.</summary>
    public string CertificatePem => Pem(_certificate);

    /// <summary>The CA's private key, PKCS #8, not encrypted.</summary>
    public string KeyPem => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>Makes a new CA.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 64 of <c>a-z 0-9 -</c>, or the validity is not positive.</exception>
    public static CertificateAuthority Create(string name, TimeSpan validity, TimeProvider time)
    {
        RefuseBadName(name);
        var (from, to) = Validity(validity, time);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject(name, "ca"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, false);
        request.CertificateExtensions.Add(subjectKey);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subjectKey));
        return new CertificateAuthority(
            request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, to, Serial()), key, time);
    }

    /// <summary>Takes up a CA from its PEM texts.</summary>
    /// <exception cref="CryptographicException">They are not a CA's certificate and its key.</exception>
    public static CertificateAuthority Load(string certificatePem, string keyPem, TimeProvider time)
    {
        ECDsa? key = null;
        try
        {
            var certificate = X509Certificate2.CreateFromPem(certificatePem);
            key = ECDsa.Create();
            key.ImportFromPem(keyPem);
            using (certificate.CopyWithPrivateKey(key)) // throws when the key is another's
            {
                return certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority)
                    ? new CertificateAuthority(certificate, key, time)
                    : throw new CryptographicException("the certificate is not a CA's");
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key?.Dispose();
            throw e as CryptographicException ?? new CryptographicException(e.Message, e);
        }
    }

    /// <summary>
    /// Makes a key and a certificate for it. A peer's is good as server and client, the others' only as client. Never outlives the CA.
    /// </summary>
    /// <param name="name">A peer's must be its node's name.</param>
    /// <exception cref="ArgumentException">The name is not 1 to 64 of <c>a-z 0-9 -</c>, or the validity is not positive.</exception>
    /// <exception cref="CryptographicException">The CA has expired.</exception>
    public IssuedCertificate Issue(CertificateRole role, string name, TimeSpan validity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new IssuedCertificate(Sign(role, name, new PublicKey(key), validity), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A certificate, PEM, for a key that lies elsewhere and stays there.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 64 of <c>a-z 0-9 -</c>, or the validity is not positive.</exception>
    /// <exception cref="CryptographicException">The CA has expired, or the key is no ECDSA key on P-256.</exception>
    public string IssueFor(PublicKey key, CertificateRole role, string name, TimeSpan validity)
    {
        using var ecdsa = key.GetECDsaPublicKey();
        return ecdsa?.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
            ? Sign(role, name, key, validity)
            : throw new CryptographicException("the key is no ECDSA key on the curve P-256");
    }

    /// <summary>A new certificate with the same name and role, and a new key.</summary>
    /// <exception cref="CryptographicException">This CA did not issue the certificate, or it names no role.</exception>
    public IssuedCertificate Renew(string certificatePem, TimeSpan validity)
    {
        using var old = X509Certificate2.CreateFromPem(certificatePem);
        if (!WasIssuedHere(old))
        {
            throw new CryptographicException($"the certificate of \"{old.Subject}\" was not issued by this CA");
        }
        var identity = CertificateIdentity.TryRead(old)
            ?? throw new CryptographicException($"the certificate of \"{old.Subject}\" does not name one name and one role");
        return Issue(identity.Role, identity.Name, validity);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private bool WasIssuedHere(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // an expired one is what one renews
        return chain.Build(certificate);
    }

    private string Sign(CertificateRole role, string name, PublicKey key, TimeSpan validity)
    {
        RefuseBadName(name);
        var (from, to) = Validity(validity, _time);
        var request = new CertificateRequest(Subject(name, CertificateIdentity.UnitOf(role)), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            role == CertificateRole.Peer ? [ServerUse, ClientUse] : [ClientUse], true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        DateTimeOffset caEnds = _certificate.NotAfter.ToUniversalTime();
        DateTimeOffset caBegins = _certificate.NotBefore.ToUniversalTime();
        from = from < caBegins ? caBegins : from;
        to = to < caEnds ? to : caEnds;
        if (from >= to)
        {
            throw new CryptographicException($"the CA itself is valid from {caBegins:u} to {caEnds:u} only: make a new one");
        }
        using var certificate = request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, to, Serial());
        return Pem(certificate);
    }

    private static X500DistinguishedName Subject(string name, string unit)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddOrganizationalUnitName(unit);
        builder.AddCommonName(name);
        return builder.Build();
    }

    private static (DateTimeOffset From, DateTimeOffset To) Validity(TimeSpan validity, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return validity > TimeSpan.Zero
            ? (now - Backdate, now + validity)
            : throw new ArgumentException("a certificate must be valid for some time", nameof(validity));
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive, and all 16 bytes are kept
        return serial;
    }

    private static void RefuseBadName(string name)
    {
        if (!Field.IsName(name))
        {
            throw new ArgumentException($"\"{name}\" cannot be a name: 1 to {Limits.Name} of a-z, 0-9 and -", nameof(name));
        }
    }

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";
}
