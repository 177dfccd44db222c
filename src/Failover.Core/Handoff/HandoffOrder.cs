using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Failover.Identities;

namespace Failover.Handoff;

/// <summary>
/// A number that only grows, one per handoff or takeover. An agent refuses an order whose token is not above the highest it has seen,
/// except for the very order that brought that highest one.
/// </summary>
public readonly record struct FencingToken(ulong Value) : IComparable<FencingToken>
{
    public FencingToken Next => new(checked(Value + 1));

    public int CompareTo(FencingToken other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static bool operator <(FencingToken left, FencingToken right) => left.Value < right.Value;

    public static bool operator >(FencingToken left, FencingToken right) => left.Value > right.Value;

    public static bool operator <=(FencingToken left, FencingToken right) => left.Value <= right.Value;

    public static bool operator >=(FencingToken left, FencingToken right) => left.Value >= right.Value;
}

/// <summary>Names one handoff for good: 8 to 64 of <c>a-z 0-9 -</c>, so that it is safe in a file name, a log line and a shell.</summary>
public readonly partial record struct HandoffId
{
    private readonly string? _text;

    /// <exception cref="FormatException">The text has another form.</exception>
    public HandoffId(string text) =>
        _text = Form().IsMatch(text) ? text : throw new FormatException("a handoff id has 8 to 64 of a-z, 0-9 and -");

    /// <summary>False for a text of another form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out HandoffId id)
    {
        var good = text is not null && Form().IsMatch(text);
        id = good ? new HandoffId(text!) : default;
        return good;
    }

    public override string ToString() => _text ?? "none";

    // Not $, which lets a line end pass.
    [GeneratedRegex(@"\A[a-z0-9-]{8,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

/// <summary>Says which handoff a request belongs to, and what it is about. Travels with every request; two orders with one id and other content are never the same order.</summary>
/// <param name="Source">Name of the node that lets S go.</param>
/// <param name="Target">Name of the node that receives S.</param>
public sealed record HandoffOrder(
    HandoffId Id, FencingToken Token, Pubkey StakedIdentity, Pubkey VoteAccount, string GenesisHash, string Source, string Target);

/// <summary>The two roles within one handoff.</summary>
public enum HandoffRole
{
    Unknown = 0,
    Source = 1,
    Target = 2,
}

/// <summary>The furthest that an agent has written down for a handoff. Written before the effect that it names.</summary>
public enum HandoffPhase
{
    Unknown = 0,

    /// <summary>Both: locked for this order; nothing about voting has changed.</summary>
    Prepared = 1,

    /// <summary>Source: from here the link may be at U, the voters stopped, the identity U. The record has not been sent.</summary>
    Demoting = 2,

    /// <summary>
    /// Source: the record may have been sent. The target may hold S: only its word says. Without a receipt: the target was given S by hand, and the source is letting go of what it
    /// has of it.
    /// </summary>
    HandedOver = 3,

    /// <summary>Target: from here the record may be stored and set-identity S given.</summary>
    Promoting = 4,

    /// <summary>Target: it holds S.</summary>
    Active = 5,

    /// <summary>Target: it will never carry this order out. The source relies on it.</summary>
    Refused = 6,

    /// <summary>Source: over, with a named ending.</summary>
    Ended = 7,

    /// <summary>
    /// Source: the target provably does not hold S, newer records of it are stored, and from here the source may vote again: its record may outgrow the sealed one.
    /// </summary>
    Reclaiming = 8,
}

/// <summary>How a handoff ends.</summary>
public enum HandoffEnding
{
    Unknown = 0,

    /// <summary>Nothing about voting was changed; the source is active.</summary>
    Unchanged = 1,

    /// <summary>The source let go and has S back.</summary>
    WentBack = 2,

    /// <summary>The target holds S.</summary>
    Completed = 3,

    /// <summary>None of the others can be proven; the message holds the command that resolves it.</summary>
    NeedsOperator = 4,
}
