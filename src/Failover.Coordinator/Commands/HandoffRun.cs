using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Handoff;
using Failover.Hooks;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary>One handoff as the operator lives through it: plan, preflight, question, timeline, summary.</summary>
internal sealed class HandoffRun(Session session, string to, CommitOptions moment, HookUse hooks, bool yes)
{
    private readonly bool _dryRun = hooks != HookUse.Run;
    private readonly Screen _screen = session.Screen;

    /// <param name="interrupted">Until the go it gives everything back; afterwards it only ends the watching.</param>
    public async Task<ExitCode> RunAsync(CancellationToken interrupted)
    {
        if (!_dryRun)
        {
            session.RequireSomebodyToAsk(yes);
        }
        var planned = await session.Coordinator.PlanAsync(to, interrupted);
        if (planned.Plan is not { } plan)
        {
            return session.Tell(planned.Obstacle!, planned.View);
        }
        Show(plan);
        var preparation = await PrepareAsync(plan, interrupted);
        Show(preparation);
        if (preparation.Failure is { } failure)
        {
            return await StopAsync(plan, failure, preparation.Releases);
        }
        CommitResult commit;
        try
        {
            if (_dryRun)
            {
                return await EndDryRunAsync(plan);
            }
            if (!await ConfirmAsync(plan, interrupted))
            {
                var said = interrupted.IsCancellationRequested ? "Broken off." : "Not confirmed.";
                return await StopAsync(plan, new(ObstacleKind.BrokenOff, said), await session.Coordinator.ReleaseAsync(plan.Order));
            }
            commit = await session.Coordinator.CommitAsync(plan, moment);
        }
        catch
        {
            // Whatever broke (a closed pipe, a bug): both nodes are locked and nobody comes back for them. Refused by itself once it has begun.
            await session.Coordinator.ReleaseAsync(plan.Order);
            throw;
        }
        if (commit.State == CommitState.Refused)
        {
            return await StopAsync(plan, commit.Failure!, commit.Releases);
        }
        try
        {
            if (commit.State == CommitState.Unknown)
            {
                Warn($"{commit.Failure!.Text} It may have begun: its timeline will tell.");
            }
            return await new HandoffWatch(session, plan.Order).RunAsync(interrupted);
        }
        catch (Exception e)
        {
            throw new WatchFailedException(plan.Order, e);
        }
    }

    private void Show(HandoffPlan plan)
    {
        if (_screen.Json)
        {
            _screen.WriteDocument(plan.ToDocument(moment));
        }
        else
        {
            _screen.Write(PlanView.Render(plan, moment));
        }
    }

    private void Show(Preparation preparation)
    {
        if (_screen.Json)
        {
            _screen.WriteDocument(preparation.ToDocument());
        }
        else
        {
            _screen.Write(PreflightTable.Render(preparation, _screen.Width));
        }
    }

    private async Task<Preparation> PrepareAsync(HandoffPlan plan, CancellationToken interrupted)
    {
        Preparation? preparation = null;
        await WaitingAsync("preparing both nodes", async () => preparation = await session.Coordinator.PrepareAsync(plan, hooks, interrupted));
        return preparation!;
    }

    private async Task WaitingAsync(string what, Func<Task> work)
    {
        if (_screen.IsTerminal)
        {
            await _screen.Console.Status().StartAsync($"{what}…", _ => work());
        }
        else
        {
            await work();
        }
    }

    private async Task<bool> ConfirmAsync(HandoffPlan plan, CancellationToken interrupted)
    {
        if (yes)
        {
            return !interrupted.IsCancellationRequested;
        }
        try
        {
            var confirmed = await _screen.AskAsync($"Move {Words.Short(plan.Order.StakedIdentity)} from {plan.Order.Source} to {plan.Order.Target}?", interrupted);
            _screen.WriteLine();
            return confirmed;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            _screen.WriteLine();
            return false;
        }
    }

    private async Task<ExitCode> EndDryRunAsync(HandoffPlan plan)
    {
        var releases = await session.Coordinator.ReleaseAsync(plan.Order);
        var ran = hooks == HookUse.DryRun && plan.Source.Hooks.Concat(plan.Target.Hooks).Any() ? $" How each hook fared: failover history {plan.Order.Id}." : "";
        var text = $"Dry run passed: both nodes are ready, and released again. Nothing was changed.{ran}";
        var next = moment.MinIdleTime == TimeSpan.Zero ? $"failover handoff --to {to} --now" : $"failover handoff --to {to}";
        if (_screen.Json)
        {
            _screen.WriteDocument(new EndDocument("outcome", (int)ExitCode.Ok, JsonOutput.Name(HandoffEnding.Unchanged), plan.Order.Id.ToString(), true, false, text, next,
                null, Trouble.StateOf(session.Coordinator.Reader.LastSeen)));
        }
        _screen.Write(Look.Marked(Look.GoodMark, Look.Good, text, Look.Strong));
        Show(releases);
        _screen.Write(Look.Next(next));
        return ExitCode.Ok;
    }

    /// <summary>Nothing about voting has changed; says so, and whether both nodes are free again.</summary>
    private async Task<ExitCode> StopAsync(HandoffPlan plan, Obstacle why, IReadOnlyList<Release> releases)
    {
        // The nodes' state after the release, not before: that is what is true now.
        var now = await session.Coordinator.Reader.ReadAsync(CancellationToken.None);
        var code = Trouble.CodeOf(why.Kind);
        var next = why.Next.Length > 0 ? why.Next : why.Kind == ObstacleKind.BrokenOff ? "" : "failover status";
        var free = releases.All(release => release.Failure is null) ? ", and both nodes are free again" : "";
        // Somebody else's handoff may be moving the identity at this very moment: then nothing is claimed about it.
        var text = UnfinishedHandoff.Find(now) is { } other && other.Order.Id != plan.Order.Id
            ? $"{Words.Sentence(why.Text)} This attempt changed nothing about voting. {other.Describe().Text}"
            : $"{Words.Sentence(why.Text)} {plan.Order.Source} still has the identity: nothing about voting was changed{free}.";
        if (_screen.Json)
        {
            _screen.WriteDocument(new EndDocument(
                "outcome", (int)code, JsonOutput.Name(HandoffEnding.Unchanged), plan.Order.Id.ToString(), _dryRun, false, text, next, null, Trouble.StateOf(now)));
        }
        _screen.ErrorConsole.Write(new Trouble(code, text, Trouble.StateOf(now), next).Render());
        Show(releases);
        return code;
    }

    private void Show(IReadOnlyList<Release> releases)
    {
        foreach (var release in releases.Where(release => release.Failure is not null))
        {
            Warn($"{release.Node} could not be released: {release.Failure!.Text} Its lock runs out by itself; failover abort tries again.");
        }
    }

    private void Warn(string text) => _screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, text));
}
