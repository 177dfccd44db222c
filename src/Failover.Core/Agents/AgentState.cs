using System.Text.Json.Serialization;
using Failover.Handoff;
using Failover.Hooks;

namespace Failover.Agents;

/// <summary>The agent's promises: everything that must survive its crash, and nothing else. Replaced as a whole, before the effect that it announces.</summary>
public sealed record AgentState
{
    public static readonly AgentState Fresh = new();

    /// <summary>Layout version of the file; an agent refuses one that is newer than its own.</summary>
    public int Version { get; init; } = CurrentVersion;

    public const int CurrentVersion = 1;

    public PromisedRole Promised { get; init; }

    public FencingToken HighestToken { get; init; }

    /// <summary>
    /// The source was demoted and its voting loop is not yet known to have adopted U: the voters stay away, and the node may not be a target
    /// (a loop that never left S would not load the record handed to it).
    /// </summary>
    public bool VotersOwed { get; init; }

    /// <summary>
    /// The last order by which this node was promoted. Promotions come with growing tokens only, so it also answers for older orders: nothing may be refused, as never
    /// carried out, whose token is not above this one's.
    /// </summary>
    public HandoffOrder? LastPromotion { get; init; }

    /// <summary>
    /// The highest token seen when this node came to hold S other than by an order (by hand, or before there was an agent). As with <see cref="LastPromotion"/>: S has
    /// moved on from the source of any order that is not newer.
    /// </summary>
    public FencingToken? HeldByHandAt { get; init; }

    /// <summary>Answers given for orders that later ones have taken the place of, newest last, at most <see cref="MaxPastAnswers"/>.</summary>
    public IReadOnlyList<PastAnswer> PastAnswers
    {
        get;
        // A state that does not speak of them is read with null here, whatever stands behind the property.
        init => field = value ?? [];
    } = [];

    public const int MaxPastAnswers = 32;

    /// <summary>Makes room for a new handoff; the old one's answer is kept, since its source may still ask for it.</summary>
    public AgentState WithHandoff(HandoffState handoff) => this with
    {
        Handoff = handoff,
        PastAnswers = Handoff is { Role: HandoffRole.Target } old
            ? [.. PastAnswers.Append(new PastAnswer(old.Order, old.Phase, old.Answer)).TakeLast(MaxPastAnswers)]
            : PastAnswers,
    };

    /// <summary>The last handoff this node took part in, running or over.</summary>
    public HandoffState? Handoff { get; init; }
}

/// <summary>How an order that a later one has taken the place of stood on its target.</summary>
public sealed record PastAnswer(HandoffOrder Order, HandoffPhase Phase, TargetAnswer? Answer);

/// <summary>One handoff as this node has written it down.</summary>
/// <param name="BootId">The boot in which <paramref name="Phase"/> was entered: after another one, votes that the validator sent may be missing on disk, since it does not sync them.</param>
public sealed record HandoffState(HandoffOrder Order, HandoffRole Role, HandoffPhase Phase, string BootId)
{
    /// <summary>Source: from sealing on. Target: as received, from promoting on.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>Target: the recorded answer. Records that the source must store first are not in it: they are read anew each time it is given.</summary>
    public TargetAnswer? Answer { get; init; }

    /// <summary>Target: the validator that this order may have switched was ended, with the link at U.</summary>
    public bool ValidatorEnded { get; init; }

    public HandoffEnding Ending { get; init; }

    public string Text
    {
        get;
        // As with PastAnswers.
        init => field = value ?? "";
    } = "";

    public ulong? FirstVotedSlot { get; init; }

    public TimeSpan? VoteGap { get; init; }

    /// <summary>Whether hooks follow the ending; unknown where none do. A node without hooks writes nothing of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public HookUse Hooks { get; init; }

    /// <summary>How many of the hooks that follow the ending were begun. Written before each: one that a crash cut off is not run again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int HooksBegun { get; init; }

    /// <summary>Whether this node is locked by the handoff.</summary>
    /// <summary>Whether the node is locked by the handoff.</summary>
    public bool Unfinished => Phase is HandoffPhase.Prepared or HandoffPhase.Demoting or HandoffPhase.HandedOver or HandoffPhase.Reclaiming or HandoffPhase.Promoting;
}
