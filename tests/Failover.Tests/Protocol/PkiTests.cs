using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Failover.Tests.Disks;
using Failover.Tests.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Tests.Protocol;

public sealed class PkiTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly FakeTimeProvider _time = new(Now);

    [Theory]
    [InlineData(CertificateRole.Peer, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2")]
    [InlineData(CertificateRole.Coordinator, "1.3.6.1.5.5.7.3.2")]
    [InlineData(CertificateRole.Observer, "1.3.6.1.5.5.7.3.2")]
    public void A_certificate_is_good_for_its_role_and_for_nothing_else(CertificateRole role, string uses)
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        using var certificate = TestPki.Load(authority.Issue(role, "london", TimeSpan.FromDays(30)));
        Assert.Equal(new CertificateIdentity("london", role), CertificateIdentity.TryRead(certificate));
        Assert.Equal(
            uses.Split(' '), certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        using var key = certificate.GetECDsaPrivateKey();
        Assert.Equal(256, key!.KeySize);
    }

    [Fact]
    public void The_CA_signs_certificates_and_nothing_below_them()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        using var certificate = X509Certificate2.CreateFromPem(authority.CertificatePem);
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.Equal((true, true, 0), (constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
    }

    [Fact]
    public void A_certificate_points_to_the_key_that_signed_it()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        using var ca = X509Certificate2.CreateFromPem(authority.CertificatePem);
        using var certificate = TestPki.Load(authority.Issue(CertificateRole.Peer, "london", Year));
        Assert.Equal(
            ca.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
            certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());
    }

    [Fact]
    public void No_two_serials_are_the_same_and_each_has_16_bytes()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        var serials = Enumerable.Range(0, 50).Select(_ => Describe(authority.Issue(CertificateRole.Observer, "eye", Year)).Serial).ToList();
        Assert.Equal(50, serials.Distinct().Count());
        Assert.All(serials, serial => Assert.Equal(32, serial.Length));
    }

    [Fact]
    public void A_certificate_begins_a_little_before_now_and_never_outlives_its_CA()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        var issued = Describe(authority.Issue(CertificateRole.Peer, "london", 5 * Year));
        Assert.Equal((Now.AddMinutes(-5), Now + Year), (issued.ValidFrom, issued.ValidUntil));
    }

    [Fact]
    public void An_expired_CA_issues_nothing()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        _time.Advance(2 * Year);
        Assert.Contains("make a new one", Assert.Throws<CryptographicException>(() => authority.Issue(CertificateRole.Peer, "london", Year)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewed_certificate_keeps_name_and_role_and_changes_the_key()
    {
        using var authority = CertificateAuthority.Create("ca", 10 * Year, _time);
        var old = authority.Issue(CertificateRole.Peer, "london", TimeSpan.FromDays(1));
        _time.Advance(TimeSpan.FromDays(100)); // expired, which is when one notices
        var renewed = authority.Renew(old.CertificatePem, Year);
        Assert.Equal(new CertificateIdentity("london", CertificateRole.Peer), Describe(renewed).Identity);
        Assert.NotEqual(old.KeyPem, renewed.KeyPem);
        Assert.Equal(_time.GetUtcNow() + Year, Describe(renewed).ValidUntil);
    }

    [Fact]
    public void Another_CAs_certificate_is_not_renewed()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        using var stranger = CertificateAuthority.Create("ca", Year, _time);
        var theirs = stranger.Issue(CertificateRole.Peer, "london", Year);
        Assert.Throws<CryptographicException>(() => authority.Renew(theirs.CertificatePem, Year));
    }

    [Fact]
    public void A_CA_is_taken_up_again_from_its_files_and_only_with_its_own_key()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        using var other = CertificateAuthority.Create("ca", Year, _time);
        using var again = CertificateAuthority.Load(authority.CertificatePem, authority.KeyPem, _time);
        Assert.Equal(authority.CertificatePem, again.CertificatePem);
        Assert.Throws<CryptographicException>(() => CertificateAuthority.Load(authority.CertificatePem, other.KeyPem, _time));
        var leaf = authority.Issue(CertificateRole.Peer, "london", Year);
        Assert.Throws<CryptographicException>(() => CertificateAuthority.Load(leaf.CertificatePem, leaf.KeyPem, _time));
        Assert.Throws<CryptographicException>(() => CertificateAuthority.Load("no PEM", "no key", _time));
    }

    [Theory]
    [InlineData("")]
    [InlineData("London")]
    [InlineData("a b")]
    [InlineData("a,OU=coordinator")]
    public void A_name_that_no_node_could_have_gets_no_certificate(string name)
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        Assert.Throws<ArgumentException>(() => authority.Issue(CertificateRole.Peer, name, Year));
        Assert.Throws<ArgumentException>(() => CertificateAuthority.Create(name, Year, _time));
    }

    [Fact]
    public void There_is_no_certificate_without_a_role_or_without_a_time()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        Assert.Throws<ArgumentOutOfRangeException>(() => authority.Issue(CertificateRole.Unknown, "london", Year));
        Assert.Throws<ArgumentException>(() => authority.Issue(CertificateRole.Peer, "london", TimeSpan.Zero));
    }

    [Fact]
    public void A_description_says_what_a_certificate_is()
    {
        using var authority = CertificateAuthority.Create("my-ca", Year, _time);
        var ca = CertificateDescription.Describe(authority.CertificatePem);
        Assert.Equal((true, null), (ca.IsAuthority, ca.Identity));
        var leaf = Describe(authority.Issue(CertificateRole.Observer, "eye", Year));
        Assert.Equal((false, ca.Subject, "observer eye"), (leaf.IsAuthority, leaf.Issuer, leaf.Identity?.ToString()));
        Assert.Equal(64, leaf.Sha256.Length);
    }

    [Fact]
    public void A_private_key_is_written_for_its_owner_only_also_over_an_open_file()
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("a.key", "old");
        ScratchFolder.Chmod(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        CertificateFiles.WriteKey(path, "new");
        Assert.Equal(("new", UnixFileMode.UserRead | UnixFileMode.UserWrite), (File.ReadAllText(path), Mode(path)));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_printed_certificate_does_not_show_its_key()
    {
        using var authority = CertificateAuthority.Create("ca", Year, _time);
        Assert.DoesNotContain("PRIVATE", $"{authority.Issue(CertificateRole.Peer, "london", Year)}", StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_trust_are_refused_by_name()
    {
        using var pki = new TestPki();
        var good = pki.Files(CertificateRole.Peer, "london");
        var other = pki.Files(CertificateRole.Peer, "paris");
        using var odd = pki.Odd(new X500DistinguishedName("CN=ops"));
        var noRole = pki.Files(new IssuedCertificate(odd.ExportCertificatePem(), odd.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
        (TlsFiles Files, string Says)[] bad =
        [
            (good with { Ca = "/nowhere" }, "/nowhere: cannot be read"),
            (good with { Ca = good.Key }, "holds no certificate"),
            (good with { Certificate = good.Key }, "holds no certificate"),
            (good with { Key = other.Key }, "is not the private key"),
            (good with { Key = good.Certificate }, "every user of this machine may read"),
            (noRole, "is not one name (CN) and one role (OU: coordinator, peer or observer)"),
        ];
        Assert.All(bad, row => Assert.Contains(
            row.Says, Assert.Throws<TlsFilesException>(() => new ClusterTrust(row.Files, TimeProvider.System)).Message, StringComparison.Ordinal));
        ScratchFolder.Chmod(good.Key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<TlsFilesException>(() => new ClusterTrust(good, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_half_replaced_leave_the_old_ones_in_force_and_say_so_once()
    {
        using var pki = new TestPki();
        var files = pki.Files(CertificateRole.Peer, "london");
        List<string> heard = [];
        var trust = new ClusterTrust(files, TimeProvider.System, heard.Add);
        var next = pki.Authority.Issue(CertificateRole.Peer, "paris", Year);
        CertificateFiles.WriteKey(files.Key, next.KeyPem + "\n");
        Assert.Equal("london", trust.Identity.Name);
        Assert.Equal("london", trust.Identity.Name);
        Assert.Single(heard);
        Assert.NotNull(trust.ReloadProblem);
        CertificateFiles.WriteCertificate(files.Certificate, next.CertificatePem + "\n");
        Assert.Equal(("paris", null), (trust.Identity.Name, trust.ReloadProblem));
    }

    private static CertificateDescription Describe(IssuedCertificate issued) => CertificateDescription.Describe(issued.CertificatePem);

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
}
