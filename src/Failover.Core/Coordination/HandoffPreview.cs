using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Records;
using Failover.Validators;

namespace Failover.Coordination;

/// <summary>One step of a handoff that has not begun, with this pair's own paths and values.</summary>
public sealed record PreviewStep(string Node, HandoffStep Step, string Text);

/// <summary>What a handoff would do, and when, and what it would cost, by what both nodes show now. Promises nothing.</summary>
/// <param name="Epoch">As the source sees it; null when it does not tell.</param>
/// <param name="Schedule">Of S, by the source's validator; null when it does not tell.</param>
/// <param name="IdleSlots">Slots without a leader slot that are wanted after the switch; 0: at once.</param>
/// <param name="Windows">The next restart windows, at most three.</param>
/// <param name="SkippedNow">The leader slots that the target would skip if the switch were now.</param>
/// <param name="Steps">In their order.</param>
/// <param name="Busy">What passes between the source's last vote and the moment at which the target can vote, as far as it can be measured beforehand; null without a round trip.</param>
public sealed record HandoffPreview(
    EpochInfo? Epoch, LeaderSchedule? Schedule, ulong IdleSlots, IReadOnlyList<IdleWindow> Windows, IReadOnlyList<ulong> SkippedNow, IReadOnlyList<PreviewStep> Steps, TimeSpan? Busy)
{
    private const int MostWindows = 3;

    // Stop the voters, set identity, read back; the target's calls are the last two.
    private const int CallsOnSource = 3;
    private const int CallsOnTarget = 2;

    /// <summary>Slots that go by without a vote: the source is fenced right after one, so all that fits into the rest of a slot costs none.</summary>
    public ulong? VoteGapSlots => Busy is { } busy ? (ulong)(busy / RestartWindow.UsualSlot) : null;

    /// <param name="prepared">What preparing both nodes gave, for the round trip; null when it was not measured.</param>
    public static HandoffPreview Of(HandoffPlan plan, CommitOptions moment, Preparation? prepared)
    {
        var source = plan.Source;
        var idle = moment.MinIdleTime > TimeSpan.Zero ? RestartWindow.IdleSlots(moment.MinIdleTime) : 0;
        var schedule = source is { Epoch: { } epoch, LeaderSlotsKnownUpTo: { } knownUpTo }
            ? new LeaderSchedule(epoch.AbsoluteSlot, knownUpTo, source.NextLeaderSlots).AfterSlot(epoch.AbsoluteSlot)
            : null;
        return new(
            source.Epoch, schedule, idle,
            schedule is null ? [] : [.. schedule.Windows(Math.Max(idle, RestartWindow.UntilRooted)).Take(MostWindows)],
            schedule is null ? [] : [.. schedule.Slots.Where(slot => slot - schedule.After <= RestartWindow.UntilRooted)],
            [.. StepsOf(plan, idle)],
            prepared?.Source?.RoundTrip is { } roundTrip
                ? ((source.AdminLatency ?? TimeSpan.Zero) * CallsOnSource) + new HandoffTimings().Drain + roundTrip + ((plan.Target.AdminLatency ?? TimeSpan.Zero) * CallsOnTarget)
                : null);
    }

    private static IEnumerable<PreviewStep> StepsOf(HandoffPlan plan, ulong idle)
    {
        var (source, target, order) = (plan.Source, plan.Target, plan.Order);
        string U(NodeFacts node) => node.UnstakedIdentity?.ToString() ?? "its unstaked identity";
        var (staked, files) = (order.StakedIdentity, string.Join(" and ", Files(source)));
        PreviewStep[] Hooks(NodeFacts node, HandoffRole role, params HookPoint[] points) =>
            [.. points.SelectMany(point => node.Hooks.Where(hook => hook.At == point && hook.RunsAs(role)).Select(hook => HookStep(node, hook)))];
        foreach (var hook in (PreviewStep[])
            [.. Hooks(target, HandoffRole.Target, HookPoint.BeforePrepare, HookPoint.AfterPrepare), .. Hooks(source, HandoffRole.Source, HookPoint.BeforePrepare, HookPoint.AfterPrepare)])
        {
            yield return hook;
        }
        yield return new(source.Node, HandoffStep.WaitForWindow, idle == 0 ? "not waited for" : $"until no leader slot of S is within {idle} slots");
        foreach (var hook in (PreviewStep[])[.. Hooks(target, HandoffRole.Target, HookPoint.BeforeCommit), .. Hooks(source, HandoffRole.Source, HookPoint.BeforeCommit)])
        {
            yield return hook;
        }
        yield return new(source.Node, HandoffStep.RelinkToUnstaked, $"{source.Paths?.IdentityLink ?? "its identity link"} → {source.Paths?.UnstakedKeypair ?? "U"}: a restart comes up unstaked from here on");
        yield return new(source.Node, HandoffStep.VoterFence, source.Proof switch
        {
            VotingStopProof.VoterFence => "right after the next vote, removeAllAuthorizedVoters: no vote can be generated any more",
            VotingStopProof.CommandGuarantee => "none on this client: its own command returns only once the switch is complete",
            _ => "none on this client: three processed slots have to pass instead",
        });
        yield return new(source.Node, HandoffStep.SetIdentityUnstaked, $"to {U(source)}, and read back");
        yield return new(source.Node, HandoffStep.Seal, $"{files} at rest, verified and hashed");
        yield return new(source.Node, HandoffStep.HandOver, $"the record, its receipt and the permit, in one message to {target.Node}");
        yield return new(target.Node, HandoffStep.Promote,
            $"check all of it, store it in {target.Paths?.TowerFolder ?? "the ledger"}, set identity to {staked} with its record required, then {target.Paths?.IdentityLink ?? "its link"} → {target.Paths?.StakedKeypair ?? "S"}");
        yield return new(target.Node, HandoffStep.FirstVote, "seen in its own record");
        yield return new(source.Node, HandoffStep.GiveVotersBack, source.StandbyFenced ? "kept away, as configured" : "once its voting loop has left S");
        foreach (var hook in (PreviewStep[])
            [.. Hooks(target, HandoffRole.Target, HookPoint.AfterCommit, HookPoint.AfterEnding), .. Hooks(source, HandoffRole.Source, HookPoint.AfterCommit, HookPoint.AfterEnding)])
        {
            yield return hook;
        }
    }

    private static PreviewStep HookStep(NodeFacts node, HookFacts hook) => new(node.Node, HandoffStep.Hook, string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{hook.At.Word}: {hook.Name} ({hook.Program}), at most {hook.TimeLimit.TotalSeconds:0.##} s{(hook.MustSucceed ? ", must succeed" : "")}"));

    private static IEnumerable<string> Files(NodeFacts source) => source.Records.Select(record => record.Kind).DefaultIfEmpty(RecordKind.Tower)
        .Select(kind => Path.Combine(source.Paths?.TowerFolder ?? "", source.StakedIdentity is { } staked ? RecordFiles.Name(kind, staked) : kind.ToString()));
}
