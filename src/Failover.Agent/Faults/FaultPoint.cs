namespace Failover.Agent.Faults;

/// <summary>
/// The names of the places at which a test can stop an agent: <c>role.step.when</c>. A step that is written to disk has three places: before it, when it is written but
/// not yet made durable, and after it; any other has two. The names are stable: tests and the table of the fault grid speak of them.
/// </summary>
public static class FaultPoint
{
    public const string Source = "source";
    public const string Target = "target";

    public const string Before = "before";
    public const string During = "during";
    public const string After = "after";

    // What the journal says from the write on.
    internal const string Prepared = "prepared";
    internal const string Demoting = "demoting";
    internal const string HandedOver = "handed-over";
    internal const string Reclaiming = "reclaiming";
    internal const string Unchanged = "unchanged";
    internal const string WentBack = "went-back";
    internal const string Completed = "completed";
    internal const string FirstVote = "first-vote";
    internal const string VotersReturned = "voters-returned";
    internal const string Promoting = "promoting";
    internal const string Active = "active";
    internal const string Refused = "refused";

    // What is done between the writes.
    internal const string RelinkToUnstaked = "relink-to-unstaked";
    internal const string RelinkToStaked = "relink-to-staked";
    internal const string StoreRecord = "store-record";
    internal const string VoterFence = "voter-fence";
    internal const string SetIdentityUnstaked = "set-identity-unstaked";
    internal const string SetIdentityStaked = "set-identity-staked";
    internal const string GiveVotersBack = "give-voters-back";
    internal const string Seal = "seal";
    internal const string HandOver = "hand-over";
    internal const string SyncRecord = "sync-record";
    internal const string AskTarget = "ask-target";
    internal const string Answer = "answer";
    internal const string SayFirstVote = "say-first-vote";

    /// <summary>All of them, in the order of the protocol: the source's, then the target's.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Written(Source, Prepared, Demoting, RelinkToUnstaked),
        .. Done(Source, VoterFence, SetIdentityUnstaked, Seal),
        .. Written(Source, HandedOver),
        .. Done(Source, HandOver, SyncRecord),
        .. Written(Source, Completed, FirstVote),
        .. Done(Source, AskTarget),
        .. Written(Source, Reclaiming),
        .. Done(Source, GiveVotersBack, SetIdentityStaked),
        .. Written(Source, RelinkToStaked, WentBack, VotersReturned, Unchanged),
        .. Written(Target, Prepared, Promoting, StoreRecord),
        .. Done(Target, SetIdentityStaked),
        .. Written(Target, RelinkToStaked, Active),
        .. Done(Target, Answer, SayFirstVote, VoterFence),
        .. Written(Target, Refused),
        .. Done(Target, GiveVotersBack),
        .. Written(Target, VotersReturned),
    ];

    private static IEnumerable<string> Written(string role, params string[] steps) =>
        steps.SelectMany(step => new[] { $"{role}.{step}.{Before}", $"{role}.{step}.{During}", $"{role}.{step}.{After}" });

    private static IEnumerable<string> Done(string role, params string[] steps) =>
        steps.SelectMany(step => new[] { $"{role}.{step}.{Before}", $"{role}.{step}.{After}" });
}
