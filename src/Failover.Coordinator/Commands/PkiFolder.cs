using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;

namespace Failover.Coordinator.Commands;

/// <summary>A certificate in the folder.</summary>
internal sealed record PkiFile(string Name, CertificateDescription Certificate);

/// <summary>A folder of PEM files. Nothing in it is overwritten except by renewing.</summary>
internal sealed class PkiFolder(string folder, TimeProvider time)
{
    public const string AuthorityName = "failover";

    private const string Authority = "ca";

    public static readonly TimeSpan AuthorityValidity = TimeSpan.FromDays(3650);
    public static readonly TimeSpan UsualValidity = TimeSpan.FromDays(365);

    public IReadOnlyList<PkiFile> Init(string name, TimeSpan validity)
    {
        RefuseIfThere(Authority, "a new authority would make every certificate worthless that the old one issued");
        using var ca = CertificateAuthority.Create(name, validity, time);
        CreateFolder();
        CertificateFiles.WriteKey(KeyPath(Authority), ca.KeyPem);
        CertificateFiles.WriteCertificate(CertificatePath(Authority), ca.CertificatePem);
        return [Describe(Authority)];
    }

    /// <summary>False when there is an authority already.</summary>
    public bool InitOnce()
    {
        if (IsThere(Authority))
        {
            return false;
        }
        Init(AuthorityName, AuthorityValidity);
        return true;
    }

    /// <summary>False when there is such a certificate already.</summary>
    public bool IssueOnce(CertificateRole role, string name)
    {
        if (name == Authority)
        {
            throw new UsageException($"\"{name}\" is the authority's own name. Choose another one.", "failover init --help");
        }
        if (IsThere(name))
        {
            return false;
        }
        Issue(role, name, UsualValidity);
        return true;
    }

    /// <summary>A node whose key is here has its files carried by hand: a join would leave the two apart.</summary>
    public void RefuseJoin(string name)
    {
        LoadAuthority().Dispose();
        if (File.Exists(KeyPath(name)))
        {
            throw new UsageException($"{KeyPath(name)} is here: the certificate of {name} is made here and carried to its host.", $"failover pki renew {name}   # or move {name}.key and {name}.crt aside");
        }
    }

    /// <summary>A peer's certificate for a key that its node keeps. The certificate, no secret, is kept here too, so that its end is seen.</summary>
    public string IssueFor(PublicKey key, string name, TimeSpan validity)
    {
        using var ca = LoadAuthority();
        var certificate = ca.IssueFor(key, CertificateRole.Peer, name, validity);
        CertificateFiles.WriteCertificate(CertificatePath(name), certificate);
        return certificate;
    }

    /// <summary>What the nodes are to trust, PEM.</summary>
    public string AuthorityPem() => File.ReadAllText(CertificatePath(Authority));

    public IReadOnlyList<PkiFile> Issue(CertificateRole role, string name, TimeSpan validity)
    {
        RefuseIfThere(name, $"failover pki renew {name} replaces it");
        using var ca = LoadAuthority();
        Write(name, ca.Issue(role, name, validity));
        return [Describe(name)];
    }

    public IReadOnlyList<PkiFile> Renew(string name, TimeSpan validity)
    {
        if (name == Authority || !File.Exists(CertificatePath(name)))
        {
            throw new UsageException($"{CertificatePath(name)} is no certificate that can be renewed.", "failover pki show");
        }
        using var ca = LoadAuthority();
        Write(name, ca.Renew(File.ReadAllText(CertificatePath(name)), validity));
        return [Describe(name)];
    }

    /// <summary>Every <c>*.crt</c>, the authority first.</summary>
    public IReadOnlyList<PkiFile> All() => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.crt").Select(path => Path.GetFileNameWithoutExtension(path))
            .OrderBy(name => name != Authority).ThenBy(name => name, StringComparer.Ordinal).Select(Describe)]
        : throw new UsageException($"There is no folder {folder}.", "failover pki init");

    private CertificateAuthority LoadAuthority() => File.Exists(CertificatePath(Authority)) && File.Exists(KeyPath(Authority))
        ? CertificateAuthority.Load(File.ReadAllText(CertificatePath(Authority)), File.ReadAllText(KeyPath(Authority)), time)
        : throw new UsageException($"{folder} holds no authority (ca.crt and ca.key).", $"failover pki init --folder {folder}");

    // The key first: a certificate without its key is noticed, a new key beside an old certificate is too, at the next start of either side.
    private void Write(string name, IssuedCertificate issued)
    {
        CertificateFiles.WriteKey(KeyPath(name), issued.KeyPem);
        CertificateFiles.WriteCertificate(CertificatePath(name), issued.CertificatePem);
    }

    private void RefuseIfThere(string name, string why)
    {
        if (IsThere(name))
        {
            throw new UsageException($"{CertificatePath(name)} or its key is already there: {why}. Nothing was written.", "failover pki show");
        }
    }

    private bool IsThere(string name) => File.Exists(CertificatePath(name)) || File.Exists(KeyPath(name));

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private PkiFile Describe(string name) => new($"{name}.crt", CertificateDescription.Describe(File.ReadAllText(CertificatePath(name))));

    private string CertificatePath(string name) => Path.Combine(folder, $"{name}.crt");

    private string KeyPath(string name) => Path.Combine(folder, $"{name}.key");
}
