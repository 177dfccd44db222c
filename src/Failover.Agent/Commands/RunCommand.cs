using Failover.Agent.Configuration;
using Failover.Agent.Faults;
using Failover.Agents;
using Failover.Identities;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;

namespace Failover.Agent.Commands;

/// <summary><c>failover-agent</c> alone: the agent itself.</summary>
internal static class RunCommand
{
    /// <summary>Returns when the agent was told to stop and has; or why it did not start.</summary>
    public static async Task<int> RunAsync(string file, TextWriter errors)
    {
        try
        {
            await using var app = AgentHost.Build(AgentConfig.Load(file, CommandLine.Version), faults: FaultPoints.FromEnvironment());
            await app.RunAsync();
            return 0;
        }
        catch (ConfigException e)
        {
            await errors.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OrderRefusedException e)
        {
            await errors.WriteLineAsync($"failover-agent does not start: {e.Message}{(e.Remedy.Length == 0 ? "" : $"; {e.Remedy}")}");
            return 1;
        }
        catch (Exception e) when (e is TlsFilesException or KeypairFileException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await errors.WriteLineAsync($"failover-agent does not start: {e.Message}");
            return 1;
        }
    }
}
