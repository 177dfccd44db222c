using System.CommandLine;
using System.CommandLine.Completions;
using System.Security.Cryptography;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Examinations;
using Failover.Handoff;

namespace Failover.Coordinator.Commands;

/// <summary>One run of one command: where it writes, and the nodes once it has connected.</summary>
internal sealed class Session(Surroundings around, Screen screen, string? config, bool debug) : IDisposable
{
    private Fleet? _fleet;
    private HandoffCoordinator? _coordinator;

    public Screen Screen { get; } = screen;

    public TimeProvider Time => around.Time;

    /// <summary>Connects on first use: commands that need no node must work without a configuration.</summary>
    public HandoffCoordinator Coordinator
    {
        get
        {
            if (_coordinator is null)
            {
                _fleet = around.Connect(config);
                foreach (var warning in _fleet.Warnings)
                {
                    Screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, warning));
                }
                _coordinator = new HandoffCoordinator(_fleet.Agents, around.Time, NewId);
            }
            return _coordinator;
        }
    }

    /// <summary>Connected with the coordinator.</summary>
    public IReadOnlyList<IExaminer> Examiners => Coordinator is not null ? _fleet!.Examiners : [];

    public ByHand ByHand => new(Coordinator.Reader);

    /// <summary>Tells what stands in the way, once, and returns its exit code.</summary>
    public ExitCode Tell(Trouble trouble)
    {
        if (Screen.Json)
        {
            Screen.WriteDocument(trouble.ToDocument());
        }
        (trouble.Code == ExitCode.Ok ? Screen.Console : Screen.ErrorConsole).Write(trouble.Render());
        return trouble.Code;
    }

    public ExitCode Tell(Obstacle obstacle, ClusterView? view = null) => Tell(Trouble.Of(obstacle, view));

    /// <summary>Refuses when there is nobody to ask, so that no script waits for an answer that cannot come.</summary>
    public void RequireSomebodyToAsk(bool yes)
    {
        if (!yes && !Screen.CanAsk)
        {
            throw new UsageException("This asks for a confirmation, and there is no terminal to ask on. Nothing was sent.", "the same command with --yes");
        }
    }

    /// <summary>Runs the command and turns whatever it throws into words and an exit code.</summary>
    public async Task<int> RunAsync(Func<Session, CancellationToken, Task<ExitCode>> command, CancellationToken ct)
    {
        try
        {
            return (int)await command(this, ct);
        }
        catch (Exception e)
        {
            var code = Tell(Errors.Explain(e, _coordinator?.Reader.LastSeen));
            if (debug)
            {
                around.Error.WriteLine(e);
            }
            return (int)code;
        }
    }

    public void Dispose() => _fleet?.Dispose();

    // Sorts by time in a listing, and does not repeat when two coordinators start in the same second.
    private HandoffId NewId() => new(string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{around.Time.GetUtcNow():yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}"));
}

/// <summary>The options that every command has, and how a command becomes an action.</summary>
internal sealed class Shared(Surroundings around)
{
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "Configuration of the nodes; else ~/.config/failover/coordinator.toml, else /etc/failover/coordinator.toml",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<string> Output { get; } = MakeOutput();

    public Option<bool> NoColor { get; } = new("--no-color") { Description = "No colours (also: NO_COLOR)", Recursive = true };

    public Option<bool> Debug { get; } = new("--debug") { Description = "Show stack traces", Recursive = true };

    public Surroundings Around => around;

    /// <summary>For the completion of an argument that is a node: the names in the configuration, none where it cannot be used.</summary>
    public IEnumerable<CompletionItem> NodeNames(CompletionContext context)
    {
        try
        {
            using var fleet = around.Connect(context.ParseResult.GetValue(Config));
            return [.. fleet.Agents.Select(agent => new CompletionItem(agent.Node))];
        }
        catch (UsageException)
        {
            // In the middle of a line nobody can be told; the command itself will.
            return [];
        }
    }

    /// <param name="json">The command's own short form of <c>--output json</c>, where it has one.</param>
    public void Run(Command command, Func<Session, ParseResult, CancellationToken, Task<ExitCode>> action, Option<bool>? json = null) => command.SetAction(async (parsed, ct) =>
    {
        var screen = new Screen(around, parsed.GetValue(Output) == "json" || (json is not null && parsed.GetValue(json)), parsed.GetValue(NoColor));
        using var session = new Session(around, screen, parsed.GetValue(Config), parsed.GetValue(Debug));
        return await session.RunAsync((running, token) => action(running, parsed, token), ct);
    });

    private static Option<string> MakeOutput()
    {
        var option = new Option<string>("--output")
        {
            Description = "text, or json: one document on stdout (handoff: one per line), all else on stderr",
            HelpName = "text|json",
            DefaultValueFactory = _ => "text",
            Recursive = true,
        };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }
}
