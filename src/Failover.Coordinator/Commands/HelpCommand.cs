using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Failover.Coordinator.Json;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover help exit-codes</c>, and the same list under <c>failover --help</c>.</summary>
internal static class HelpCommand
{
    public static Command Create(Shared shared)
    {
        var exitCodes = new Command("exit-codes", "What the exit codes mean");
        shared.Run(exitCodes, (session, _, _) =>
        {
            if (session.Screen.Json)
            {
                session.Screen.WriteDocument(new ExitCodesDocument(
                    "exit_codes", [.. ExitCodes.All.Select(known => new ExitCodeDocument((int)known.Code, JsonOutput.Name(known.Code), known.Meaning))]));
            }
            else
            {
                foreach (var line in Lines())
                {
                    session.Screen.WriteLine(line);
                }
            }
            return Task.FromResult(ExitCode.Ok);
        });
        return new Command("help", "More about failover") { exitCodes };
    }

    /// <summary>Adds the list to the help of the root command, and only there.</summary>
    public static void AddFooter(RootCommand root)
    {
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction usual } help)
        {
            help.Action = new WithFooter(usual);
        }
    }

    private static IEnumerable<string> Lines() => ExitCodes.All.Select(known => $"  {(int)known.Code,3}  {known.Meaning}").Prepend("Exit codes:");

    private sealed class WithFooter(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is RootCommand)
            {
                foreach (var line in Lines())
                {
                    parseResult.InvocationConfiguration.Output.WriteLine(line);
                }
            }
            return code;
        }
    }
}
