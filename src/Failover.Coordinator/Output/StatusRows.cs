using Failover.Agents;
using Failover.Coordination;
using Failover.Handoff;
using Failover.Identities;
using Spectre.Console;

namespace Failover.Coordinator.Output;

/// <summary>One value of the status table.</summary>
internal readonly record struct StatusCell(string Text, Style Style)
{
    public static readonly StatusCell Nothing = new("", Look.Plain);

    public static implicit operator StatusCell(string text) => new(text, Look.Plain);
}

/// <summary>The rows of the status table, most important first.</summary>
internal static class StatusRows
{
    internal sealed record Row(string Name, Func<NodeReading, StatusCell> Cell);

    public static IReadOnlyList<Row> All(ClusterView view) =>
    [
        new("role", Role),
        Of("holds", Holds),
        Of("on restart", OnRestart),
        Of("validator", Validator),
        Of("health", Health),
        Of("slot", facts => Slot(facts, view)),
        Of("last vote", facts => facts.VoteAccountOnChain is { } vote
            ? new StatusCell(vote.Delinquent ? $"{Words.Number(vote.LastVote)}, delinquent" : Words.Number(vote.LastVote), vote.Delinquent ? Look.Bad : Look.Plain) : StatusCell.Nothing),
        Of("record", facts => facts.Records.Count == 0
            ? new StatusCell("none", Look.Faint)
            : string.Join("\n", facts.Records.Select(record => $"{Words.Of(record.Kind)}, slot {Words.Number(record.LastVotedSlot)}"))),
        Of("voters", Voters),
        Of("next leader", NextLeader),
        Of("last word", facts => facts.HighestToken.Value == 0 ? Words.Of(facts.Promised) : $"{Words.Of(facts.Promised)}, token {facts.HighestToken}"),
        Of("last handoff", LastHandoff),
        new("agent", node => node.Facts is { } facts ? $"{facts.AgentVersion.Split('+')[0]}, {Words.Duration(node.Took)}" : StatusCell.Nothing),
    ];

    private static Row Of(string name, Func<NodeFacts, StatusCell> cell) => new(name, node => node.Facts is { } facts ? cell(facts) : StatusCell.Nothing);

    private static StatusCell Role(NodeReading node) => node.Facts switch
    {
        null => new StatusCell("unreachable", Look.Bad),
        { Holds: HeldIdentity.Staked } => new StatusCell("● active", Look.Good),
        { Holds: HeldIdentity.Unstaked } => "○ standby",
        { ProcessRunning: false } => new StatusCell("stopped", Look.Bad),
        _ => new StatusCell("not known", Look.Bad),
    };

    private static StatusCell Holds(NodeFacts facts) => facts.Holds switch
    {
        HeldIdentity.Staked => $"S {Words.Short(facts.RunningIdentity)}",
        HeldIdentity.Unstaked => $"U {Words.Short(facts.RunningIdentity)}",
        _ => facts.RunningIdentity is { } other ? new StatusCell($"{Words.Short(other)}, neither S nor U", Look.Bad) : new StatusCell("no answer", Look.Bad),
    };

    private static StatusCell OnRestart(NodeFacts facts)
    {
        var right = facts.LinkPointsTo == facts.Holds || ClusterView.IsStoppedButActive(facts);
        return new StatusCell(facts.LinkPointsTo == HeldIdentity.Unknown ? "link unclear" : $"{Words.Of(facts.LinkPointsTo)} by link", right ? Look.Plain : Look.Bad);
    }

    private static StatusCell Validator(NodeFacts facts) => facts switch
    {
        { ProcessRunning: false } => new StatusCell("stopped", Look.Bad),
        { Started: false } => new StatusCell($"starting: {facts.StartProgress}", Look.Warn),
        { ClientVersion.Length: > 0 } => facts.ClientVersion,
        { ProcessRunning: true } => "running",
        _ => new StatusCell("unknown", Look.Bad),
    };

    private static StatusCell Health(NodeFacts facts) => facts.Health switch
    {
        null => new StatusCell("unknown", Look.Warn),
        { Healthy: true } => new StatusCell("ok", Look.Good),
        { SlotsBehind: { } behind } => new StatusCell($"{Words.Slots(behind)} behind", Look.Bad),
        var health => new StatusCell(health.Words, Look.Bad),
    };

    private static StatusCell Slot(NodeFacts facts, ClusterView view)
    {
        var newest = view.Answered.Max(other => other.ProcessedSlot);
        return facts.ProcessedSlot is { } slot
            ? newest - slot is { } behind and > 0 ? $"{Words.Number(slot)} (-{behind})" : Words.Number(slot)
            : new StatusCell("unknown", Look.Warn);
    }

    private static StatusCell Voters(NodeFacts facts) => facts switch
    {
        { VotersOwed: true } => new StatusCell("taken, to be given back", Look.Warn),
        { VotingEnabled: true } => "loaded",
        { VotingEnabled: false, Holds: HeldIdentity.Staked } => new StatusCell("none loaded", Look.Bad),
        { VotingEnabled: false } => "none loaded",
        { CommandLineHasVoter: true } => "on command line",
        { CommandLineHasVoter: false } => new StatusCell("not on command line", Look.Warn),
        _ => new StatusCell("unknown", Look.Faint),
    };

    private static StatusCell NextLeader(NodeFacts facts) =>
        facts is { Holds: HeldIdentity.Staked, ProcessedSlot: { } slot } && facts.NextLeaderSlots.Where(next => next >= slot).Cast<ulong?>().FirstOrDefault() is { } leader
            ? $"in {Words.AboutSlots(leader - slot)}"
            : StatusCell.Nothing;

    private static StatusCell LastHandoff(NodeFacts facts) => facts.LastHandoff switch
    {
        null => StatusCell.Nothing,
        { Ending: HandoffEnding.Unknown, Phase: HandoffPhase.Prepared } locked => new StatusCell($"LOCKED for {locked.Order.Id}", Look.Warn),
        { Ending: HandoffEnding.Unknown } running => new StatusCell($"{Words.Of(running.Phase)}: {running.Order.Id}", Look.Warn),
        { Ending: HandoffEnding.NeedsOperator } stuck => new StatusCell($"needs operator: {stuck.Order.Id}", Look.Bad),
        var ended => Words.Of(ended.Ending),
    };
}
