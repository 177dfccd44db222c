using System.Globalization;

namespace FakeCluster.Oracle;

/// <summary>The names of what can be wrong.</summary>
public static class ViolationKind
{
    public const string TwoVoters = "two-voters";
    public const string TwoProducers = "two-producers";
    public const string LockoutBroken = "lockout-broken";
    public const string NotNewer = "not-newer";
    public const string StaleRecord = "stale-record";
    public const string BadSignature = "bad-signature";
    public const string MalformedVote = "malformed-vote";
}

public sealed record Violation(
    string Kind, string Identity, IReadOnlyList<ulong> Slots, IReadOnlyList<string> Hosts, IReadOnlyList<DateTimeOffset> Times, string Sentence);

/// <summary>A period in which one host, and no other, acted with an identity.</summary>
public sealed record TenureSummary(
    string Identity, string Host, int Votes, int Blocks, ulong FirstSlot, ulong LastSlot, DateTimeOffset FirstAt, DateTimeOffset LastAt, bool Marked);

/// <summary>
/// What a change of voter cost. <paramref name="RawGap"/> counts every slot number between the two votes;
/// <paramref name="BlocksWithoutVote"/> only those that have a block on the target's fork (the rest were nobody's to vote on: <paramref name="SkippedSlots"/>).
/// </summary>
public sealed record VoteGap(
    string Identity, string FromHost, string ToHost, ulong LastSlot, ulong FirstSlot, long RawGap, long BlocksWithoutVote, long SkippedSlots,
    double Milliseconds, DateTimeOffset LastAt, DateTimeOffset FirstAt);

public sealed record Verdict(
    bool Safe, bool Vacuous, int Votes, int Refreshes, int Blocks, int Switches, IReadOnlyList<Violation> Violations, IReadOnlyList<VoteGap> Gaps,
    IReadOnlyList<TenureSummary> Tenures)
{
    /// <summary>For people; the first line says it all.</summary>
    public string Text => string.Join('\n', [Headline, .. Violations.Select(v => $"  {v.Kind}: {v.Sentence}"), .. Gaps.Select(Describe)]);

    private string Headline => string.Create(
        CultureInfo.InvariantCulture,
        $"{Word}: {Votes} votes, {Switches} switches, {Violations.Count} violations");

    // A run in which nobody voted proves nothing, and must not look like one that did.
    private string Word => !Safe ? "UNSAFE" : Vacuous ? "SAFE BUT EMPTY" : "SAFE";

    private static string Describe(VoteGap gap) => string.Create(
        CultureInfo.InvariantCulture,
        $"  gap {gap.FromHost} -> {gap.ToHost}: slots {gap.LastSlot} to {gap.FirstSlot}, {gap.RawGap} slots without a vote ({gap.BlocksWithoutVote} with a block, {gap.SkippedSlots} without), {gap.Milliseconds:F1} ms");
}
