using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Coordination;

/// <summary>
/// Prepares both nodes, gives the go, watches, and can die at any moment: the handoff runs between the two agents, and everything that matters is
/// written down there. Keeps no state beyond the last reading. Deterministic for a given clock and id source.
/// </summary>
/// <param name="nodes">The agents, by distinct names.</param>
/// <param name="newId">A fresh id per plan.</param>
public sealed class HandoffCoordinator(IReadOnlyList<IAgent> nodes, TimeProvider time, Func<HandoffId> newId, CoordinationTimings? timings = null)
{
    private readonly CoordinationTimings _timings = timings ?? new();

    /// <summary>Reads the nodes.</summary>
    public ClusterReader Reader { get; } = new(nodes, time, timings ?? new());

    /// <summary>Reads all nodes and says who would be source and target. Changes nothing.</summary>
    public async Task<PlanResult> PlanAsync(string to, CancellationToken ct) => Reader.Find(to) is null
        ? new(null, null, Reader.NoSuchNode(to))
        : HandoffPlanner.Plan(await Reader.ReadAsync(ct), to, newId());

    /// <summary>
    /// Prepares the target, then the source. Whatever goes wrong, breaking off included, both nodes are asked to release, and the result says so:
    /// either both are locked and every check passes, or nothing has changed.
    /// </summary>
    /// <param name="hooks">Whether it is a handoff, or a dry run with or without the agents' hooks.</param>
    public async Task<Preparation> PrepareAsync(HandoffPlan plan, HookUse hooks, CancellationToken operatorCancels)
    {
        PrepareReport? target = null, source = null;
        Obstacle? failure;
        try
        {
            (target, failure) = await PrepareAsync(plan, HandoffRole.Target, hooks, operatorCancels);
            if (failure is null)
            {
                (source, failure) = await PrepareAsync(plan, HandoffRole.Source, hooks, operatorCancels);
            }
            failure ??= FailingChecks(target!, source!);
        }
        catch (OperationCanceledException) when (operatorCancels.IsCancellationRequested)
        {
            failure = new(ObstacleKind.BrokenOff, "Broken off while the nodes were being prepared. Nothing about voting has changed.");
        }
        catch
        {
            await ReleaseAsync(plan.Order);
            throw;
        }
        return new(plan, target, source, failure, failure is null ? [] : await ReleaseAsync(plan.Order));
    }

    /// <summary>
    /// Tells the source to begin. Asked again when it does not answer, which is safe: commit is idempotent. There is no token: once asked, it may have begun.
    /// </summary>
    public async Task<CommitResult> CommitAsync(HandoffPlan plan, CommitOptions options)
    {
        Obstacle? failure = null;
        var unheard = false;
        for (var i = 0; i < _timings.CommitTries; i++)
        {
            if (i > 0)
            {
                await Task.Delay(_timings.RetryPause, time, CancellationToken.None);
            }
            (_, failure) = await Reader.AskAsync(plan.Order.Source, async limited =>
            {
                await Agent(plan.Order.Source).CommitAsync(plan.Order, options, limited);
                return plan;
            }, _timings.CommitLimit, CancellationToken.None);
            if (failure is null)
            {
                return new(CommitState.Started, null, []);
            }
            if (failure.Kind == ObstacleKind.Refused)
            {
                // A refusal speaks for its own request only: an earlier one that was not answered may have begun the handoff.
                return unheard ? new(CommitState.Unknown, failure, []) : new(CommitState.Refused, failure, await ReleaseAsync(plan.Order));
            }
            unheard = true;
        }
        return new(CommitState.Unknown, failure, []);
    }

    /// <summary>Both agents' timelines merged, live, until the handoff has ended. Leaving it changes nothing about the handoff.</summary>
    public IAsyncEnumerable<TimelineItem> FollowAsync(HandoffOrder order, CancellationToken ct) =>
        new HandoffTimeline(Agent(order.Source), Agent(order.Target), order.Id, time, _timings).FollowAsync(ct);

    /// <summary>Gives up what was prepared and not committed: asks both nodes to release, in parallel, as far as they answer.</summary>
    public async Task<IReadOnlyList<Release>> ReleaseAsync(HandoffOrder order) =>
        await Task.WhenAll(ReleaseAsync(order.Source, order), ReleaseAsync(order.Target, order));

    /// <summary>
    /// Ends the unfinished handoff when it has changed nothing yet. The source is asked first, and the target is left alone unless the source agrees or
    /// does not know the handoff: an abort at the target of a running handoff would cost votes.
    /// </summary>
    public async Task<HandoffReport> AbortAsync(CancellationToken ct)
    {
        var view = await Reader.ReadAsync(ct);
        if (UnfinishedHandoff.Find(view) is not { } unfinished)
        {
            return HandoffReports.NothingUnfinished(view);
        }
        var order = unfinished.Order;
        List<AgentWord> words = [];
        foreach (var node in new[] { order.Source, order.Target })
        {
            var word = await AskAsync(node, (agent, limited) => agent.AbortAsync(order.Id, limited), _timings.ReleaseLimit, ct);
            words.Add(word.Word);
            if (node == order.Source && word.Word.Failure is not null && word.Reason != RefusalReason.NotFound)
            {
                break;
            }
        }
        return HandoffReports.AfterAbort(view, order, words);
    }

    /// <summary>
    /// Reads all nodes, finds the unfinished handoff, has the source's agent carry it on, then the target's, and says how it stands. An assertion goes to
    /// the source only, and not at all when a node shows that it is not so.
    /// </summary>
    public async Task<HandoffReport> ResumeAsync(OperatorAssertion? assertion, CancellationToken ct)
    {
        var view = await Reader.ReadAsync(ct);
        if (UnfinishedHandoff.Find(view) is not { } unfinished)
        {
            return HandoffReports.NothingUnfinished(view);
        }
        var order = unfinished.Order;
        if (HandoffReports.Contradiction(view, order, assertion) is { } contradiction)
        {
            return new(view, order, [], null, contradiction, contradiction.Text, contradiction.Next);
        }
        var (source, _) = await AskAsync(order.Source, (agent, limited) => agent.ResumeAsync(order.Id, assertion, limited), _timings.ResumeLimit, ct);
        var (target, _) = await AskAsync(order.Target, (agent, limited) => agent.ResumeAsync(order.Id, null, limited), _timings.ResumeLimit, ct);
        if (source.Outcome is { Phase: HandoffPhase.Ended, Ending: HandoffEnding.Unchanged } && target.Outcome is { Phase: HandoffPhase.Prepared })
        {
            // Over at its source before anything changed, and nobody will ever go on with it: the target is still locked for it.
            (target, _) = await AskAsync(order.Target, (agent, limited) => agent.AbortAsync(order.Id, limited), _timings.ReleaseLimit, ct);
        }
        return HandoffReports.AfterResume(view, order, [source, target]);
    }

    private async Task<(PrepareReport? Report, Obstacle? Failure)> PrepareAsync(HandoffPlan plan, HandoffRole role, HookUse hooks, CancellationToken operatorCancels)
    {
        var node = role == HandoffRole.Source ? plan.Order.Source : plan.Order.Target;
        // Hooks of an earlier handoff may have to end first, and a rehearsal has those of both nodes run.
        var longest = plan.Source.Hooks.Concat(plan.Target.Hooks).Aggregate(_timings.PrepareLimit, (sum, hook) => sum + hook.TimeLimit + Hook.KillGrace);
        return await Reader.AskAsync(node, limited => Agent(node).PrepareAsync(plan.Order, role, hooks, limited), longest, operatorCancels);
    }

    private static Obstacle? FailingChecks(PrepareReport target, PrepareReport source)
    {
        var failing = target.Checks.Concat(source.Checks).Where(check => check.Outcome is not (CheckOutcome.Ok or CheckOutcome.Warning)).ToList();
        return failing switch
        {
            [] => null,
            [var one] => new(ObstacleKind.PreflightFailed, $"The check {one.Name} fails: {one.Seen}", one.Remedy),
            _ => new(ObstacleKind.PreflightFailed, $"{failing.Count} checks fail: {string.Join(", ", failing.Select(check => check.Name))}.", failing[0].Remedy),
        };
    }

    // With its own limit and no other token: whoever breaks off still wants the nodes freed.
    private async Task<Release> ReleaseAsync(string node, HandoffOrder order)
    {
        var (word, reason) = await AskAsync(node, (agent, limited) => agent.AbortAsync(order.Id, limited), _timings.ReleaseLimit, CancellationToken.None);
        return new(node, reason == RefusalReason.NotFound ? null : word.Failure);
    }

    private async Task<(AgentWord Word, RefusalReason Reason)> AskAsync(
        string node, Func<IAgent, CancellationToken, Task<HandoffOutcome>> ask, TimeSpan limit, CancellationToken ct)
    {
        if (Reader.Find(node) is not { } agent)
        {
            return (new(node, null, Reader.NoSuchNode(node)), RefusalReason.Unknown);
        }
        var reason = RefusalReason.Unknown;
        var (outcome, failure) = await Reader.AskAsync(node, async limited =>
        {
            try
            {
                return await ask(agent, limited);
            }
            catch (OrderRefusedException refusal)
            {
                reason = refusal.Reason;
                throw;
            }
        }, limit, ct);
        return (new(node, outcome, failure), reason);
    }

    private IAgent Agent(string node) => Reader.Find(node) ?? throw new ArgumentException($"no node is called {node}", nameof(node));
}
