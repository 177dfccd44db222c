using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Failover.Coordinator;
using Failover.Lab;

namespace Failover.ProcessTests.Doctor;

/// <summary>A check that is not ok, as the doctor's JSON says it.</summary>
/// <param name="Node">Empty for what takes all nodes.</param>
internal sealed record Finding(string Node, string Check, string Outcome, string Seen, string Remedy)
{
    public override string ToString() => $"{(Node.Length > 0 ? Node : "together")}: {Check} {Outcome}: {Seen}\n      {Remedy}";
}

/// <summary>Asks the doctor, and pastes what it prints into a shell. Both hosts are this machine; what is theirs alone (systemd, ssh) is stood in for.</summary>
internal sealed class Operator(LabWorld world)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly string _programs = Directory.CreateDirectory(Path.Combine(world.Folder, "programs")).FullName;

    private string Request => Path.Combine(_programs, "request");

    public void WritePrograms()
    {
        // An operator says yes; everything else is the real command.
        Write("failover", $"""
            [ "$1" = node ] && yes=--yes
            exec {Programs.Coordinator} --config {world.CoordinatorConfig} "$@" $yes
            """);
        Write("failover-agent", $"exec {Programs.Agent} \"$@\"");
        Write("agave-validator", $"exec {Programs.FakeValidator} agave-cli \"$@\"");
        Write("solana-keygen", $"exec {Programs.FakeValidator} solana-keygen \"$@\"");
        // The test is the service manager: it is asked through a file, and removes it when done.
        Write("systemctl", $"""
            echo "$HOST $*" > {Request}.part && mv {Request}.part {Request}
            while [ -e {Request} ]; do sleep 0.02; done
            """);
        // host:path, and a host is a folder here. A path that a node's agent takes from its own configuration is within its own folder.
        Write("scp", $"""
            where() {"{"} case "$1" in *:*) echo "$1" | sed -E 's|^([a-z]+):{world.Folder}/[a-z]+/|{world.Folder}/\1/|; s|^[a-z]+:||';; *) echo "$1";; esac; {"}"}
            cp "$(where "$1")" "$(where "$2")"
            """);
    }

    /// <summary>What is not ok, by the command as a process of its own.</summary>
    public async Task<IReadOnlyList<Finding>> DoctorAsync(CancellationToken ct) => Findings(await world.FailoverAsync(ct, "doctor", "--json"));

    /// <summary>What is not ok and has a cause of its own.</summary>
    public async Task<IReadOnlyList<Finding>> CausesAsync(CancellationToken ct) => [.. (await DoctorHereAsync(ct)).Where(finding => finding.Outcome != "not_looked_at")];

    /// <summary>Looks until nothing is found; what was found last when the patience is over.</summary>
    public async Task<IReadOnlyList<Finding>> UntilWellAsync(TimeSpan patience, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = await DoctorHereAsync(ct);
            if (found.Count == 0 || TimeProvider.System.GetElapsedTime(start) > patience)
            {
                return found;
            }
            await Task.Delay(Look, TimeProvider.System, ct);
        }
    }

    /// <summary>Pastes a line as it is into a shell on the host that its remark names.</summary>
    public async Task PasteAsync(string command, CancellationToken ct)
    {
        var on = command.IndexOf("# on ", StringComparison.Ordinal);
        var host = on < 0 ? "" : string.Concat(command[(on + 5)..].TakeWhile(char.IsAsciiLetterLower));
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = world.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}", ["HOST"] = host },
        })!;
        bash.StandardInput.Close();
        var output = bash.StandardOutput.ReadToEndAsync(ct);
        var error = bash.StandardError.ReadToEndAsync(ct);
        while (!bash.HasExited)
        {
            if (File.Exists(Request))
            {
                await ServeAsync((await File.ReadAllTextAsync(Request, ct)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), ct);
                File.Delete(Request);
            }
            await Task.Delay(Look, TimeProvider.System, ct);
        }
        await bash.WaitForExitAsync(ct);
        Assert.True(bash.ExitCode == 0, $"{command}\nended with {bash.ExitCode}\n{await output}{await error}");
    }

    /// <summary>The same command in this process: it looks a hundred times, and each start of a program takes longer than the look.</summary>
    private async Task<IReadOnlyList<Finding>> DoctorHereAsync(CancellationToken ct)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await FailoverCli.RunAsync(["--config", world.CoordinatorConfig, "doctor", "--json"], new Surroundings
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            Variable = Environment.GetEnvironmentVariable,
            Time = TimeProvider.System,
            Connect = file => Connector.Connect(file, Environment.GetEnvironmentVariable, TimeProvider.System),
        }, ct);
        return Findings(new CliResult(code, output.ToString(), error.ToString()));
    }

    private static List<Finding> Findings(CliResult result)
    {
        Assert.True(result.ExitCode is 0 or 8, $"{result}");
        var document = JsonDocument.Parse(result.Output).RootElement;
        var findings = document.GetProperty("nodes").EnumerateArray()
            .SelectMany(node => Checks(node.GetProperty("node").GetString()!, node.GetProperty("checks")))
            .Concat(Checks("", document.GetProperty("together"))).ToList();
        Assert.Equal(findings.Any(finding => finding.Outcome == "fails") ? 8 : 0, result.ExitCode);
        return findings;
    }

    private async Task ServeAsync(string[] words, CancellationToken ct)
    {
        Assert.True(words is [_, "restart" or "start", "failover-agent" or "validator"], string.Join(' ', words));
        var node = world[words[0]];
        await (words[2] == "validator" ? world.StartValidatorAsync(node, ct) : node.StartAgentAsync(ct));
    }

    private static IEnumerable<Finding> Checks(string node, JsonElement checks) => checks.EnumerateArray()
        .Select(check => new Finding(node, Text(check, "name"), Text(check, "outcome"), Text(check, "seen"), Text(check, "remedy")))
        .Where(finding => finding.Outcome != "ok");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private void Write(string name, string text)
    {
        var path = Path.Combine(_programs, name);
        using (var file = new StreamWriter(path))
        {
            file.Write($"#!/bin/sh\n{text}\n");
        }
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
