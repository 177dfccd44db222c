using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Failover.Protocol.Tls;

/// <summary>
/// Who we are and whom we trust: the CA, certificate and key files of one machine. TLS 1.3 only, both sides show a certificate, only our
/// own CA is trusted. The files are looked at again for each new connection, so that a renewed certificate needs no restart; files that
/// cannot be used at that moment leave the last good ones in force.
/// </summary>
public sealed class ClusterTrust
{
    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly Action<string>? _reloadFailed;
    private readonly Lock _lock = new();
    private TlsMaterial _material;
    private (FileStamp Ca, FileStamp Certificate, FileStamp Key) _stamps;

    /// <summary>Loads the files.</summary>
    /// <param name="reloadFailed">Hears, once per reason, why changed files could not be used.</param>
    /// <exception cref="TlsFilesException">They cannot be used.</exception>
    public ClusterTrust(TlsFiles files, TimeProvider time, Action<string>? reloadFailed = null)
    {
        _reloadFailed = reloadFailed;
        _files = files;
        _time = time;
        _stamps = Stamps(files);
        _material = TlsMaterial.Load(files);
    }

    /// <summary>Who our own certificate says that we are.</summary>
    public CertificateIdentity Identity => Current().Identity;

    /// <summary>When our own certificate expires.</summary>
    public DateTimeOffset ExpiresAt => Current().Certificate.NotAfter.ToUniversalTime();

    /// <summary>Why the files could not be read again when they had changed; null when the newest are in force.</summary>
    public string? ReloadProblem { get; private set; }

    /// <summary>For one connection that we accept. The caller's identity is to be checked per call.</summary>
    /// <param name="refused">Gets the reason when the other side's certificate is not trusted.</param>
    public SslServerAuthenticationOptions ServerOptions(Action<string>? refused = null)
    {
        var material = Current();
        var now = _time.GetUtcNow();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Own.Context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = CertificateCheck.Policy(material.Roots, asServer: false, now),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                var refusal = CertificateCheck.Refusal(certificate, chain, material.Roots, asServer: false, now);
                if (refusal is not null)
                {
                    refused?.Invoke(refusal);
                }
                return refusal is null;
            },
        };
    }

    /// <summary>For one connection to the agent of the node: its certificate must be a peer's and name exactly this node.</summary>
    public SslClientAuthenticationOptions ClientOptions(string node)
    {
        var material = Current();
        var now = _time.GetUtcNow();
        return new SslClientAuthenticationOptions
        {
            TargetHost = node,
            ClientCertificateContext = material.Own.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = CertificateCheck.Policy(material.Roots, asServer: true, now),
            // Thrown, not returned: the reason is what the operator needs, and "false" would drop it.
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                (CertificateCheck.Refusal(certificate, chain, material.Roots, asServer: true, now) ?? NotThisNode(certificate, node)) is { } refusal
                    ? throw new AuthenticationException(refusal)
                    : true,
        };
    }

    private static string? NotThisNode(X509Certificate? certificate, string node)
    {
        var identity = certificate is X509Certificate2 shown ? CertificateIdentity.TryRead(shown) : null;
        return identity == new CertificateIdentity(node, CertificateRole.Peer)
            ? null
            : $"the certificate there belongs to {identity?.ToString() ?? $"\"{certificate?.Subject}\""}, not to the agent of {node} (CN={node}, OU=peer); is the address right?";
    }

    private TlsMaterial Current()
    {
        lock (_lock)
        {
            var stamps = Stamps(_files);
            if (stamps != _stamps)
            {
                try
                {
                    _material = TlsMaterial.Load(_files);
                    _stamps = stamps;
                    ReloadProblem = null;
                }
                catch (TlsFilesException e)
                {
                    // Certificate and key are replaced one after the other: between the two they do not fit. The next connection looks again.
                    if (ReloadProblem != e.Message)
                    {
                        ReloadProblem = e.Message;
                        _reloadFailed?.Invoke(e.Message);
                    }
                }
            }
            return _material;
        }
    }

    private static (FileStamp Ca, FileStamp Certificate, FileStamp Key) Stamps(TlsFiles files) =>
        (FileStamp.Of(files.Ca), FileStamp.Of(files.Certificate), FileStamp.Of(files.Key));

    private readonly record struct FileStamp(DateTime Written, long Length)
    {
        public static FileStamp Of(string path)
        {
            var file = new FileInfo(path);
            // Through a link, as a secret store mounts its files: the link stays and what it points to changes.
            var real = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return real.Exists ? new FileStamp(real.LastWriteTimeUtc, real.Length) : default;
        }
    }
}
