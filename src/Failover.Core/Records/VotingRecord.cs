using Failover.Identities;

namespace Failover.Records;

/// <summary>One lockout of a tower: a voted slot and how often it has been confirmed by later votes.</summary>
public readonly record struct Lockout(ulong Slot, uint Confirmations);

/// <summary>
/// A voting record whose bytes passed every test of the record verifier for one identity. The only way to get one
/// is to verify bytes, so holding one is the proof.
/// </summary>
public sealed class VotingRecord
{
    internal VotingRecord(RecordKind kind, string format, Pubkey identity, ReadOnlyMemory<byte> bytes, string sha256)
    {
        Kind = kind;
        Format = format;
        Identity = identity;
        Bytes = bytes;
        Sha256 = sha256;
    }

    public RecordKind Kind { get; }

    /// <summary>The format's own name, e.g. <c>Tower1_14_11</c> or <c>VoteHistory</c>.</summary>
    public string Format { get; }

    /// <summary>The identity that signed the record, and that its data names as the node.</summary>
    public Pubkey Identity { get; }

    /// <summary>The whole file as verified.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of <see cref="Bytes"/>, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>The slot of the last lockout (tower) or the highest voted slot (vote history); null when it holds no vote.</summary>
    public ulong? LastVotedSlot { get; init; }

    /// <summary>The root slot; null when there is none.</summary>
    public ulong? RootSlot { get; init; }

    /// <summary>Oldest first; empty for a vote history.</summary>
    public IReadOnlyList<Lockout> Lockouts { get; init; } = [];

    /// <summary>When the last vote was cast by its own word, unix seconds; null when the record does not say.</summary>
    public long? LastVoteUnixSeconds { get; init; }

    /// <summary>The small facts, without the bytes.</summary>
    public RecordSummary Summary => new(Kind, Format, LastVotedSlot, RootSlot, Bytes.Length, Sha256);
}

/// <summary>What one needs to know of a record without having its bytes.</summary>
public sealed record RecordSummary(
    RecordKind Kind, string Format, ulong? LastVotedSlot, ulong? RootSlot, long Size, string Sha256);

/// <summary>Why bytes are not a valid voting record: the failed test's name (stable, for tests and logs) and a sentence.</summary>
public sealed record RecordRefusal(string Test, string Reason);

/// <summary>Either a verified record or the refusal; exactly one of the two is set.</summary>
public readonly record struct RecordVerdict(VotingRecord? Record, RecordRefusal? Refusal);
