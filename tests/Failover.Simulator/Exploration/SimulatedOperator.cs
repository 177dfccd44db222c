using Failover.Agents;
using Failover.Coordination;
using Failover.Hooks;
using Failover.Identities;

namespace Failover.Simulation;

/// <summary>A careful operator at a console: types what the tool says, and gives a reason to override only when it is true.</summary>
internal sealed class SimulatedOperator(SimulatedPair pair)
{
    private SimulatedConsole? _console;
    private int _consoles;

    public SimulatedConsole Console => _console ??= NewConsole();

    /// <summary>What was read last: one node is active, no handoff is open, nothing is to be done.</summary>
    public bool Calm { get; set; }

    /// <summary>Another machine to type at.</summary>
    public SimulatedConsole NewConsole() => new(pair, pair.Pump, $"console-{++_consoles}", $"handoff-{_consoles:D4}");

    /// <summary>The console that the operator types at is killed, and the operator goes to another one.</summary>
    public void KillConsole()
    {
        _console?.Kill();
        _console = null;
    }

    /// <summary>To whichever node is not active, as far as the operator can see.</summary>
    public async Task HandOverAsync()
    {
        var console = Console;
        try
        {
            await console.DoAsync(async () =>
            {
                var view = await console.Coordinator.Reader.ReadAsync(CancellationToken.None);
                var to = view.Active is [var active] ? pair.Nodes.First(node => node.Name != active.Node).Name : pair.B.Name;
                var planned = await console.Coordinator.PlanAsync(to, CancellationToken.None);
                if (planned.Plan is not { } plan)
                {
                    pair.Trace($"the operator reads: {planned.Obstacle!.Text} Next: {planned.Obstacle.Next}");
                    return await AttendAsync(console, planned.View);
                }
                var prepared = await console.Coordinator.PrepareAsync(plan, HookUse.Run, CancellationToken.None);
                if (prepared.Failure is { } failure)
                {
                    pair.Trace($"the operator reads: {failure.Text}");
                    return false;
                }
                var committed = await console.Coordinator.CommitAsync(plan, new CommitOptions(TimeSpan.Zero));
                pair.Trace($"the operator reads: commit {committed.State} {committed.Failure?.Text}");
                if (committed.State != CommitState.Refused)
                {
                    await foreach (var item in console.Coordinator.FollowAsync(plan.Order, CancellationToken.None))
                    {
                        _ = item;
                    }
                }
                return true;
            });
        }
        catch (ProcessDiedException)
        {
            pair.Trace("the operator's console is gone");
        }
    }

    /// <summary>One look, and what it asks for.</summary>
    public async Task AttendAsync()
    {
        var console = Console;
        try
        {
            await console.DoAsync(async () => await AttendAsync(console, await console.Coordinator.Reader.ReadAsync(CancellationToken.None)));
        }
        catch (ProcessDiedException)
        {
            pair.Trace("the operator's console is gone");
        }
    }

    /// <summary>What a careful operator does: types what the tool says, and gives a reason to override only when it is true.</summary>
    private async Task<bool> AttendAsync(SimulatedConsole console, ClusterView? view)
    {
        if (view is null)
        {
            return false;
        }
        if (UnfinishedHandoff.Find(view) is { } unfinished)
        {
            var report = unfinished.Describe().Next.StartsWith("failover abort", StringComparison.Ordinal)
                ? await console.Coordinator.AbortAsync(CancellationToken.None)
                : await console.Coordinator.ResumeAsync(null, CancellationToken.None);
            pair.Trace($"the operator reads: {report.Text} Next: {report.Next}");
            return true;
        }
        var verdict = Verdict.Of(view);
        Calm = verdict.Next.Length == 0;
        pair.Trace($"the operator reads: {verdict.Text}. Next: {verdict.Next}");
        if (verdict.Next.Split(' ') is ["failover", "node", "set-identity", var name, "staked", .. var rest])
        {
            await TakeStakedByHandAsync(console, name, rest.Contains("--override-reason"));
        }
        return true;
    }

    /// <summary>Only where nobody else can vote or come back with S, and with the newest record.</summary>
    public async Task TakeStakedByHandAsync(SimulatedConsole console, string name, bool withReason)
    {
        var node = pair.Named(name);
        if (pair.Nodes.Any(other => other != node && other.Validator is { Running: true } validator && validator.Recorded == pair.Cluster.Staked.Public))
        {
            pair.Trace("the operator sees that somebody holds S");
            return;
        }
        if (pair.Nodes.Any(other => other != node && other.Disk.DurableLink(other.Config.IdentityLink) == other.Config.StakedKeypair))
        {
            pair.Trace("the operator sees that another machine would come back with S");
            return;
        }
        var newest = pair.Nodes.MaxBy(other => LastSlot(other))!;
        if (newest != node && LastSlot(newest) > LastSlot(node) && newest.Disk.BytesOf(newest.TowerPath) is { } record)
        {
            pair.Trace($"the operator copies the newest record from {newest.Name} to {name}");
            node.Disk.Create(node.TowerPath, record, null);
        }
        var taken = await console.ByHand.SetIdentityAsync(name, HeldIdentity.Staked, withReason ? "I looked: nobody else can vote" : null, CancellationToken.None);
        pair.Trace($"the operator gives {name} S by hand: {taken.Obstacle?.Text ?? "done"}");
        if (!withReason && taken.Obstacle is { } obstacle && obstacle.Next.Contains("--override-reason", StringComparison.Ordinal))
        {
            await TakeStakedByHandAsync(console, name, withReason: true);
        }
    }

    private ulong LastSlot(SimulatedNode node) => node.Disk.BytesOf(node.TowerPath) is { } bytes
        ? Records.RecordVerifier.Verify(Records.RecordKind.Tower, bytes, pair.Cluster.Staked.Public).Record?.LastVotedSlot ?? 0
        : 0;
}
