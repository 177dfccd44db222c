using System.CommandLine;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover handoff --to NODE [--dry-run] [--yes] [--min-idle-time 2m | --now]</c></summary>
internal static class HandoffCommand
{
    private static readonly TimeSpan UsualIdleTime = TimeSpan.FromMinutes(2);

    public static Command Create(Shared shared)
    {
        var to = new Option<string>("--to") { Description = "The node that receives the identity", HelpName = "NODE", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Prepare, check, report, release. Changes nothing about voting" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var idle = new Option<TimeSpan>("--min-idle-time")
        {
            Description = "Wait until no leader slot of the identity is within this time",
            HelpName = "2m",
            DefaultValueFactory = _ => UsualIdleTime,
            CustomParser = Duration.Parse,
        };
        var now = new Option<bool>("--now") { Description = "Do not wait: a leader slot may be lost" };
        var command = new Command("handoff", "Move the identity from the active node to another one") { to, dryRun, yes, idle, now };
        command.Validators.Add(result =>
        {
            if (result.GetValue(now) && result.GetResult(idle) is { Implicit: false })
            {
                result.AddError("--now and --min-idle-time exclude each other");
            }
        });
        shared.Run(command, (session, parsed, ct) => new HandoffRun(
            session, parsed.GetRequiredValue(to), parsed.GetValue(now) ? TimeSpan.Zero : parsed.GetValue(idle), parsed.GetValue(dryRun), parsed.GetValue(yes)).RunAsync(ct));
        return command;
    }
}
