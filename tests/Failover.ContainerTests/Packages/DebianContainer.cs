using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Failover.Agents;
using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;
using Failover.Disks;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.ContainerTests.Packages;

/// <summary>A bare Debian (or whatever release this machine has) with its own dpkg and no service manager, and what <c>deploy/package.sh</c> has built at <c>/packages</c>.</summary>
internal sealed class DebianContainer : IAsyncDisposable
{
    /// <summary>Where packages lie that are to be tried instead of those of this build.</summary>
    private const string FolderVariable = "FAILOVER_PACKAGES";

    private readonly IContainer _container;

    private DebianContainer(IContainer container) => _container = container;

    public static Task<DebianContainer> StartAsync(Engine engine, CancellationToken ct) => StartAsync(engine, builder => builder, ct);

    /// <param name="with">What else it has.</param>
    public static async Task<DebianContainer> StartAsync(Engine engine, Func<ContainerBuilder, ContainerBuilder> with, CancellationToken ct)
    {
        var container = new DebianContainer(with(engine.Container(Image.Debian)
            .WithBindMount(Folder(), "/packages", AccessMode.ReadOnly)
            .WithEnvironment("DEBIAN_FRONTEND", "noninteractive")
            .WithEntrypoint("/bin/sh", "-c", "exec sleep 600"))
            .Build());
        await container._container.StartAsync(ct);
        return container;
    }

    /// <summary>Runs a line of shell; whatever it ends with.</summary>
    public async Task<CliResult> TryAsync(string line, CancellationToken ct)
    {
        var result = await _container.RunAsync(ct, "/bin/sh", "-c", line);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        return result;
    }

    /// <summary>Runs a line of shell that has to end well, and returns what it wrote.</summary>
    public async Task<string> RunAsync(string line, CancellationToken ct)
    {
        var result = await TryAsync(line, ct);
        Assert.True(result.ExitCode == 0, $"{result}");
        return result.Output + result.Error;
    }

    /// <summary>Installs a package of this build.</summary>
    public Task<string> InstallAsync(string name, CancellationToken ct) => RunAsync($"dpkg -i /packages/{name}_*_$(dpkg --print-architecture).deb", ct);

    /// <summary>The same package again under a newer version.</summary>
    public Task MakeNewerAsync(string name, string to, CancellationToken ct) => RunAsync($"""
        rm -rf /tmp/newer
        dpkg-deb -R /packages/{name}_*_$(dpkg --print-architecture).deb /tmp/newer
        sed -i 's/^Version: .*/Version: 99.0/' /tmp/newer/DEBIAN/control
        dpkg-deb --root-owner-group -Znone -b /tmp/newer {to}
        """, ct);

    /// <summary>The agent's state as the agent itself would have written it, with a handoff in this phase.</summary>
    public async Task WriteStateAsync(HandoffPhase phase, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("failover-state-");
        try
        {
            using Keypair staked = Keypair.Generate(), vote = Keypair.Generate();
            var order = new HandoffOrder(new("20261124-030000-abc123"), new(8), staked.Public, vote.Public, "genesis", "london", "frankfurt");
            AgentJournal.Open(new LinuxDisk(), folder.FullName).Write(state => state with { Handoff = new(order, HandoffRole.Source, phase, "boot") });
            var bytes = await File.ReadAllBytesAsync(Path.Combine(folder.FullName, AgentJournal.FileName), ct);
            // As the agent does it: a reader sees the old one or the new one, whole.
            await _container.CopyAsync(bytes, $"{State}.next", 0, 0, UnixFileModes.UserRead | UnixFileModes.UserWrite, ct);
            await RunAsync($"mv {State}.next {State}", ct);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private const string State = "/var/lib/failover/" + AgentJournal.FileName;

    /// <summary>What the build leaves behind, in the repository.</summary>
    public static string Artifacts { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.Parent!.FullName;

    private static string Folder()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } given ? given : Path.Combine(Artifacts, "packages");
        Engine.Need(File.Exists(Path.Combine(folder, "SHA256SUMS")), $"There are no packages in {folder}: run deploy/package.sh --quick.");
        return folder;
    }
}
