using System.Diagnostics;
using System.Globalization;

namespace Failover.Lab;

/// <summary>
/// The published guide's own sequence (docs.anza.xyz, Validator Guide: Setup Node Failover), run literally, with the missing colon of its scp line repaired. The
/// programs that it names are stand-ins on the PATH that take no longer than the real ones: set-identity is one call on the fake's real admin socket, by a few
/// lines of perl (part of every Debian), and scp copies on this machine after as long as a real one takes.
/// </summary>
public sealed class PublishedGuide
{
    private readonly LabWorld _world;
    private readonly string _programs;

    public PublishedGuide(LabWorld world, LabOptions options, TimeSpan scp)
    {
        // Release lines from 4.2 on ask about the vote history too.
        var thirdParameter = System.Version.Parse(options.Version) >= new System.Version(4, 2) ? ",true" : "";
        _world = world;
        _programs = Path.Combine(world.Folder, "bin");
        Directory.CreateDirectory(_programs);
        WriteProgram("agave-validator", $"""
            if [ "$3" != set-identity ]; then exec {Programs.FakeValidator} agave-cli "$@"; fi
            ledger=$2; shift 3; require=false
            if [ "$1" = --require-tower ]; then require=true; shift; fi
            exec perl {_programs}/admin-call.pl "$ledger/admin.rpc" '"'"$1"'",'"$require{thirdParameter}"
            """);
        WriteProgram("solana-keygen", $"echo {world.Staked}");
        using (var perl = new StreamWriter(Path.Combine(_programs, "admin-call.pl")))
        {
            perl.Write("""
                use IO::Socket::UNIX;
                my ($path, $parameters) = @ARGV;
                my $socket = IO::Socket::UNIX->new(Peer => $path) or die "cannot connect to $path: $!\n";
                print $socket qq({"jsonrpc":"2.0","method":"setIdentity","params":[$parameters],"id":0}\n);
                my $answer = <$socket>;
                print $answer;
                exit($answer =~ /"error"/ ? 1 : 0);
                """);
        }
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
