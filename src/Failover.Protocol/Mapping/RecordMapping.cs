using Failover.Handoff;
using Failover.Records;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>Voting records, receipts and the target's answer.</summary>
public static class RecordMapping
{
    public static Wire.RecordSummary ToProto(this RecordSummary summary)
    {
        var wire = new Wire.RecordSummary
        {
            Kind = summary.Kind.ToProto(),
            Format = summary.Format,
            Size = (ulong)summary.Size,
            Sha256 = summary.Sha256,
        };
        if (summary.LastVotedSlot is { } voted)
        {
            wire.LastVotedSlot = voted;
        }
        if (summary.RootSlot is { } root)
        {
            wire.RootSlot = root;
        }
        return wire;
    }

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static RecordSummary ToDomain(this Wire.RecordSummary summary, string at)
    {
        var kind = summary.Kind.ToDomain(at, "kind");
        return summary.Size <= (ulong)MostBytes(kind)
            ? new RecordSummary(
                kind,
                Field.Format(summary.Format, at, "format"),
                summary.HasLastVotedSlot ? summary.LastVotedSlot : null,
                summary.HasRootSlot ? summary.RootSlot : null,
                (long)summary.Size,
                Field.Hex(summary.Sha256, 32, at, "sha256"))
            : throw Field.Bad(at, "size", $"must be at most {MostBytes(kind)}");
    }

    internal static IReadOnlyList<RecordSummary> ToDomain(this RepeatedField<Wire.RecordSummary> summaries, int most, string at, string name)
    {
        Field.Count(summaries.Count, most, at, name);
        return [.. summaries.Select((summary, i) => summary.ToDomain(Item(at, name, i)))];
    }

    /// <summary>The content is not copied: the record must not change afterwards.</summary>
    public static Wire.RecordBytes ToProto(this RecordBytes record) => new()
    {
        Kind = record.Kind.ToProto(),
        Content = UnsafeByteOperations.UnsafeWrap(record.Bytes),
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing, or the content is empty or larger than its kind may be.</exception>
    public static RecordBytes ToDomain(this Wire.RecordBytes record, string at)
    {
        var kind = record.Kind.ToDomain(at, "kind");
        return record.Content.Length is > 0 and var length && length <= MostBytes(kind)
            ? new RecordBytes(kind, record.Content.Memory)
            : throw Field.Bad(at, "content", $"must have 1 to {MostBytes(kind)} bytes, not {record.Content.Length}");
    }

    internal static IReadOnlyList<RecordBytes> ToDomain(this RepeatedField<Wire.RecordBytes> records, string at, string name)
    {
        Field.Count(records.Count, Limits.RecordsPerHandOver, at, name);
        IReadOnlyList<RecordBytes> all = [.. records.Select((record, i) => record.ToDomain(Item(at, name, i)))];
        return all.DistinctBy(record => record.Kind).Count() == all.Count ? all : throw Field.Bad(at, name, "must have at most one record per kind");
    }

    public static Wire.Receipt ToProto(this Receipt receipt) => new()
    {
        HandoffId = receipt.Handoff.ToString(),
        FencingToken = receipt.Token.Value,
        StakedIdentity = receipt.StakedIdentity.ToString(),
        Proof = receipt.Proof.ToProto(),
        LastVotedSlot = receipt.LastVotedSlot,
        Records = { receipt.Records.Select(ToProto) },
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static Receipt ToDomain(this Wire.Receipt? receipt, string at)
    {
        Field.Present(receipt, "", at);
        var records = receipt.Records.ToDomain(Limits.RecordsPerHandOver, at, "records");
        return records.DistinctBy(record => record.Kind).Count() != records.Count
            ? throw Field.Bad(at, "records", "must have at most one record per kind")
            : new Receipt(
                Field.HandoffId(receipt.HandoffId, at, "handoff_id"),
                Field.Token(receipt.FencingToken, at, "fencing_token"),
                Field.Key(receipt.StakedIdentity, at, "staked_identity"),
                receipt.Proof.ToDomain(at, "proof"),
                receipt.LastVotedSlot,
                records);
    }

    public static Wire.TargetAnswer ToProto(this TargetAnswer answer) => new()
    {
        Kind = answer.Kind.ToProto(),
        Reason = Field.Text(answer.Reason),
        Newer = { answer.Newer.Select(ToProto) },
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right: then nothing is known of the order.</exception>
    public static TargetAnswer ToDomain(this Wire.TargetAnswer? answer, string at)
    {
        Field.Present(answer, "", at);
        var kind = answer.Kind.ToDomain(at, "kind");
        var newer = answer.Newer.ToDomain(at, "newer");
        return newer.Count == 0 || kind == AnswerKind.Refused
            ? new TargetAnswer(kind, Field.Text(answer.Reason), newer)
            : throw Field.Bad(at, "newer", "comes only with a refusal");
    }

    /// <summary>How large a record of the kind may be.</summary>
    public static int MostBytes(RecordKind kind) => kind == RecordKind.Tower ? Limits.TowerBytes : Limits.VoteHistoryBytes;

    internal static string Item(string at, string name, int index) => at.Length == 0 ? $"{name}[{index}]" : $"{at}.{name}[{index}]";
}
