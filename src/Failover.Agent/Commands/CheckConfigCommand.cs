using System.CommandLine;
using Failover.Agent.Configuration;
using Failover.Protocol.Configuration;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent check-config</c></summary>
internal static class CheckConfigCommand
{
    public static Command Create(Option<string> config)
    {
        var command = new Command("check-config", "Print OK, or every mistake in the configuration with its line; then the exit code is 2");
        command.SetAction(parsed => Check(parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int Check(string file, TextWriter output, TextWriter errors)
    {
        try
        {
            AgentConfig.Load(file, CommandLine.Version);
        }
        catch (ConfigException e)
        {
            errors.WriteLine(e.Message);
            return 2;
        }
        output.WriteLine("OK");
        return 0;
    }
}
