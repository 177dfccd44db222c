using System.CommandLine;
using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Handoff;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover resume [--target-is-fenced --reason "..."]</c> and <c>failover abort</c></summary>
internal static class ResumeCommand
{
    public static Command Create(Shared shared)
    {
        var fenced = new Option<bool>("--target-is-fenced")
        {
            Description = "You vouch that the target's validator does not run and cannot come back with S",
        };
        var reason = new Option<string?>("--reason") { Description = "How you made certain; recorded", HelpName = "TEXT" };
        var command = new Command("resume", "Carry on, or end, a handoff that stopped; say how it stands") { fenced, reason };
        command.Validators.Add(result =>
        {
            // One that lacks its argument is told of anyway, and has no value that could be asked for.
            if (result.GetResult(reason) is not { Implicit: false, Tokens.Count: 0 } && result.GetValue(fenced) == string.IsNullOrWhiteSpace(result.GetValue(reason)))
            {
                result.AddError("--target-is-fenced and --reason belong together");
            }
        });
        shared.Run(command, async (session, parsed, ct) => await ShowAsync(session, await session.Coordinator.ResumeAsync(
            parsed.GetValue(fenced) ? new OperatorAssertion(true, parsed.GetValue(reason)!.Trim()) : null, ct), isAbort: false));
        return command;
    }

    public static Command CreateAbort(Shared shared)
    {
        var command = new Command("abort", "End a handoff that has changed nothing yet, and free both nodes");
        shared.Run(command, async (session, _, ct) => await ShowAsync(session, await session.Coordinator.AbortAsync(ct), isAbort: true));
        return command;
    }

    private static async Task<ExitCode> ShowAsync(Session session, HandoffReport report, bool isAbort)
    {
        if (report.Order is not { } order)
        {
            return session.Tell(report.Obstacle!, report.View);
        }
        var now = await session.Coordinator.Reader.ReadAsync(CancellationToken.None);
        var code = CodeOf(report, isAbort);
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(new EndDocument(
                "outcome", (int)code, JsonOutput.Name(report.Outcome?.Ending ?? HandoffEnding.Unknown), order.Id.ToString(), false, false, report.Text, report.Next,
                report.Outcome?.ToDocument(), Trouble.StateOf(now)));
        }
        if (report.Outcome is { Ending: not HandoffEnding.Unknown } outcome)
        {
            session.Screen.Write(SummaryView.Render(order, outcome with { Text = report.Text }, now, report.Next));
        }
        else
        {
            var heading = $"The handoff {order.Id} from {order.Source} to {order.Target} has not ended.";
            session.Screen.Write(new Trouble(code, $"{heading} {report.Text}", Trouble.StateOf(now), report.Next).Render());
        }
        return code;
    }

    private static ExitCode CodeOf(HandoffReport report, bool isAbort) => report switch
    {
        { Words.Count: 0, Obstacle: { } obstacle } => Trouble.CodeOf(obstacle.Kind),
        // For abort, "unchanged" is what was asked for; refused or unheard, the handoff is still there.
        { Obstacle: { } } when isAbort => ExitCode.Unreachable,
        { Outcome.Ending: HandoffEnding.Unchanged } when isAbort => ExitCode.Ok,
        { Outcome: { Ending: HandoffEnding.Unknown, Phase: HandoffPhase.Prepared } } => ExitCode.Unchanged,
        { Outcome: { } outcome } => HandoffWatch.CodeOf(outcome.Ending),
        _ => ExitCode.Unreachable,
    };
}
