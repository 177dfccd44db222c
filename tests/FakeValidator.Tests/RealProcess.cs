using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using FakeValidator.Identity;

namespace FakeValidator.Tests;

/// <summary>A real fake-validator process with its own folder, keys and scripted cluster.</summary>
internal sealed class RealProcess : IAsyncDisposable
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "fake-validator");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fake-validator-");
    private Process? _process;

    public RealProcess()
    {
        Cluster = new ScriptedCluster(World.Staked.Text, World.VoteAccount);
        Write("staked.json", World.Staked);
        Write("unstaked.json", World.Unstaked);
        File.CreateSymbolicLink(At("identity.json"), At("staked.json"));
    }

    public ScriptedCluster Cluster { get; }
    public string Ledger => At("ledger");
    public string AdminSocket => Path.Combine(Ledger, "admin.rpc");
    public string RpcAddress { get; private set; } = string.Empty;
    public Process Process => _process!;

    public string At(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Starts the validator and returns when it says that it is ready.</summary>
    public async Task StartAsync(CancellationToken ct, params string[] more)
    {
        Launch(more);
        await Cluster.WelcomeAsync(ct);
        await ReadyAsync(ct);
    }

    public void Launch(params string[] more) => _process = Open(
    [
        "--identity", At("identity.json"), "--vote-account", World.VoteAccount, "--authorized-voter", At("staked.json"), "-l", Ledger, "--log", At("log"),
        "--fake-cluster", Cluster.Address, "--fake-host", "here", "--fake-control", At("control"), "--entrypoint", "somewhere:8001", .. more,
    ]);

    public async Task ReadyAsync(CancellationToken ct)
    {
        var line = await Process.StandardOutput.ReadLineAsync(ct);
        Assert.StartsWith("ready rpc=127.0.0.1:", line, StringComparison.Ordinal);
        RpcAddress = line!["ready rpc=".Length..];
    }

    /// <summary>Runs a helper mode of the same executable.</summary>
    public static async Task<(int Code, string Output)> RunAsync(CancellationToken ct, params string[] arguments)
    {
        using var process = Open(arguments);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        var errors = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, output + errors);
    }

    public Task<(int Code, string Output)> ControlAsync(CancellationToken ct, params string[] words) =>
        RunAsync(ct, ["control", "--socket", At("control"), .. words]);

    /// <summary>A new connection to the admin socket: one request, one line back; null when it was closed instead.</summary>
    public async Task<string?> AdminAsync(string request, CancellationToken ct)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(AdminSocket), ct);
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), ct);
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadLineAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process?.Dispose();
        await Cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static Process Open(params IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(Executable, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
    })!;

    private void Write(string name, NodeKey key)
    {
        using var writer = File.CreateText(At(name));
        writer.Write(KeyFile.Format(key));
    }
}
