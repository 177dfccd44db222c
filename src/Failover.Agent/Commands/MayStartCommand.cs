using System.CommandLine;
using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Disks;
using Failover.Protocol.Configuration;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent may-start</c>: for the start-up of the validator's own unit.</summary>
internal static class MayStartCommand
{
    public static Command Create(Option<string> config)
    {
        var command = new Command("may-start", "May the validator start now? For ExecStartPre= of its own unit: 1 when it must not");
        command.SetAction(parsed => Ask(parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int Ask(string file, TextWriter output, TextWriter errors)
    {
        try
        {
            var node = AgentConfig.Load(file, CommandLine.Version).Node;
            if (StartGuard.WhyNot(new LinuxDisk(), node) is { } refused)
            {
                errors.WriteLine($"The validator of {node.Node} must not start: {refused.Why}.{Environment.NewLine}What to do: {refused.Next}");
                return 1;
            }
            output.WriteLine($"The validator of {node.Node} may start.");
            return 0;
        }
        catch (ConfigException e)
        {
            errors.WriteLine(e.Message);
            return 2;
        }
    }
}
