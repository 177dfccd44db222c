using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Failover.Fuzzing.Messages;

/// <summary>
/// Fills messages so that they are valid, by the names of their fields. A field that is new to the protos gets what its type allows; where that
/// is not valid, the start says so, and the name belongs in here.
/// </summary>
internal static class MessageSeeds
{
    private const string Key = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF";

    private static readonly Dictionary<string, object> ByName = new(StringComparer.Ordinal)
    {
        ["handoff_id"] = "handoff-0001",
        ["staked_identity"] = Key,
        ["unstaked_identity"] = "So11111111111111111111111111111111111111112",
        ["running_identity"] = Key,
        ["vote_account"] = "Vote111111111111111111111111111111111111111",
        ["genesis_hash"] = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY",
        ["node"] = "london",
        ["source"] = "london",
        ["target"] = "frankfurt",
        ["peer"] = "frankfurt",
        ["name"] = "disk-space",
        ["kind"] = "handoff",
        ["format"] = "Tower1_14_11",
        ["sha256"] = new string('a', 64),
        ["nonce"] = "00112233445566778899aabbccddeeff",
        ["permit_nonce"] = "00112233445566778899aabbccddeeff",
        ["absolute_slot"] = 1_000UL,
        ["slot_index"] = 136UL,
        ["slots_in_epoch"] = 432UL,
        ["most"] = 50U,
        // The account's own node, not a name.
        ["failover.v1.VoteAccountView.node"] = Key,
        // An override only goes without a time to wait.
        ["failover.v1.CommitRequest.override_reason"] = "",
        // The only kind of answer with records, and the only step with an outcome.
        ["failover.v1.TargetAnswer.kind"] = 2,
        ["failover.v1.HandoffEvent.step"] = 14,
    };

    /// <summary>One message for every choice of its oneof, each with all other fields.</summary>
    public static IReadOnlyList<IMessage> Of(MessageDescriptor type)
    {
        var choices = type.Oneofs.Where(oneof => !oneof.IsSynthetic).SelectMany(oneof => oneof.Fields).ToList();
        return choices.Count == 0 ? [Fill(type, null, 0)] : [.. choices.Select(choice => Fill(type, choice, 0))];
    }

    private static IMessage Fill(MessageDescriptor type, FieldDescriptor? choice, int index)
    {
        if (type == Timestamp.Descriptor)
        {
            return new Timestamp { Seconds = 1_790_000_000, Nanos = 123_000_000 };
        }
        if (type == Duration.Descriptor)
        {
            return new Duration { Seconds = 5 };
        }
        var message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (field.RealContainingOneof is not null && field != choice)
            {
                continue;
            }
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                list.Add(Value(field, 0));
                list.Add(Value(field, 1));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, index));
            }
        }
        return message;
    }

    private static object Value(FieldDescriptor field, int index)
    {
        if (field.FieldType == FieldType.Message)
        {
            return Fill(field.MessageType, null, index);
        }
        if (ByName.TryGetValue(field.FullName, out var value) || ByName.TryGetValue(field.Name, out value))
        {
            return field.FieldType == FieldType.Enum ? System.Enum.ToObject(field.EnumType.ClrType, value is int number ? number : index + 1) : value;
        }
        return field.FieldType switch
        {
            // Of two records, each of its own kind.
            FieldType.Enum => System.Enum.ToObject(field.EnumType.ClrType, index + 1),
            FieldType.String => "words for people",
            FieldType.Bytes => ByteString.CopyFromUtf8("content"),
            FieldType.Bool => true,
            FieldType.UInt64 => 100UL,
            FieldType.Int64 => 100L,
            FieldType.UInt32 => 100U,
            FieldType.Int32 => 100,
            FieldType.Double => 0.5,
            _ => throw new NotSupportedException($"no value is known for {field.FullName}, a {field.FieldType}"),
        };
    }
}
