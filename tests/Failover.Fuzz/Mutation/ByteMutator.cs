using System.Buffers.Binary;
using Failover.Fuzzing.Cases;

namespace Failover.Fuzzing.Mutation;

/// <summary>Damages bytes without knowing what they are.</summary>
internal static class ByteMutator
{
    private const int MostExtension = 4096;

    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 30, 31, 32, 33, 127, 128, 255, 256, ushort.MaxValue, ushort.MaxValue + 1, int.MaxValue, (ulong)int.MaxValue + 1, uint.MaxValue,
        (ulong)uint.MaxValue + 1, long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    /// <summary>A few changes, one after the other. What comes in is left as it is.</summary>
    public static byte[] Mutate(byte[] bytes, byte[] other, CaseRandom random)
    {
        for (var changes = 1 + random.Skewed(6); changes > 0; changes--)
        {
            bytes = Change(bytes, other, random);
        }
        return bytes;
    }

    private static byte[] Change(byte[] bytes, byte[] other, CaseRandom random)
    {
        var at = random.Below(bytes.Length + 1);
        switch (random.Below(10))
        {
            case 0:
                return Edited(bytes, copy => copy[random.Below(copy.Length)] ^= (byte)(1 << random.Below(8)));
            case 1:
                return Edited(bytes, copy => copy[random.Below(copy.Length)] = (byte)random.Next());
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes, .. random.Bytes(1 + random.Skewed(MostExtension))];
            case 4:
                return [.. bytes[..at], .. other[random.Below(other.Length + 1)..]];
            case 5 or 6:
                return Edited(bytes, copy => WriteExtreme(copy, random));
            case 7:
                return [.. bytes[..at], .. bytes[random.Below(at + 1)..at], .. bytes[at..]];
            case 8:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Skewed(64))..]];
            default:
                return [.. bytes[..at], .. random.Bytes(1 + random.Skewed(16)), .. bytes[at..]];
        }
    }

    // A length or a count, wherever it may stand.
    private static void WriteExtreme(Span<byte> bytes, CaseRandom random)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, random.Of(Extremes) + (ulong)random.Below(3) - 1);
        var size = Math.Min(1 << random.Below(4), bytes.Length);
        number[..size].CopyTo(bytes[random.Below(bytes.Length - size + 1)..]);
    }

    private static byte[] Edited(byte[] bytes, Action<byte[]> edit)
    {
        if (bytes.Length == 0)
        {
            return [0];
        }
        byte[] copy = [.. bytes];
        edit(copy);
        return copy;
    }
}
