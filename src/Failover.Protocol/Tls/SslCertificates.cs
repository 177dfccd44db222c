using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Failover.Protocol.Tls;

/// <summary>Our own certificate as the TLS layer wants it, with the intermediate ones to send along. Nothing is fetched.</summary>
internal sealed class SslCertificates(X509Certificate2 certificate, X509Certificate2Collection intermediates)
{
    public SslStreamCertificateContext Context { get; } = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
}
