using System.Runtime.CompilerServices;
using Failover.Agents;
using Failover.Examinations;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;

namespace Failover.Coordination;

/// <summary>An agent that answers what its test says, and writes down what it was asked. The handoff itself is foreign to this layer.</summary>
internal sealed class ScriptedAgent(NodeFacts facts, List<string> calls) : IAgent, IExaminer
{
    public string Node { get; init; } = facts.Node;

    public NodeFacts Facts { get; set; } = facts;

    public string Address => $"https://{Node}:7443";

    /// <summary>What the node says of itself when examined; the coordinator adds what takes two.</summary>
    public IReadOnlyList<PreflightCheck> Checks { get; set; } = [];

    public IReadOnlyList<PeerStanding> Peers { get; set; } = [];

    /// <summary>Thrown by every call while set.</summary>
    public Exception? Down { get; set; }

    public Func<CancellationToken, Task<NodeFacts>>? OnStatus { get; set; }

    public Func<HandoffOrder, HandoffRole, CancellationToken, Task<PrepareReport>>? OnPrepare { get; set; }

    public Func<HandoffOrder, CommitOptions, Task>? OnCommit { get; set; }

    public Func<HandoffId, long, CancellationToken, IAsyncEnumerable<HandoffEvent>>? OnFollow { get; set; }

    public Func<HandoffId, Task<HandoffOutcome>>? OnAbort { get; set; }

    public Func<HandoffId, OperatorAssertion?, Task<HandoffOutcome>>? OnResume { get; set; }

    public IReadOnlyList<HistoryEntry> History { get; set; } = [];

    public HandoffOrder? Order { get; private set; }

    public Task<NodeFacts> GetStatusAsync(CancellationToken ct) => Answer("status", () => OnStatus?.Invoke(ct) ?? Task.FromResult(Facts));

    public Task<Examination> ExamineAsync(CancellationToken ct) => Answer("examine", () => Task.FromResult(new Examination(Facts, Checks, Peers)));

    public Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, HookUse hooks, CancellationToken ct) => Answer($"prepare {role}{(hooks == HookUse.Run ? "" : $" {hooks}")}", () =>
    {
        Order = order;
        Facts = Facts with { HighestToken = order.Token, LastHandoff = new(order, HandoffPhase.Prepared, HandoffEnding.Unknown, "Prepared.", "") };
        return OnPrepare?.Invoke(order, role, ct) ?? Task.FromResult(role == HandoffRole.Source ? Samples.Report(Facts) : new PrepareReport(Facts, null, [], null, null));
    });

    public Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct) => Answer($"commit {options.MinIdleTime.TotalSeconds:0}s", async () =>
    {
        await (OnCommit?.Invoke(order, options) ?? Task.CompletedTask);
        return "";
    });

    public async IAsyncEnumerable<HandoffEvent> FollowAsync(HandoffId handoff, long fromSequence, [EnumeratorCancellation] CancellationToken ct)
    {
        await Answer($"follow {fromSequence}", () => Task.FromResult(""));
        await foreach (var e in (OnFollow?.Invoke(handoff, fromSequence, ct) ?? Nothing()).WithCancellation(ct))
        {
            yield return e;
        }
    }

    public Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct) => Answer("abort", () =>
    {
        if (OnAbort is not null)
        {
            return OnAbort(handoff);
        }
        if (Facts.LastHandoff is not { } last || last.Order.Id != handoff)
        {
            throw new OrderRefusedException(RefusalReason.NotFound, "No such handoff here.");
        }
        Facts = Facts with { LastHandoff = last with { Phase = HandoffPhase.Ended, Ending = HandoffEnding.Unchanged, Text = "Nothing was changed." } };
        return Task.FromResult(Facts.LastHandoff);
    });

    public Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct) => Answer(
        assertion is null ? "resume" : $"resume fenced \"{assertion.Reason}\"",
        () => OnResume?.Invoke(handoff, assertion) ?? Task.FromResult(Facts.LastHandoff ?? throw new OrderRefusedException(RefusalReason.NotFound, "No such handoff here.")));

    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct) => Answer($"history {most}", () => Task.FromResult(History));

    public Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => Answer($"set-identity {identity} {overrideReason}".TrimEnd(), () =>
    {
        Facts = Facts with { Holds = identity, LinkPointsTo = identity, RunningIdentity = identity == HeldIdentity.Staked ? Facts.StakedIdentity : Facts.UnstakedIdentity };
        return Task.FromResult(Facts);
    });

    public Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => Answer($"relink {identity} {overrideReason}".TrimEnd(), () =>
    {
        Facts = Facts with { LinkPointsTo = identity };
        return Task.FromResult(Facts);
    });

    public Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct) => Answer($"send-record {peer}", () => Task.FromResult(Facts.Records));

    private Task<T> Answer<T>(string call, Func<Task<T>> answer)
    {
        calls.Add($"{Node}: {call}");
        return Down is null ? answer() : Task.FromException<T>(Down);
    }

    private static async IAsyncEnumerable<HandoffEvent> Nothing()
    {
        await Task.CompletedTask;
        yield break;
    }
}
