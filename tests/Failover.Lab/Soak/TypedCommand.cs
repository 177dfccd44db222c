using System.Text.Json;
using Failover.Coordinator;

namespace Failover.Lab.Soak;

/// <summary>
/// A command that somebody has typed. As a process of its own where it is to be killed; else in this one, over the same connections: a thousand starts of the
/// program would take longer than everything else.
/// </summary>
internal sealed class TypedCommand(Task<int> ended, Func<Task> kill)
{
    public Task<int> Ended => ended;

    public Task KillAsync() => kill();

    public static TypedCommand AsProcess(LabWorld world, params string[] command)
    {
        var process = LabProcess.Start(Programs.Coordinator, ["--config", world.CoordinatorConfig, .. command], Path.Combine(world.Folder, "commands.log"));
        return new TypedCommand(RunAsync(), process.KillAsync);

        async Task<int> RunAsync()
        {
            await using (process)
            {
                return await process.ExitedAsync(CancellationToken.None);
            }
        }
    }

    public static TypedCommand Here(LabWorld world, params string[] command) =>
        new(Task.Run(async () => (await RunAsync(world, command)).Code), () => throw new NotSupportedException("only a process can be killed"));

    /// <summary>The last document that the command writes.</summary>
    public static async Task<JsonElement> JsonAsync(LabWorld world, params string[] command)
    {
        var (code, output, error) = await RunAsync(world, ["--output", "json", .. command]);
        return code is 1 or 2 or 7
            ? throw new InvalidOperationException($"failover {string.Join(' ', command)}: exit code {code}\n{output}\n{error}")
            : JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(LabWorld world, IReadOnlyList<string> command)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await FailoverCli.RunAsync(["--config", world.CoordinatorConfig, .. command], new Surroundings
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            Variable = _ => null,
            Time = TimeProvider.System,
            Connect = file => Connector.Connect(file, _ => null, TimeProvider.System),
        }, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
