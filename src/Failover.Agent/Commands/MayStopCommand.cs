using System.CommandLine;
using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Disks;
using Failover.Protocol.Configuration;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent may-stop</c>: for whoever upgrades or removes the agent.</summary>
internal static class MayStopCommand
{
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    public static Command Create(Option<string> config)
    {
        var wait = new Option<TimeSpan>("--wait")
        {
            Description = "How long to wait for the ending of a handoff that is under way",
            HelpName = "60s",
            CustomParser = result =>
            {
                if (!ConfigDuration.TryParse(result.Tokens[0].Value, out var duration))
                {
                    result.AddError($"\"{result.Tokens[0].Value}\" is not a duration; write it like 60s or 2m");
                }
                return duration;
            },
        };
        var command = new Command("may-stop", "May the agent be stopped without a handoff waiting for it? 1 when one is under way") { wait };
        command.SetAction((parsed, ct) => AskAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(wait), TimeProvider.System, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, ct));
        return command;
    }

    internal static async Task<int> AskAsync(string file, TimeSpan wait, TimeProvider time, TextWriter output, TextWriter errors, CancellationToken ct)
    {
        NodeConfig node;
        try
        {
            node = AgentConfig.Load(file, CommandLine.Version).Node;
        }
        catch (ConfigException e)
        {
            await errors.WriteLineAsync(e.Message);
            return 2;
        }
        var begun = time.GetTimestamp();
        while (StopGuard.WhyNot(new LinuxDisk(), node) is { } busy)
        {
            if (time.GetElapsedTime(begun) >= wait)
            {
                await errors.WriteLineAsync($"The agent of {node.Node} should not be stopped now: {busy.Why}.{Environment.NewLine}What to do: {busy.Next}");
                return 1;
            }
            await Task.Delay(LookPause, time, ct);
        }
        await output.WriteLineAsync($"The agent of {node.Node} may be stopped.");
        return 0;
    }
}
