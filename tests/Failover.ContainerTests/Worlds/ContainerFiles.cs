using System.Text;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Failover.Protocol.Pki;

namespace Failover.ContainerTests.Worlds;

/// <summary>Puts files into containers as an installation would: they belong to the plain user, and what is secret is its alone.</summary>
public static class ContainerFiles
{
    public const string CoordinatorToml = "/etc/failover/coordinator.toml";

    private const uint User = 1000;
    private const UnixFileModes Secret = UnixFileModes.UserRead | UnixFileModes.UserWrite;
    private const UnixFileModes Public = Secret | UnixFileModes.GroupRead | UnixFileModes.OtherRead;

    public static ContainerBuilder WithSecret(this ContainerBuilder container, string path, byte[] content) =>
        container.WithResourceMapping(content, FilePath.Of(path), User, User, Secret);

    public static ContainerBuilder WithText(this ContainerBuilder container, string path, string content) =>
        container.WithResourceMapping(Encoding.UTF8.GetBytes(content), FilePath.Of(path), User, User, Public);

    /// <summary>The certificate and key that the program shows, and the CA that it trusts; in the files that <see cref="TlsToml"/> names.</summary>
    public static ContainerBuilder WithCertificate(this ContainerBuilder container, string name, IssuedCertificate issued, string authorityPem) => container
        .WithText("/etc/failover/tls/ca.crt", authorityPem)
        .WithText($"/etc/failover/tls/{name}.crt", issued.CertificatePem)
        .WithSecret($"/etc/failover/tls/{name}.key", Encoding.ASCII.GetBytes(issued.KeyPem));

    public static string TlsToml(string name) => $"""
        [tls]
        ca = "tls/ca.crt"
        certificate = "tls/{name}.crt"
        key = "tls/{name}.key"

        """;

    /// <summary>Writes a file into a running container.</summary>
    public static Task WriteSecretAsync(this IContainer container, string path, byte[] content, CancellationToken ct) =>
        container.CopyAsync(content, FilePath.Of(path).Value, User, User, Secret, ct);

    /// <summary>Runs a program in a running container and waits for its end.</summary>
    public static async Task<CliResult> RunAsync(this IContainer container, CancellationToken ct, params string[] command)
    {
        var result = await container.ExecAsync(command, ct);
        return new CliResult(string.Join(' ', command), result.ExitCode ?? -1, result.Stdout, result.Stderr);
    }
}
