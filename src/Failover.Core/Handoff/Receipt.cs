using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>
/// The source's proof that it let go: the sealed voting records, by slot and hash, and the proof that no vote can follow. A promotion cannot
/// be asked for without one, and only sealing makes one.
/// </summary>
public sealed record Receipt(
    HandoffId Handoff, FencingToken Token, Pubkey StakedIdentity, VotingStopProof Proof, ulong LastVotedSlot, IReadOnlyList<RecordSummary> Records);

/// <summary>A record on its way: its kind and bytes, not verified yet by whoever holds this.</summary>
public sealed record RecordBytes(RecordKind Kind, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// The target's time-limited willingness to be promoted, bound to a nonce that it issued. The target counts the life from the issue, the
/// source from the receipt, both on a clock that includes suspend.
/// </summary>
/// <param name="Nonce">16 random bytes, hexadecimal.</param>
/// <param name="Life">How long the target honours it.</param>
public sealed record Permit(string Nonce, TimeSpan Life);

/// <summary>What the target says of an order.</summary>
public enum AnswerKind
{
    Unknown = 0,

    /// <summary>It holds S by this order.</summary>
    Promoted = 1,

    /// <summary>It has written down that it will never carry the order out, and its validator does not hold S (or is provably gone, with the link at U).</summary>
    Refused = 2,

    /// <summary>It cannot say: its validator's state is not known.</summary>
    CannotTell = 3,
}

/// <summary>The target's recorded answer; the same each time it is asked.</summary>
/// <param name="Reason">A sentence for the operator.</param>
/// <param name="Newer">With <see cref="AnswerKind.Refused"/>: records of S on the target that are newer than those handed over (its validator voted before it was stopped). The source must store them before it votes.</param>
public sealed record TargetAnswer(AnswerKind Kind, string Reason, IReadOnlyList<RecordBytes> Newer)
{
    public static TargetAnswer Promoted(string reason) => new(AnswerKind.Promoted, reason, []);

    public static TargetAnswer Refused(string reason) => new(AnswerKind.Refused, reason, []);

    public static TargetAnswer CannotTell(string reason) => new(AnswerKind.CannotTell, reason, []);
}
