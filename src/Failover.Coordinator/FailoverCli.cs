using System.CommandLine;
using Failover.Coordinator.Commands;
using Failover.Coordinator.Output;
using Failover.Usage;

namespace Failover.Coordinator;

/// <summary>The command line as a whole: what can be typed, and what each run returns.</summary>
internal static class FailoverCli
{
    /// <summary>Runs one command line and returns its <see cref="ExitCode"/>.</summary>
    /// <param name="interrupted">The operator's Ctrl-C; each command says what it means for it.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings around, CancellationToken interrupted)
    {
        var shared = new Shared(around);
        var parsed = Create(shared).Parse(arguments);
        if (parsed.Errors.Count > 0 && !parsed.Tokens.Any(token => token.Value is "--help" or "-h" or "-?"))
        {
            var screen = new Screen(around, parsed.GetResult(shared.Output) is { Errors: not null } && parsed.Tokens.Any(token => token.Value == "json"), noColor: false);
            using var session = new Session(around, screen, null, debug: false);
            var words = parsed.CommandResult.Command is RootCommand ? "" : $" {Path(parsed.CommandResult)}";
            return (int)session.Tell(new Trouble(ExitCode.Usage, string.Join(" ", parsed.Errors.Select(error => error.Message)), [], $"failover{words} --help"));
        }
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = around.Out,
                Error = around.Error,
                EnableDefaultExceptionHandler = false,
                // Ctrl-C is ours: after two seconds the library would end the process, with both nodes still locked.
                ProcessTerminationTimeout = null,
            },
            interrupted);
    }

    internal static RootCommand Create(Shared shared)
    {
        var root = new RootCommand("Moves a Solana validator's staked identity between machines, so that no two ever vote with it.")
        {
            StatusCommand.Create(shared),
            DoctorCommand.Create(shared),
            PlanCommand.Create(shared),
            HandoffCommand.Create(shared),
            ResumeCommand.Create(shared),
            ResumeCommand.CreateAbort(shared),
            HistoryCommand.Create(shared),
            ReportCommand.Create(shared),
            RecordCommand.Create(shared),
            NodeCommand.Create(shared),
            InitCommand.Create(shared),
            PkiCommand.Create(shared),
            HelpCommand.Create(shared),
            shared.Config,
            shared.Output,
            shared.NoColor,
            shared.Debug,
        };
        Completion.AddTo(root, FailoverManual.Text.Program);
        Manual.AddTo(root, FailoverManual.Text, shared.Around.Variable, shared.Around.Time);
        HelpCommand.AddFooter(root);
        return root;
    }

    private static string Path(System.CommandLine.Parsing.CommandResult command) => command.Parent is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } parent
        ? $"{Path(parent)} {command.Command.Name}"
        : command.Command.Name;
}
