using System.CommandLine;
using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Hooks;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover plan --to NODE [--min-idle-time 2m | --now]</c></summary>
internal static class PlanCommand
{
    public static Command Create(Shared shared)
    {
        var to = new Option<string>("--to") { Description = "The node that would receive the identity", HelpName = "NODE", Required = true };
        to.CompletionSources.Add(shared.NodeNames);
        var moment = new MomentOptions();
        var command = new Command("plan", "What a handoff would do now: its steps, when its window comes, what it would cost, and what would stop it. Changes nothing") { to };
        moment.AddTo(command);
        shared.Run(command, (session, parsed, ct) => RunAsync(session, parsed.GetRequiredValue(to), moment.Read(parsed), ct));
        return command;
    }

    /// <summary>Both nodes are prepared, since only that measures and checks for real, and released at once.</summary>
    private static async Task<ExitCode> RunAsync(Session session, string to, CommitOptions moment, CancellationToken ct)
    {
        var planned = await session.Coordinator.PlanAsync(to, ct);
        if (planned.Plan is not { } plan)
        {
            return session.Tell(planned.Obstacle!, planned.View);
        }
        var preparation = await session.Coordinator.PrepareAsync(plan, HookUse.Skip, ct);
        var releases = preparation.Failure is null ? await session.Coordinator.ReleaseAsync(plan.Order) : preparation.Releases;
        var preview = HandoffPreview.Of(plan, moment, preparation);
        var screen = session.Screen;
        if (screen.Json)
        {
            screen.WriteDocument(plan.ToDocument(moment, preview, preparation with { Releases = releases }));
        }
        else
        {
            screen.Write(PlanView.Render(plan, moment));
            screen.Write(PreviewView.Render(plan, preview, screen.Width));
            screen.Write(PreflightTable.Render(preparation, screen.Width));
        }
        foreach (var release in releases.Where(release => release.Failure is not null))
        {
            screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, $"{release.Node} could not be released: {release.Failure!.Text} Its lock runs out by itself; failover abort tries again."));
        }
        if (preparation.Failure is { } failure)
        {
            screen.Write(Look.Marked(Look.BadMark, Look.Bad, $"A handoff would not begin: {Words.Sentence(failure.Text)} Nothing was changed.", Look.Strong));
            screen.Write(Look.Next(failure.Next.Length > 0 ? failure.Next : "failover status"));
            return Trouble.CodeOf(failure.Kind);
        }
        screen.Write(Look.Marked(Look.GoodMark, Look.Good, "Nothing stands in the way, and nothing was changed.", Look.Strong));
        screen.Write(Look.Next($"failover handoff --to {to}{(moment.MinIdleTime == TimeSpan.Zero ? " --now" : "")}"));
        return ExitCode.Ok;
    }
}
