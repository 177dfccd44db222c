using System.CommandLine;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Handoff;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover report [ID] [--out FILE]</c></summary>
internal static class ReportCommand
{
    public static Command Create(Shared shared)
    {
        var id = HandoffArgument.Create();
        var to = new Option<string?>("--out") { Description = "Where to write; else failover-ID.html here. A file that is there already is not replaced", HelpName = "FILE" };
        var command = new Command("report", "One handoff as one self-contained HTML page: summary, vote gap, timeline") { id, to };
        shared.Run(command, (session, parsed, ct) => RunAsync(session, parsed.GetValue(id), parsed.GetValue(to), ct));
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, HandoffId? id, string? file, CancellationToken ct)
    {
        var (past, missing, obstacle) = await HandoffArgument.FindAsync(session, id, ct);
        if (past is null)
        {
            return session.Tell(obstacle!);
        }
        var path = Path.GetFullPath(file ?? $"failover-{past.Order.Id}.html");
        try
        {
            await using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await using var writer = new StreamWriter(stream);
            await writer.WriteAsync(ReportPage.Write(past, missing).AsMemory(), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return session.Tell(new Trouble(ExitCode.Usage, $"The report cannot be written to {path}: {e.Message}", [], $"failover report {past.Order.Id} --out OTHER-FILE"));
        }
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(new ReportDocument("report", past.Order.Id.ToString(), path, missing));
        }
        session.Screen.Write(Look.Marked(Look.GoodMark, Look.Good, $"{past.Order.Id}: {path}"));
        foreach (var text in missing)
        {
            session.Screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, text));
        }
        return ExitCode.Ok;
    }
}
