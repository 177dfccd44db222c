using System.Text.Json.Serialization;
using FakeWire;

namespace FakeCluster.Oracle;

// What the cluster saw, in the order in which it saw it: the oracle's only input, and the lines of the event log.

[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(AccountKnown), "account")]
[JsonDerivedType(typeof(BlockSeen), "block")]
[JsonDerivedType(typeof(BlockProduced), "produced")]
[JsonDerivedType(typeof(VoteSeen), "vote")]
[JsonDerivedType(typeof(ContactSeen), "contact")]
[JsonDerivedType(typeof(VoteJudged), "outcome")]
[JsonDerivedType(typeof(HandoffMarked), "handoff")]
[JsonDerivedType(typeof(ClusterControlled), "control")]
[JsonDerivedType(typeof(VerdictGiven), "verdict")]
public abstract record Observation(DateTimeOffset At);

/// <summary>Who may vote for a vote account. Comes first.</summary>
public sealed record AccountKnown(DateTimeOffset At, string VoteAccount, string Node, string AuthorizedVoter) : Observation(At);

/// <summary>A block that the cluster took and passed on.</summary>
public sealed record BlockSeen(DateTimeOffset At, ulong Slot, ulong Parent, string Hash, string Leader, bool Canonical) : Observation(At);

/// <summary>A host says that it made a block, whether or not the cluster took it: it was signed and sent.</summary>
public sealed record BlockProduced(DateTimeOffset At, string Host, string Identity, ulong Slot, ulong Parent) : Observation(At);

/// <summary>A host sent a vote. Seen at the wire, so also when the host was cut off from the cluster: a signed vote exists.</summary>
public sealed record VoteSeen(DateTimeOffset At, Vote Vote) : Observation(At);

public sealed record ContactSeen(DateTimeOffset At, string Host, string Identity, long OutsetMicroseconds) : Observation(At);

/// <summary>What the vote program made of a vote: <c>landed</c> or the name of its error.</summary>
public sealed record VoteJudged(DateTimeOffset At, string Host, ulong LastSlot, ulong BlockSlot, string Result) : Observation(At);

/// <summary>The test says that it now hands the identity to a host. Makes exactly one change of voter legitimate.</summary>
public sealed record HandoffMarked(DateTimeOffset At, string ToHost) : Observation(At);

/// <summary>Somebody stalled, cut, healed or re-timed the cluster. For people who read the log.</summary>
public sealed record ClusterControlled(DateTimeOffset At, string What) : Observation(At);

public sealed record VerdictGiven(DateTimeOffset At, bool Safe, string Text) : Observation(At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Observation))]
[JsonSerializable(typeof(Verdict))]
public sealed partial class OracleJson : JsonSerializerContext;
