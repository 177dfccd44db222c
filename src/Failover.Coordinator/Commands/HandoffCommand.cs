using System.CommandLine;
using Failover.Hooks;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover handoff --to NODE [--dry-run [--hooks run|skip]] [--yes] [--min-idle-time 2m | --now]</c></summary>
internal static class HandoffCommand
{
    public static Command Create(Shared shared)
    {
        var to = new Option<string>("--to") { Description = "The node that receives the identity", HelpName = "NODE", Required = true };
        to.CompletionSources.Add(shared.NodeNames);
        var dryRun = new Option<bool>("--dry-run") { Description = "Prepare, check, report, release. Changes nothing about voting" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var hooks = new Option<string>("--hooks")
        {
            Description = "With --dry-run: run the agents' hooks up to the commit, which are told that it is one, or skip them",
            HelpName = "run|skip",
            DefaultValueFactory = _ => "skip",
        };
        hooks.AcceptOnlyFromAmong("run", "skip");
        var moment = new MomentOptions();
        var command = new Command("handoff", "Move the identity from the active node to another one") { to, dryRun, hooks, yes };
        command.Validators.Add(result =>
        {
            if (result.GetResult(hooks) is { Implicit: false } && !result.GetValue(dryRun))
            {
                result.AddError("--hooks comes only with --dry-run: a handoff runs its hooks");
            }
        });
        moment.AddTo(command);
        shared.Run(command, (session, parsed, ct) => new HandoffRun(
            session, parsed.GetRequiredValue(to), moment.Read(parsed), Use(parsed.GetValue(dryRun), parsed.GetValue(hooks) == "run"), parsed.GetValue(yes)).RunAsync(ct));
        return command;
    }

    private static HookUse Use(bool dryRun, bool run) => (dryRun, run) switch
    {
        (false, _) => HookUse.Run,
        (true, true) => HookUse.DryRun,
        (true, false) => HookUse.Skip,
    };
}
