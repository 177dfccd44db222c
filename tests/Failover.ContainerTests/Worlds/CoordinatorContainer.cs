using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Failover.ContainerTests.Images;
using Failover.Protocol.Pki;

namespace Failover.ContainerTests.Worlds;

/// <summary>Where the operator types: an idle container with the command line, and a configuration for each certificate to show.</summary>
public sealed class CoordinatorContainer : IAsyncDisposable
{
    public CoordinatorContainer(Engine engine, INetwork network, WorldKeys keys, Func<string, string> addressOf)
    {
        var builder = engine.Container(Image.Coordinator)
            .WithNetwork(network)
            // As wide as a terminal may be, so that no table breaks its words.
            .WithEnvironment("COLUMNS", "200")
            .WithEntrypoint("/bin/sh", "-c", "exec sleep 600");
        foreach (var (name, certificate) in new (string, IssuedCertificate)[]
        {
            ("coordinator", keys.Coordinator()), ("observer", keys.Observer()), ("stranger", keys.Stranger()),
        })
        {
            builder = builder.WithCertificate(name, certificate, keys.AuthorityPem).WithText($"/etc/failover/{name}.toml", ContainerFiles.CoordinatorToml(name, addressOf));
        }
        Container = builder.Build();
    }

    public IContainer Container { get; }

    /// <param name="who">coordinator, observer or stranger: whose certificate is shown.</param>
    public async Task<CliResult> RunAsync(string who, CancellationToken ct, params string[] arguments)
    {
        var result = await Container.RunAsync(ct, ["failover", "--config", $"/etc/failover/{who}.toml", .. arguments]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        return result;
    }

    public ValueTask DisposeAsync() => Container.DisposeAsync();
}
