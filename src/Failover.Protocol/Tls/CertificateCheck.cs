using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Failover.Protocol.Tls;

/// <summary>Whether a certificate that the other side showed is trusted: by our own CA only, now, and for this use.</summary>
internal static class CertificateCheck
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    /// <summary>Null when it is trusted, else the reason why not.</summary>
    public static string? Refusal(X509Certificate? shown, X509Chain? shownWith, X509Certificate2Collection roots, bool asServer, DateTimeOffset now)
    {
        if (shown is not X509Certificate2 certificate)
        {
            return "no certificate was shown";
        }
        // Said first and in its own words, because it is what goes wrong in practice.
        if (now < certificate.NotBefore.ToUniversalTime())
        {
            return $"the certificate of \"{certificate.Subject}\" is not valid before {Day(certificate.NotBefore)}; is this machine's clock right?";
        }
        if (now > certificate.NotAfter.ToUniversalTime())
        {
            return $"the certificate of \"{certificate.Subject}\" has expired at {Day(certificate.NotAfter)}; renew it";
        }
        if (!HasUse(certificate, asServer ? ServerUse : ClientUse))
        {
            return $"the certificate of \"{certificate.Subject}\" is not meant for a {(asServer ? "server" : "client")} (extended key usage)";
        }
        using var chain = new X509Chain();
        chain.ChainPolicy = Policy(roots, asServer, now);
        if (shownWith is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(shownWith.ChainPolicy.ExtraStore);
        }
        return chain.Build(certificate)
            ? null
            : $"the certificate of \"{certificate.Subject}\" is not trusted by our CA ({string.Join(", ", chain.ChainStatus.Select(status => status.Status))})";
    }

    /// <summary>Our own CA and nothing else: no system roots, no fetching, no revocation lists.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection roots, bool asServer, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now.LocalDateTime,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(new(asServer ? ServerUse : ClientUse));
        return policy;
    }

    // A certificate without the extension is good for everything by the chain's rule; here it is good for nothing.
    private static bool HasUse(X509Certificate2 certificate, string use) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(extension =>
            extension.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(oid => oid.Value == use));

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
