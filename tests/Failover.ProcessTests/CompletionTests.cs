using System.Diagnostics;
using Failover.Lab;

namespace Failover.ProcessTests;

/// <summary>The completion as an operator has it: a real bash, which has read the script that the program printed, asks the program.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("failover-completion-").FullName;

    [Theory]
    [InlineData("failover", "failover ha", "handoff")]
    [InlineData("failover", "failover node s", "send-record set-identity")]
    [InlineData("failover", "failover --output ", "json text")]
    [InlineData("failover", "./failover plan --max", "--max-delinquent-stake")]
    [InlineData("failover-agent", "failover-agent ", "check-config completion doctor init manual may-start may-stop")]
    [InlineData("failover-agent", "failover-agent --config x doctor --j", "--json")]
    [InlineData("failover-agent", "failover-agent check-config --config ", "")]
    public async Task Bash_offers_what_can_stand_there(string program, string line, string offered) =>
        Assert.Equal(offered, await CompleteAsync(program, line));

    [Fact]
    public async Task Bash_offers_the_nodes_of_the_configuration_that_the_line_names()
    {
        var ct = TestContext.Current.CancellationToken;
        await RunAsync(Programs.Coordinator, ["pki", "init", "--folder", _folder], ct);
        await RunAsync(Programs.Coordinator, ["pki", "issue", "coordinator", "ops", "--folder", _folder], ct);
        var config = Path.Combine(_folder, "coordinator.toml");
        await File.WriteAllTextAsync(config, """
            [tls]
            ca = "ca.crt"
            certificate = "ops.crt"
            key = "ops.key"
            [[nodes]]
            name = "london"
            address = "https://127.0.0.1:1"
            [[nodes]]
            name = "tokyo"
            address = "https://127.0.0.1:2"
            """, ct);
        Assert.Equal("london tokyo", await CompleteAsync("failover", $"failover --config {config} handoff --to "));
        Assert.Equal("tokyo", await CompleteAsync("failover", $"failover --config {config} node relink t"));
        Assert.Equal("", await CompleteAsync("failover", $"failover --config {config}.none handoff --to "));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // As bash calls the function at a Tab behind the line's end.
    private async Task<string> CompleteAsync(string program, string line)
    {
        var path = program == "failover" ? Programs.Coordinator : Programs.Agent;
        var link = Path.Combine(_folder, program);
        if (!File.Exists(link))
        {
            File.CreateSymbolicLink(link, path);
        }
        return await RunAsync("/bin/bash", ["-c", """
            set -euo pipefail
            cd "$3"
            PATH=$3:$PATH
            source <("$1" completion bash)
            COMP_LINE=$2 COMP_POINT=${#2}
            read -ra COMP_WORDS <<<"$2"
            if [[ $2 = *' ' ]]; then COMP_WORDS+=(''); fi
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            function=$(complete -p "$1" | sed 's/.* -F \([^ ]*\) .*/\1/')
            "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo -n "${COMPREPLY[*]-}"
            """, "bash", program, line, _folder], TestContext.Current.CancellationToken);
    }

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        Assert.Equal((0, ""), (process.ExitCode, errors));
        return await output;
    }
}
