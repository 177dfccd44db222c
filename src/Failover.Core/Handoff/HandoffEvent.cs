using Failover.Validators;

namespace Failover.Handoff;

/// <summary>The steps as the operator sees them, in their order.</summary>
public enum HandoffStep
{
    Unknown = 0,
    Prepare = 1,
    WaitForWindow = 2,
    RelinkToUnstaked = 3,
    VoterFence = 4,
    SetIdentityUnstaked = 5,
    Seal = 6,
    HandOver = 7,
    Promote = 8,
    FirstVote = 9,
    GiveVotersBack = 10,
    Reclaim = 11,
    AskTarget = 12,
    Abort = 13,
    End = 14,

    /// <summary>A program of the operator's, before or after one of the others.</summary>
    Hook = 15,
}

public enum StepState
{
    Unknown = 0,
    Started = 1,
    Done = 2,
    Failed = 3,

    /// <summary>Something to know that changes nothing.</summary>
    Note = 4,

    /// <summary>Highest rank: an invariant is in doubt.</summary>
    Alarm = 5,
}

/// <summary>One line of a handoff's timeline.</summary>
/// <param name="Sequence">From 1, without gaps, per handoff and node.</param>
/// <param name="Node">Whose agent says it.</param>
/// <param name="At">Wall clock of that node: for people only.</param>
/// <param name="SinceStart">Since the first event, by the node's own monotonic clock.</param>
/// <param name="Text">A sentence.</param>
/// <param name="Outcome">Only with <see cref="HandoffStep.End"/>.</param>
/// <param name="Rest">How long the step is expected to take from here; null when nobody can know.</param>
public sealed record HandoffEvent(
    long Sequence, HandoffId Handoff, string Node, DateTimeOffset At, TimeSpan SinceStart, HandoffStep Step, StepState State, string Text,
    HandoffOutcome? Outcome = null, TimeSpan? Rest = null);

/// <summary>How a handoff stands or ended, as one agent knows it.</summary>
/// <param name="Ending"><see cref="HandoffEnding.Unknown"/> while it runs.</param>
/// <param name="Text">What happened and what both nodes' state is.</param>
/// <param name="NextCommand">What the operator should type next; empty when nothing.</param>
public sealed record HandoffOutcome(HandoffOrder Order, HandoffPhase Phase, HandoffEnding Ending, string Text, string NextCommand)
{
    public Receipt? Receipt { get; init; }

    /// <summary>Slot of the target's first vote with S; null until seen.</summary>
    public ulong? FirstVotedSlot { get; init; }

    /// <summary>Slots strictly between the source's last voted slot and the target's first; null until both are known.</summary>
    public ulong? VoteGapSlots => FirstVotedSlot is { } first && Receipt is { } receipt && first > receipt.LastVotedSlot
        ? first - receipt.LastVotedSlot - 1
        : null;

    /// <summary>From the source's last stored vote to the target's first, both by the source's clock; null until both are known.</summary>
    public TimeSpan? VoteGap { get; init; }
}

/// <summary>A step of the handoff failed. <see cref="Effect"/> says whether it may have changed something.</summary>
public sealed class HandoffStepException(HandoffStep step, Effect effect, string message, Exception? inner = null) : Exception(message, inner)
{
    public HandoffStep Step { get; } = step;

    public Effect Effect { get; } = effect;
}
