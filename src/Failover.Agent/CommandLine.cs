using System.CommandLine;
using System.Reflection;
using Failover.Agent.Commands;
using Failover.Agent.Configuration;
using Failover.Usage;

namespace Failover.Agent;

/// <summary>What can be typed. Ends with 0, with 1 when the agent could not run or what was asked is not so, or with 2 when what it was told is wrong.</summary>
public static class CommandLine
{
    /// <summary>The version that the agent reports.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0 && !parsed.Tokens.Any(token => token.Value is "--help" or "-h" or "-?"))
        {
            foreach (var error in parsed.Errors)
            {
                await errors.WriteLineAsync(error.Message);
            }
            await errors.WriteLineAsync("What can be typed: failover-agent --help");
            return 2;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            // Signals are the host's: after two seconds the library would end an agent that finishes a handoff first.
            ProcessTerminationTimeout = null,
        });
    }

    internal static RootCommand Create()
    {
        var config = new Option<string>("--config")
        {
            Description = "This host's configuration. A variable FAILOVER__SECTION__KEY overrides a key of it",
            HelpName = "FILE",
            DefaultValueFactory = _ => AgentConfig.DefaultFile,
            Recursive = true,
        };
        var root = new RootCommand("The agent beside a validator: moves its staked identity on order, so that no two machines ever vote with it. Without a command it runs until it is told to stop.")
        {
            InitCommand.Create(config),
            CheckConfigCommand.Create(config),
            MayStartCommand.Create(config),
            MayStopCommand.Create(config),
            DoctorCommand.Create(config),
            config,
        };
        Completion.AddTo(root, AgentManual.Text.Program);
        Manual.AddTo(root, AgentManual.Text, Environment.GetEnvironmentVariable, TimeProvider.System);
        root.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error));
        return root;
    }
}
