using Failover.Protocol.Pki;
using Failover.Protocol.Tls;

namespace Failover.Coordinator.Commands;

/// <summary>A certificate in the folder.</summary>
internal sealed record PkiFile(string Name, CertificateDescription Certificate);

/// <summary>A folder of PEM files. Nothing in it is overwritten except by renewing.</summary>
internal sealed class PkiFolder(string folder, TimeProvider time)
{
    private const string Authority = "ca";

    public IReadOnlyList<PkiFile> Init(string name, TimeSpan validity)
    {
        RefuseIfThere(Authority, "a new authority would make every certificate worthless that the old one issued");
        using var ca = CertificateAuthority.Create(name, validity, time);
        CreateFolder();
        CertificateFiles.WriteKey(KeyPath(Authority), ca.KeyPem);
        CertificateFiles.WriteCertificate(CertificatePath(Authority), ca.CertificatePem);
        return [Describe(Authority)];
    }

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
        if (File.Exists(CertificatePath(name)) || File.Exists(KeyPath(name)))
        {
            throw new UsageException($"{CertificatePath(name)} or its key is already there: {why}. Nothing was written.", "failover pki show");
        }
    }

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
