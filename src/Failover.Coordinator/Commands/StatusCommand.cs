using System.CommandLine;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover status [--watch]</c></summary>
internal static class StatusCommand
{
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(1);

    public static Command Create(Shared shared)
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Look again every second, until Ctrl-C" };
        var command = new Command("status", "Who is active, and how do all nodes stand?") { watch };
        shared.Run(command, (session, parsed, ct) => parsed.GetValue(watch) ? WatchAsync(session, ct) : OnceAsync(session, ct));
        return command;
    }

    private static async Task<ExitCode> OnceAsync(Session session, CancellationToken ct)
    {
        var view = await session.Coordinator.Reader.ReadAsync(ct);
        Show(session.Screen, view);
        return CodeOf(view);
    }

    private static async Task<ExitCode> WatchAsync(Session session, CancellationToken ct)
    {
        var reader = session.Coordinator.Reader;
        var view = await reader.ReadAsync(ct);
        try
        {
            if (!session.Screen.IsTerminal || session.Screen.Json)
            {
                for (; ; view = await reader.ReadAsync(ct))
                {
                    Show(session.Screen, view);
                    await Task.Delay(WatchPause, session.Time, ct);
                }
            }
            await session.Screen.Console.Live(StatusView.Render(view, session.Screen.Width)).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                for (; ; view = await reader.ReadAsync(ct))
                {
                    live.UpdateTarget(StatusView.Render(view, session.Screen.Width));
                    await Task.Delay(WatchPause, session.Time, ct);
                }
            });
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // How one leaves a watch.
        }
        return CodeOf(view);
    }

    private static void Show(Screen screen, ClusterView view)
    {
        if (screen.Json)
        {
            screen.WriteDocument(view.ToDocument());
        }
        else
        {
            screen.Write(StatusView.Render(view, screen.Width));
        }
    }

    /// <summary>Two active or none need a person; a node that does not answer has its own code; shortcomings do not change it.</summary>
    internal static ExitCode CodeOf(ClusterView view) => Verdict.Of(view).Kind switch
    {
        VerdictKind.SeveralActive or VerdictKind.NobodyActive => ExitCode.NeedsOperator,
        _ => view.Silent.Any() ? ExitCode.Unreachable : ExitCode.Ok,
    };
}
