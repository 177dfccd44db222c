using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Failover.Protocol.Tls;

/// <summary>Where the PEM files lie.</summary>
/// <param name="Ca">The certificates that are trusted; several while one replaces another.</param>
/// <param name="Certificate">Our own, followed by intermediate ones if there are any.</param>
/// <param name="Key">Our own private key, not encrypted, not readable by others.</param>
public sealed record TlsFiles(string Ca, string Certificate, string Key);

/// <summary>A PEM file cannot be used; the message says which and why.</summary>
public sealed class TlsFilesException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the files held at one moment. Never disposed: connections and handshakes that began with it may still use it.</summary>
internal sealed record TlsMaterial(X509Certificate2Collection Roots, X509Certificate2 Certificate, SslCertificates Own, CertificateIdentity Identity)
{
    private const int MostBytes = 256 * 1024;

    /// <exception cref="TlsFilesException">A file is missing, unreadable, readable by others (the key), or holds something else.</exception>
    public static TlsMaterial Load(TlsFiles files)
    {
        var roots = Certificates(files.Ca);
        if (roots.Count == 0)
        {
            throw new TlsFilesException($"{files.Ca}: holds no certificate");
        }
        var chain = Certificates(files.Certificate);
        if (chain.Count == 0)
        {
            throw new TlsFilesException($"{files.Certificate}: holds no certificate");
        }
        RefuseIfOthersRead(files.Key);
        var certificate = WithKey(files);
        var identity = CertificateIdentity.TryRead(certificate) ?? throw new TlsFilesException(
            $"{files.Certificate}: its subject \"{certificate.Subject}\" is not one name (CN) and one role (OU: coordinator, peer or observer)");
        chain.RemoveAt(0);
        return new TlsMaterial(roots, certificate, new SslCertificates(certificate, chain), identity);
    }

    private static X509Certificate2 WithKey(TlsFiles files)
    {
        var key = Read(files.Key);
        try
        {
            return X509Certificate2.CreateFromPem(Read(files.Certificate), key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new TlsFilesException($"{files.Key}: is not the private key (PEM, not encrypted) of {files.Certificate}: {e.Message}", e);
        }
    }

    private static X509Certificate2Collection Certificates(string path)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(Read(path));
            return found;
        }
        catch (CryptographicException e)
        {
            throw new TlsFilesException($"{path}: is no PEM file of certificates: {e.Message}", e);
        }
    }

    private static string Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MostBytes)
            {
                throw new TlsFilesException($"{path}: has more than {MostBytes} bytes");
            }
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TlsFilesException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static void RefuseIfOthersRead(string path)
    {
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
        if (!OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new TlsFilesException($"{path}: every user of this machine may read or change this private key; chmod 600 it");
        }
    }
}
