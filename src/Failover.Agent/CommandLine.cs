using System.Reflection;
using Failover.Agent.Configuration;
using Failover.Agent.Examining;
using Failover.Agent.Faults;
using Failover.Agents;
using Failover.Disks;
using Failover.Identities;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;

namespace Failover.Agent;

/// <summary>What can be typed. Ends with 0, with 1 when the agent could not run or the validator may not start, or with 2 when what it was told is wrong.</summary>
public static class CommandLine
{
    private const string Usage = $"""
        failover-agent [--config FILE]               runs the agent beside a validator
        failover-agent check-config [--config FILE]  prints OK, or every mistake in the file
        failover-agent may-start [--config FILE]     whether the validator may start now; for ExecStartPre of its own unit
        failover-agent doctor [--json] [--config FILE]
                                                     examines this host, agent or none: what is wrong, and the command that cures it; 1 when a check fails
        failover-agent --version

        FILE is {AgentConfig.DefaultFile} unless given. A variable FAILOVER__SECTION__KEY overrides a key of it.
        """;

    /// <summary>The version that the agent reports.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        switch (args)
        {
            case ["--version"]:
                await output.WriteLineAsync(Version);
                return 0;
            case ["--help" or "-h"]:
                await output.WriteLineAsync(Usage);
                return 0;
            case ["check-config"]:
                return await CheckAsync(AgentConfig.DefaultFile, output, errors);
            case ["check-config", "--config", var file]:
                return await CheckAsync(file, output, errors);
            case ["may-start"]:
                return await MayStartAsync(AgentConfig.DefaultFile, output, errors);
            case ["may-start", "--config", var file]:
                return await MayStartAsync(file, output, errors);
            case ["doctor", .. var rest]:
                return await DoctorAsync(rest, output, errors);
            case []:
                return await RunAsync(AgentConfig.DefaultFile, errors);
            case ["--config", var file]:
                return await RunAsync(file, errors);
            default:
                await errors.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task<int> DoctorAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var json = arguments.Contains("--json");
        switch (arguments.Where(argument => argument != "--json").ToArray())
        {
            case []:
                return await DoctorCommand.RunAsync(AgentConfig.DefaultFile, Version, json, output, CancellationToken.None);
            case ["--config", var file]:
                return await DoctorCommand.RunAsync(file, Version, json, output, CancellationToken.None);
            default:
                await errors.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task<int> CheckAsync(string file, TextWriter output, TextWriter errors)
    {
        try
        {
            AgentConfig.Load(file, Version);
        }
        catch (ConfigException e)
        {
            await errors.WriteLineAsync(e.Message);
            return 2;
        }
        await output.WriteLineAsync("OK");
        return 0;
    }

    private static async Task<int> MayStartAsync(string file, TextWriter output, TextWriter errors)
    {
        try
        {
            var node = AgentConfig.Load(file, Version).Node;
            if (StartGuard.WhyNot(new LinuxDisk(), node) is { } refused)
            {
                await errors.WriteLineAsync($"The validator of {node.Node} must not start: {refused.Why}.{Environment.NewLine}What to do: {refused.Next}");
                return 1;
            }
            await output.WriteLineAsync($"The validator of {node.Node} may start.");
            return 0;
        }
        catch (ConfigException e)
        {
            await errors.WriteLineAsync(e.Message);
            return 2;
        }
    }

    private static async Task<int> RunAsync(string file, TextWriter errors)
    {
        try
        {
            await using var app = AgentHost.Build(AgentConfig.Load(file, Version), faults: FaultPoints.FromEnvironment());
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
