using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Tls;

namespace Failover.Protocol.Pki;

/// <summary>What a person wants to know of a certificate.</summary>
/// <param name="Identity">Null for a CA, and for one that names no role.</param>
/// <param name="Sha256">Fingerprint, lower-case hexadecimal.</param>
public sealed record CertificateDescription(
    string Subject, string Issuer, CertificateIdentity? Identity, bool IsAuthority, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil, string Serial,
    string Sha256)
{
    /// <summary>Reads the first certificate of a PEM text. Says nothing about trust.</summary>
    /// <exception cref="CryptographicException">The text holds no certificate.</exception>
    public static CertificateDescription Describe(string certificatePem)
    {
        using var certificate = X509Certificate2.CreateFromPem(certificatePem);
        var isAuthority = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority);
        return new CertificateDescription(
            certificate.Subject,
            certificate.Issuer,
            isAuthority ? null : CertificateIdentity.TryRead(certificate),
            isAuthority,
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime(),
            certificate.SerialNumber,
            certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());
    }
}
