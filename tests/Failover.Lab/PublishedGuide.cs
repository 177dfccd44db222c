using System.Diagnostics;
using System.Globalization;

namespace Failover.Lab;

/// <summary>
/// The published guide's own sequence (docs.anza.xyz, Validator Guide: Setup Node Failover), run literally, with the missing colon of its scp line repaired. The
/// programs that it names are stand-ins on the PATH: the validator's command line over the fake's real admin socket, and an scp that copies on this machine after
/// as long as a real one takes.
/// </summary>
public sealed class PublishedGuide
{
    private readonly LabWorld _world;
    private readonly string _programs;

    public PublishedGuide(LabWorld world, TimeSpan scp)
    {
        _world = world;
        _programs = Path.Combine(world.Folder, "bin");
        Directory.CreateDirectory(_programs);
        WriteProgram("agave-validator", $"exec {Programs.FakeValidator} agave-cli \"$@\"");
        WriteProgram("solana-keygen", $"exec {Programs.FakeValidator} solana-keygen \"$@\"");
        // user@host:path, and a host is a folder here.
        WriteProgram("scp", $"""
            sleep {scp.TotalSeconds.ToString(CultureInfo.InvariantCulture)}
            cp "$1" "{world.Folder}/$(printf %s "$2" | sed 's/^[^@]*@\([^:]*\):\/mnt\(.*\)$/\1\2/')"
            """);
    }

    public async Task HandOffAsync(LabNode source, LabNode target, CancellationToken ct)
    {
        await BashAsync($"""
            agave-validator -l {source.Ledger} wait-for-restart-window --min-idle-time 2 --skip-new-snapshot-check
            agave-validator -l {source.Ledger} set-identity {source.UnstakedKeypair}
            ln -sf {source.UnstakedKeypair} {source.IdentityLink}
            scp {source.Ledger}/tower-1_9-$(solana-keygen pubkey {source.StakedKeypair}).bin sol@{target.Name}:/mnt/ledger
            """, ct);
        await BashAsync($"""
            agave-validator -l {target.Ledger} set-identity --require-tower {target.StakedKeypair}
            ln -sf {target.StakedKeypair} {target.IdentityLink}
            """, ct);
    }

    private async Task BashAsync(string script, CancellationToken ct)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}" },
        })!;
        var output = bash.StandardOutput.ReadToEndAsync(ct);
        var error = bash.StandardError.ReadToEndAsync(ct);
        await bash.WaitForExitAsync(ct);
        await using var log = new StreamWriter(Path.Combine(_world.Folder, "guide.log"), append: true);
        await log.WriteAsync($"{await output}{await error}");
    }

    private void WriteProgram(string name, string text)
    {
        var path = Path.Combine(_programs, name);
        using (var file = new StreamWriter(path))
        {
            file.Write($"#!/bin/sh\n{text}\n");
        }
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
