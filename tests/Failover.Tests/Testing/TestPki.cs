using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Failover.Tests.Disks;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Tests.Testing;

/// <summary>A CA of its own in a folder of its own, and certificates of every kind, the wrong ones as well.</summary>
internal sealed class TestPki : IDisposable
{
    public static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly ScratchFolder _folder = new();
    private int _count;

    public TestPki(TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        // Old enough to have signed what has expired since.
        using var old = CertificateAuthority.Create("test-ca", 10 * Year, new FakeTimeProvider(Time.GetUtcNow() - (2 * Year)));
        Authority = CertificateAuthority.Load(old.CertificatePem, old.KeyPem, Time);
        CaFile = _folder["ca.crt"];
        CertificateFiles.WriteCertificate(CaFile, Authority.CertificatePem);
    }

    public TimeProvider Time { get; }

    public CertificateAuthority Authority { get; }

    public string CaFile { get; }

    public string Folder => _folder.Path;

    public TlsFiles Files(CertificateRole role, string name, TimeSpan? validity = null) => Files(Authority.Issue(role, name, validity ?? Year));

    public TlsFiles Files(IssuedCertificate issued, string? caFile = null)
    {
        var number = _count++;
        var files = new TlsFiles(caFile ?? CaFile, _folder[$"{number}.crt"], _folder[$"{number}.key"]);
        CertificateFiles.WriteCertificate(files.Certificate, issued.CertificatePem);
        CertificateFiles.WriteKey(files.Key, issued.KeyPem);
        return files;
    }

    public ClusterTrust Trust(CertificateRole role, string name) => new(Files(role, name), Time);

    /// <summary>A certificate that our CA signed, with a subject that it would never issue.</summary>
    public X509Certificate2 Odd(Action<X500DistinguishedNameBuilder> subject, bool clientUse = true, bool serverUse = false)
    {
        var builder = new X500DistinguishedNameBuilder();
        subject(builder);
        return Odd(builder.Build(), clientUse, serverUse);
    }

    public X509Certificate2 Odd(X500DistinguishedName subject, bool clientUse = true, bool serverUse = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ca = X509Certificate2.CreateFromPem(Authority.CertificatePem, Authority.KeyPem);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var uses = new OidCollection();
        if (clientUse)
        {
            uses.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        }
        if (serverUse)
        {
            uses.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        }
        if (uses.Count > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        }
        var now = Time.GetUtcNow();
        using var certificate = request.Create(ca, now.AddMinutes(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(16));
        return Loaded(certificate.CopyWithPrivateKey(key));
    }

    public X509Certificate2 Issued(CertificateRole role, string name) => Load(Authority.Issue(role, name, Year));

    public static X509Certificate2 Load(IssuedCertificate issued) => Loaded(X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem));

    public static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ops, OU=coordinator", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        var now = TimeProvider.System.GetUtcNow();
        return Loaded(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1)));
    }

    public void Dispose()
    {
        Authority.Dispose();
        _folder.Dispose();
    }

    private static X509Certificate2 Loaded(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
