using System.CommandLine;
using Failover.Agent.Configuration;
using Failover.Agent.Joining;
using Failover.Agent.Preparing;
using Failover.Agents;
using Failover.Clocks;
using Failover.Disks;
using Failover.Examinations;
using Failover.Protocol.Configuration;
using Failover.Protocol.Joining;
using Failover.Protocol.Tls;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent init</c>: from a running validator to a node that is ready for its agent.</summary>
internal static class InitCommand
{
    private const string SystemdFolder = "/etc/systemd/system";

    private static readonly TimeSpan JoinLimit = TimeSpan.FromMinutes(30);

    public static Command Create(Option<string> config)
    {
        var join = new Option<bool>("--join") { Description = "Take the certificate, and the other nodes, from the coordinator; asks for the code that failover pki join shows, or reads it from a pipe" };
        var name = Text("--name", "NODE", "This node's name; a join brings it");
        var ledger = Text("--ledger", "DIR", "The validator's ledger");
        var tower = Text("--tower", "DIR", "Where it keeps its tower");
        var rpc = Text("--rpc", "URL", "Its JSON-RPC");
        var voteAccount = Text("--vote-account", "ADDRESS", "The account that the staked identity votes for");
        var staked = Text("--staked-keypair", "FILE", "The staked identity: the same key on every node, brought here by you");
        var unstaked = Text("--unstaked-keypair", "FILE", "The unstaked identity: this node's own; made when it is not there");
        var link = Text("--link", "FILE", "The symbolic link that the validator is started with as --identity; made when it is not there");
        var unit = Text("--unit", "UNIT", "The validator's systemd unit");
        var script = Text("--start-script", "FILE", "The file that holds its command line");
        var user = Text("--user", "USER", "The validator's user, and the agent's");
        var state = Text("--state-dir", "DIR", "Where the agent keeps its promises");
        var listen = new Option<string>("--listen") { HelpName = "IP:PORT", Description = "Where the agent listens", DefaultValueFactory = _ => "0.0.0.0:7443" };
        var peer = new Option<string[]>("--peer") { HelpName = "NODE=URL", Description = "Another node's agent, https://host:port; a join brings them" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing: take what is said and what is found" };
        var command = new Command("init", "Prepare this host: looks for the validator, makes what is missing, and overwrites nothing")
        {
            join, name, ledger, tower, rpc, voteAccount, staked, unstaked, link, unit, script, user, state, listen, peer, yes,
        };
        command.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var said = new InitOptions(
                parsed.GetValue(join), parsed.GetValue(name), parsed.GetValue(ledger), parsed.GetValue(tower), parsed.GetValue(rpc), parsed.GetValue(voteAccount), parsed.GetValue(staked),
                parsed.GetValue(unstaked), parsed.GetValue(link), parsed.GetValue(unit), parsed.GetValue(script), parsed.GetValue(user), parsed.GetValue(state), parsed.GetRequiredValue(listen),
                parsed.GetValue(peer) ?? [], parsed.GetValue(yes));
            try
            {
                return await RunAsync(said, Path.GetFullPath(parsed.GetRequiredValue(config)), output, ct);
            }
            catch (Exception e) when (e is InitException or ConfigException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{e.Message}\nWhat can be said: failover-agent init --help");
                return 2;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{e.Message}\nWhat was made before stays; run init again once it is mended, as root where another user's files are to be made");
                return 1;
            }
        });
        return command;
    }

    private static Option<string?> Text(string name, string help, string description) => new(name) { HelpName = help, Description = description };

    private static async Task<int> RunAsync(InitOptions said, string configFile, TextWriter output, CancellationToken ct)
    {
        var disk = new LinuxDisk();
        var time = new BoottimeClock();
        var code = said.Join ? await ReadCodeAsync(output, ct) : null;
        var existing = disk.Stat(configFile) is not null ? AgentConfig.Load(configFile, CommandLine.Version) : null;
        var questions = new Questions(Console.In, output, !said.Yes && !Console.IsInputRedirected);
        var findings = await Findings.LookAsync(disk, said.Ledger ?? existing?.Node.Ledger, said.Rpc ?? existing?.Validator.Rpc.ToString(), time, ct);
        Tell(findings, output);
        if (existing is null && questions.MayAsk)
        {
            await output.WriteLineAsync("Enter takes what stands in brackets.");
        }
        var setup = existing is null ? Choices.Of(said, findings, questions, code is not null, disk) : Choices.Of(existing, findings, said.User, disk);
        await output.WriteLineAsync(existing is null ? $"{configFile} will be written." : $"{configFile} is there already and stays as it is.");
        if (!questions.Confirm("Make what is missing?"))
        {
            await output.WriteLineAsync("Nothing was written.");
            return 0;
        }
        var folder = Path.GetDirectoryName(configFile)!;
        var tls = existing?.Tls ?? new TlsFiles(Path.Combine(folder, ConfigText.Ca), Path.Combine(folder, ConfigText.Certificate), Path.Combine(folder, ConfigText.Key));
        var preparation = new Preparation(disk, setup, tls, output);
        preparation.MakeUnstakedKeypair();
        preparation.MakeLink();
        if (code is not null)
        {
            setup = await JoinAsync(preparation, setup, code, output, time, ct);
        }
        if (existing is null)
        {
            preparation.MakeConfig(setup, configFile);
        }
        var config = AgentConfig.Load(configFile, CommandLine.Version);
        preparation.MakeStateFolder(config.Node.StateFolder);
        if (configFile == AgentConfig.DefaultFile)
        {
            preparation.MakeUnitSettings(SystemdFolder);
        }
        return await ExamineAsync(config, configFile, output, ct);
    }

    /// <summary>Never from the command line, which every user of the host can read.</summary>
    private static async Task<JoinCode> ReadCodeAsync(TextWriter output, CancellationToken ct)
    {
        await output.WriteAsync("The code that failover pki join shows: ".AsMemory(), ct);
        await output.FlushAsync(ct);
        var typed = await Console.In.ReadLineAsync(ct);
        if (Console.IsInputRedirected)
        {
            await output.WriteLineAsync();
        }
        return JoinCode.TryParse(typed, out var code) ? code : throw new InitException("that is no code: it has 24 letters and digits, as failover pki join shows them");
    }

    private static void Tell(Findings findings, TextWriter output)
    {
        if (findings.Validator is not { } validator)
        {
            output.WriteLine(findings.Running.Count == 0
                ? "No validator runs here that can be found by looking (Firedancer's settings are not in its command line)."
                : $"Several validators run here: say which with --ledger ({string.Join(", ", findings.Running.Select(running => running.Ledger))}).");
            return;
        }
        output.WriteLine($"Found a validator: process {validator.Process.Pid}{(validator.Unit is { } unit ? $", {unit}" : "")}.");
        output.WriteLine($"  identity       {validator.Identity}{(findings.IdentityFile is { } file ? $" ({file.Path}, {file.Key})" : ", which cannot be read")}");
        output.WriteLine($"  runs as        {findings.Reported?.ToString() ?? "unknown: its JSON-RPC does not answer"}");
        output.WriteLine($"  vote account   {findings.VoteAccount?.ToString() ?? "unknown"}{(findings.OnChain is { } node ? $", whose node is {node}" : ", not seen on chain")}");
    }

    private static async Task<NodeSetup> JoinAsync(
        Preparation preparation, NodeSetup setup, JoinCode code, TextWriter output, TimeProvider time, CancellationToken ct)
    {
        using var key = preparation.TlsKeyOrNew();
        await output.WriteLineAsync($"Waiting at {setup.Listen} for the coordinator that showed the code, {JoinLimit.TotalMinutes:0} minutes at most.");
        using var timer = new CancellationTokenSource(JoinLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        try
        {
            var joined = await JoinListener.WaitAsync(setup.Listen, key, code, time,
                brought =>
                {
                    if (setup.Name.Length > 0 && setup.Name != brought.Node)
                    {
                        throw new OrderRefusedException(RefusalReason.BadRequest, $"that node is called {setup.Name}, not {brought.Node}");
                    }
                    preparation.TakeCertificate(brought);
                },
                output.WriteLine, either.Token);
            await output.WriteLineAsync($"  joined as {joined.Node}");
            return setup with { Name = joined.Node, Peers = setup.Peers.Count > 0 ? setup.Peers : joined.Peers };
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested)
        {
            throw new IOException("no coordinator came with the code: is `failover pki join` still running, and does a firewall let it through?");
        }
    }

    /// <summary>What is still to be done is what the doctor finds: the lines of the start-up script among it.</summary>
    private static async Task<int> ExamineAsync(AgentConfig config, string configFile, TextWriter output, CancellationToken ct)
    {
        await output.WriteLineAsync();
        await output.WriteLineAsync("What the host is like now (failover-agent doctor):");
        var section = await DoctorCommand.ExamineAsync(configFile, CommandLine.Version, peers: false, ct);
        var open = section.Checks.Where(check => check.Outcome is CheckOutcome.Fails or CheckOutcome.Warning).ToList();
        foreach (var line in CheckLines.Of([section with { Checks = open }], DoctorCommand.Width).SkipLast(1).Where(_ => open.Count > 0))
        {
            await output.WriteLineAsync(line.Text);
        }
        await output.WriteLineAsync($"{CheckLines.Mark(CheckLines.Worst(section.Checks))} {CheckLines.Summary(section.Checks)}");
        await output.WriteLineAsync();
        await output.WriteLineAsync(CheckLines.Worst(section.Checks) == CheckOutcome.Fails
            ? "Next: the commands above; then systemctl enable --now failover-agent"
            : "Next: systemctl enable --now failover-agent");
        await output.WriteLineAsync($"Then, where the orders are given: failover doctor {config.Node.Node}");
        return 0;
    }
}
