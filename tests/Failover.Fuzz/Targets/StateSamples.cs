using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Testing;
using Failover.Validators;

namespace Failover.Fuzzing.Targets;

/// <summary>What an agent writes down, with every part filled in.</summary>
internal static class StateSamples
{
    /// <summary>Members and values of both files.</summary>
    public static readonly string[] Words =
    [
        "\"Version\"", "\"Promised\"", "\"HighestToken\"", "\"Handoff\"", "\"Order\"", "\"Id\"", "\"PastAnswers\"", "\"Answer\"", "\"Receipt\"", "\"Records\"",
        "\"Newer\"", "\"Phase\"", "\"Ending\"", "\"Outcome\"", "\"Events\"", "\"Bytes\"", "\"VoteGap\"", "\"At\"", "\"Active\"", "\"Promoting\"", "\"promoting\"",
        "\"Active, Standby\"", "\"99\"", "99", "\"handoff-0001\\n\"", "\"00:00:01\"", "\"10675199.02:48:05.4775807\"", "\"AAAA\"", "\"2026-11-24T12:00:00+14:00\"",
    ];

    private static readonly HandoffOrder Order = new(
        new HandoffId("handoff-0001"), new FencingToken(7), GoldenTowers.Identity, Pubkey.Parse("Vote111111111111111111111111111111111111111"),
        "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY", "london", "frankfurt");

    private static readonly Receipt Receipt = new(
        Order.Id, Order.Token, Order.StakedIdentity, VotingStopProof.VoterFence, 100,
        [new RecordSummary(RecordKind.Tower, RecordFormats.CurrentTower, 100, 69, 2_000, new string('a', 64))]);

    private static readonly HandoffOutcome Outcome = new(Order, HandoffPhase.Ended, HandoffEnding.Completed, "frankfurt holds it.", "failover status")
    {
        Receipt = Receipt,
        FirstVotedSlot = 102,
        VoteGap = TimeSpan.FromMilliseconds(700),
    };

    public static AgentState Source { get; } = new()
    {
        Promised = PromisedRole.Standby,
        HighestToken = Order.Token,
        VotersOwed = true,
        HeldByHandAt = new FencingToken(3),
        Handoff = new HandoffState(Order, HandoffRole.Source, HandoffPhase.HandedOver, "00000000-0000-0000-0000-000000000000")
        {
            Receipt = Receipt,
            Ending = HandoffEnding.NeedsOperator,
            Text = "london let go.",
            FirstVotedSlot = 102,
            VoteGap = TimeSpan.FromMilliseconds(700),
        },
    };

    public static AgentState Target { get; } = new()
    {
        Promised = PromisedRole.Active,
        HighestToken = Order.Token,
        LastPromotion = Order,
        PastAnswers = [new PastAnswer(Order, HandoffPhase.Refused, TargetAnswer.Refused("once"))],
        Handoff = new HandoffState(Order, HandoffRole.Target, HandoffPhase.Refused, "boot")
        {
            Answer = new TargetAnswer(AnswerKind.Refused, "it had voted", [new RecordBytes(RecordKind.Tower, new byte[] { 1, 2, 3 })]),
        },
    };

    public static HistoryEntry Note { get; } = new(DateTimeOffset.UnixEpoch, "start", "the agent started", null, []);

    public static HistoryEntry Entry { get; } = new(DateTimeOffset.UnixEpoch, "handoff", "over", Outcome,
    [
        new(1, Order.Id, "london", DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(2), HandoffStep.Seal, StepState.Done, "sealed at slot 100"),
        new(2, Order.Id, "london", DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(3), HandoffStep.End, StepState.Done, "over", Outcome),
    ]);
}
