using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Images;
using Failover.ContainerTests.Images;

[assembly: AssemblyFixture(typeof(Engine))]

namespace Failover.ContainerTests.Images;

/// <summary>
/// The Docker engine that the container tests share: the settings without which Testcontainers does not get along with it, and the start of every container
/// and network. A test takes it as a constructor argument. Where there is no engine, or the images are not built, asking for a container skips the test;
/// <c>test.sh</c> sees to both, and makes their absence a failure.
/// </summary>
public sealed class Engine : IAsyncLifetime
{
    private const string Socket = "/var/run/docker.sock";

    /// <summary>The API that Testcontainers speaks by itself.</summary>
    private static readonly Version Spoken = new(1, 44);

    private readonly Dictionary<string, string> _missingImages = [];
    private string? _missing;

    /// <summary>Every container and network carries it. It names the run by a process and that one's start, so that only a dead run is cleaned up.</summary>
    public static KeyValuePair<string, string> Label { get; } = new("failover.test", Environment.GetEnvironmentVariable("FAILOVER_TEST_RUN") ?? ThisProcess());

    /// <summary>
    /// A container of one of the images of <see cref="Image"/>: never pulled, labelled, its published ports on loopback only.
    /// Publish with <c>WithPortBinding(port, true)</c>.
    /// </summary>
    public ContainerBuilder Container(string image)
    {
        Require(image);
        return new ContainerBuilder(image)
            .WithImagePullPolicy(PullPolicy.Never)
            .WithLabel(Label.Key, Label.Value)
            .WithCreateParameterModifier(parameters =>
            {
                foreach (var binding in parameters.HostConfig?.PortBindings?.Values.SelectMany(bindings => bindings) ?? [])
                {
                    binding.HostIP = IPAddress.Loopback.ToString();
                }
            });
    }

    /// <summary>A network of the test's own, on which containers find each other by alias.</summary>
    public NetworkBuilder Network()
    {
        Require(image: null);
        return new NetworkBuilder().WithLabel(Label.Key, Label.Value);
    }

    public async ValueTask InitializeAsync()
    {
        // Read once, by the first use of Testcontainers: an assembly's fixture comes before all of them.
        Default("TESTCONTAINERS_RYUK_DISABLED", "true");
        Default("TESTCONTAINERS_WAIT_STRATEGY_INTERVAL", "00:00:00.100");
        if (File.Exists("/.dockerenv"))
        {
            // It would take itself for a container, and look for the published ports at the bridge's gateway.
            Default("TESTCONTAINERS_HOST_OVERRIDE", IPAddress.Loopback.ToString());
        }

        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 })
        {
            return;
        }

        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new Uri("http://docker"), Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var version = JsonDocument.Parse(await client.GetStringAsync("version", TestContext.Current.CancellationToken));
            var served = version.RootElement.GetProperty("ApiVersion").GetString()!;
            if (Version.Parse(served) < Spoken)
            {
                Default("DOCKER_API_VERSION", served);
            }

            foreach (var image in Image.All)
            {
                using var answer = await client.GetAsync($"images/{image}/json", TestContext.Current.CancellationToken);
                if (answer.StatusCode == HttpStatusCode.NotFound)
                {
                    _missingImages[image] = $"The image {image} is not built: run deploy/docker/{(image == Image.Debian ? "build-debian.sh" : "build-images.sh")}.";
                }
            }
        }
        catch (HttpRequestException exception)
        {
            _missing = $"No Docker engine answers at {Socket} ({exception.Message}): run deploy/docker/ensure-engine.sh.";
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Skips the test where something that it needs is not there; with <c>test.sh</c> it fails.</summary>
    public static void Need(bool there, string missing)
    {
        if (there)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("FAILOVER_REQUIRE_ENGINE") == "true")
        {
            Assert.Fail(missing);
        }

        Assert.Skip(missing);
    }

    private void Require(string? image)
    {
        Need(_missing is null, _missing ?? "");
        if (image is not null)
        {
            Need(!_missingImages.TryGetValue(image, out var missing), missing ?? "");
        }
    }

    private static void Default(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Engine.Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>As <c>test.sh</c> says it: the process id, and when it started in the kernel's ticks, field 22 of its stat file.</summary>
    private static string ThisProcess()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var started = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.{started}");
    }
}
