using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Failover.Agent.Configuration;
using Failover.Agent.Examining;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Clocks;
using Failover.Disks;
using Failover.Examinations;
using Failover.Identities;
using Failover.Protocol.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent doctor</c>: the checks of this host, without a coordinator and without an agent that runs. Writes nothing.</summary>
internal static class DoctorCommand
{
    private const int UsualWidth = 100;

    /// <summary>Columns of the terminal, or as many as are usual.</summary>
    public static int Width => Console.IsOutputRedirected ? UsualWidth : Math.Max(40, Console.WindowWidth);

    public static Command Create(Option<string> config)
    {
        var json = new Option<bool>("--json") { Description = "One document instead of text" };
        var command = new Command("doctor", "Examine this host, agent or none: what is wrong, and the command that cures it; 1 when a check fails") { json };
        command.SetAction((parsed, ct) => RunAsync(
            parsed.GetRequiredValue(config), CommandLine.Version, parsed.GetValue(json), parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    private static async Task<int> RunAsync(string file, string version, bool json, TextWriter output, CancellationToken ct)
    {
        var section = await ExamineAsync(file, version, peers: true, ct);
        if (json)
        {
            await output.WriteLineAsync(Document(section).ToJsonString());
        }
        else
        {
            foreach (var line in CheckLines.Of([section], Width))
            {
                await output.WriteLineAsync(line.Text);
            }
        }
        return CheckLines.Worst(section.Checks) == CheckOutcome.Fails ? 1 : 0;
    }

    /// <summary>Looks at this host with what the file says.</summary>
    /// <param name="peers">Whether the other nodes are to answer, too.</param>
    public static async Task<ExaminationSection> ExamineAsync(string file, string version, bool peers, CancellationToken ct)
    {
        AgentConfig config;
        try
        {
            config = AgentConfig.Load(file, version);
        }
        catch (ConfigException e)
        {
            return new("", "this host", NodeExamination.OfMistakes(Path.GetFullPath(file), Examiner.FaultsOf(e)));
        }
        var time = new BoottimeClock();
        var disk = new LinuxDisk();
        MachineParts? machine = null;
        var missing = "";
        try
        {
            machine = MachineParts.OfThisMachine(config, time, NullLoggerFactory.Instance);
        }
        catch (Exception e) when (e is KeypairFileException or OrderRefusedException or ArgumentException)
        {
            missing = e.Message;
        }
        var examiner = new Examiner(config, disk, machine?.Process ?? MachineParts.ProcessOf(config, disk, time, NullLoggerFactory.Instance), time, running: false);
        var examination = await examiner.ExamineAsync(token => ObserveAsync(config, machine, missing, time, token), ct);
        return new(config.Node.Node, config.Node.Node,
            [.. examination.Checks, .. examination.Peers.Where(_ => peers).Select(peer => ClusterExamination.Peer(examination.Facts, peer, correct: null))]);
    }

    private static async Task<NodeFacts> ObserveAsync(AgentConfig config, MachineParts? machine, string missing, TimeProvider time, CancellationToken ct)
    {
        var bare = new NodeFacts { Node = config.Node.Node, AgentVersion = config.Node.AgentVersion, At = time.GetUtcNow(), VoteAccount = config.Node.VoteAccount, Paths = config.Node.Paths };
        if (machine is null)
        {
            return bare with { Problems = [missing] };
        }
        try
        {
            var journal = AgentJournal.Open(machine.Disk, config.Node.StateFolder);
            var observer = new NodeObserver(
                config.Node, machine.Disk, machine.Validator, machine.Process, machine.Rpc, new IdentityLink(machine.Disk, config.Node), journal, time,
                machine.Hooks);
            return await observer.ObserveAsync(journal.Current.Handoff is { } last ? new(last.Order, last.Phase, last.Ending, last.Text, "") : null, ct);
        }
        catch (OrderRefusedException e)
        {
            return bare with { Problems = [$"{e.Message}; {e.Remedy}"] };
        }
    }

    private static JsonObject Document(ExaminationSection section) => new()
    {
        ["type"] = "doctor",
        ["outcome"] = Name(CheckLines.Worst(section.Checks)),
        ["summary"] = CheckLines.Summary(section.Checks),
        ["nodes"] = new JsonArray(new JsonObject
        {
            ["node"] = section.Node,
            ["checks"] = new JsonArray([.. section.Checks.Select(check => (JsonNode)new JsonObject
            {
                ["name"] = check.Name, ["outcome"] = Name(check.Outcome), ["seen"] = check.Seen, ["remedy"] = check.Remedy,
            })]),
        }),
    };

    private static string Name(CheckOutcome outcome) => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString());
}
