using System.CommandLine;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover handoff --to NODE [--dry-run] [--yes] [--min-idle-time 2m | --now]</c></summary>
internal static class HandoffCommand
{
    public static Command Create(Shared shared)
    {
        var to = new Option<string>("--to") { Description = "The node that receives the identity", HelpName = "NODE", Required = true };
        to.CompletionSources.Add(shared.NodeNames);
        var dryRun = new Option<bool>("--dry-run") { Description = "Prepare, check, report, release. Changes nothing about voting" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var moment = new MomentOptions();
        var command = new Command("handoff", "Move the identity from the active node to another one") { to, dryRun, yes };
        moment.AddTo(command);
        shared.Run(command, (session, parsed, ct) => new HandoffRun(
            session, parsed.GetRequiredValue(to), moment.Read(parsed), parsed.GetValue(dryRun), parsed.GetValue(yes)).RunAsync(ct));
        return command;
    }
}
