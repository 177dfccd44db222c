using System.Text;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Failover.Protocol.Pki;

namespace Failover.ContainerTests.Worlds;

/// <summary>Puts files into containers as an installation would: they belong to the plain user, and what is secret is its alone.</summary>
public static class ContainerFiles
{
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

    /// <param name="name">Whose certificate is shown.</param>
    /// <param name="addressOf">Where a node's agent is found.</param>
    public static string CoordinatorToml(string name, Func<string, string> addressOf) => $"""
        {TlsToml(name)}
        [[nodes]]
        name = "{ContainerWorld.First}"
        address = "{addressOf(ContainerWorld.First)}"

        [[nodes]]
        name = "{ContainerWorld.Second}"
        address = "{addressOf(ContainerWorld.Second)}"
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

    /// <summary>Runs a command in a running container as root, for what no program in it may do.</summary>
    public static async Task AsRootAsync(this IContainer container, string command, CancellationToken ct)
    {
        using var client = TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.Empty).Build();
        var exec = await client.Exec.CreateContainerExecAsync(
            container.Id, new ContainerExecCreateParameters { User = "0", Cmd = ["/bin/sh", "-c", command], AttachStdout = true, AttachStderr = true }, ct);
        using var stream = await client.Exec.StartContainerExecAsync(exec.ID, new ContainerExecStartParameters(), ct);
        var (output, error) = await stream.ReadOutputToEndAsync(ct);
        var code = (await client.Exec.InspectContainerExecAsync(exec.ID, ct)).ExitCode;
        Assert.True(code == 0, $"{command}: exit code {code}\n{output}{error}");
    }
}
