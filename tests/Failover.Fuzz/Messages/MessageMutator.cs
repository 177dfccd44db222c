using System.Collections;
using Failover.Fuzzing.Cases;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Failover.Fuzzing.Messages;

/// <summary>Changes fields of a message, wherever in it they are, to what its sender could put there.</summary>
internal static class MessageMutator
{
    private static readonly string[] Texts =
    [
        "", "a", "london", "frankfurt", "handoff-0001", "handoff-0002", "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF", new('1', 32), new('1', 44), new('z', 44),
        "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhi0", "../../etc/shadow", "handoff-0001\n", "\u001b[31m", "a\u0000b", "\u202E\u2028\uFFFD", new('x', 64), new('x', 65),
        new('x', 1000), new('x', 1001), new('x', 4001), "x" + string.Concat(Enumerable.Repeat("\U0001F600", 2100)), new('A', 64), new('0', 32), new('g', 32), "H\u0130 \u00df",
    ];

    private static readonly ulong[] Numbers =
        [0, 1, 2, 14, 15, 50, 1000, 1001, 65_536, 65_537, 999_999_999, 1_000_000_000, int.MaxValue, uint.MaxValue, long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue - 1, ulong.MaxValue, 253_402_300_799, 253_402_300_800, 315_576_000_000, 922_337_203_685];

    private static readonly double[] Fractions = [0, -0.0, 0.05, 1, Math.BitIncrement(1), -1, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    public static void Mutate(IMessage message, CaseRandom random)
    {
        for (var changes = 1 + random.Skewed(5); changes > 0; changes--)
        {
            Change(message, random);
        }
    }

    private static void Change(IMessage message, CaseRandom random)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        if (fields.Count == 0)
        {
            return;
        }
        var field = fields[random.Below(fields.Count)];
        if (field.IsRepeated)
        {
            ChangeList((IList)field.Accessor.GetValue(message), field, random);
        }
        else if (field.FieldType == FieldType.Message && field.Accessor.GetValue(message) is IMessage inner && !random.OneIn(6))
        {
            Change(inner, random);
        }
        else if (random.OneIn(5))
        {
            field.Accessor.Clear(message);
        }
        else
        {
            field.Accessor.SetValue(message, Value(field, random));
        }
    }

    private static void ChangeList(IList list, FieldDescriptor field, CaseRandom random)
    {
        var at = random.Below(list.Count);
        switch (random.Below(6))
        {
            case 0:
                list.Clear();
                break;
            case 1 when list.Count > 0:
                list.RemoveAt(at);
                break;
            case 2:
                var value = list.Count > 0 ? list[at]! : Value(field, random);
                for (var more = 1 + random.Skewed(200); more > 0; more--)
                {
                    list.Add(value);
                }
                break;
            case < 5 when list.Count > 0 && list[at] is IMessage inner:
                Change(inner, random);
                break;
            case < 5 when list.Count > 0:
                list[at] = Value(field, random);
                break;
            default:
                list.Add(Value(field, random));
                break;
        }
    }

    private static object Value(FieldDescriptor field, CaseRandom random) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.Parser.ParseFrom(ByteString.Empty),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.OneIn(4) ? (int)random.Of(Numbers) : random.Below(field.EnumType.Values.Count + 1)),
        FieldType.String => random.Of(Texts),
        FieldType.Bytes => ByteString.CopyFrom(random.Bytes(random.OneIn(200) ? 65_530 + random.Below(12) : random.Skewed(100))),
        FieldType.Bool => random.OneIn(2),
        FieldType.UInt64 => random.Of(Numbers),
        FieldType.Int64 => (long)random.Of(Numbers) * (random.OneIn(3) ? -1 : 1),
        FieldType.UInt32 => (uint)random.Of(Numbers),
        FieldType.Int32 => (int)random.Of(Numbers) * (random.OneIn(3) ? -1 : 1),
        FieldType.Double => random.Of(Fractions),
        _ => throw new NotSupportedException($"no value is known for {field.FullName}, a {field.FieldType}"),
    };
}
