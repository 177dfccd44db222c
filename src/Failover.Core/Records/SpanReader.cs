using System.Buffers.Binary;
using Failover.Records.Towers;

namespace Failover.Records;

/// <summary>
/// Reads bincode 1.3 values (little endian, fixed width, counts as u64) off a span without allocating. The first failure sticks:
/// from then on every read returns zero and every count is zero, so a parser reads straight through and looks at
/// <see cref="Refusal"/> once. Never throws on any bytes.
/// </summary>
internal ref struct SpanReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private string? _observed;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>The name of the first test that failed; null while none has.</summary>
    public string? Failure { get; private set; }

    public readonly int Remaining => _bytes.Length - Position;

    public readonly bool Failed => Failure is not null;

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (Failed || count > Remaining)
        {
            Fail(RecordTests.DataIsComplete, $"it ends at byte {_bytes.Length} within a field that starts at {Position}");
            return default;
        }
        var read = _bytes.Slice(Position, count);
        Position += count;
        return read;
    }

    public void Skip(int count) => Bytes(count);

    public byte Byte() => Bytes(1) is [var value] ? value : default;

    public uint UInt32() => Bytes(sizeof(uint)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;

    public ulong UInt64() => Bytes(sizeof(ulong)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;

    public long Int64() => unchecked((long)UInt64());

    public Hash Hash() => Bytes(Records.Hash.Size) is { IsEmpty: false } value ? new Hash(value) : default;

    /// <summary>A bool, or the byte in front of an optional value: bincode knows only 0 and 1.</summary>
    public bool Flag(string field)
    {
        var value = Byte();
        if (value > 1)
        {
            Fail(RecordTests.FlagsAreZeroOrOne, $"{field} is {value}; only 0 and 1 exist");
        }
        return !Failed && value == 1;
    }

    public ulong? OptionalUInt64(string field) => Flag(field) ? UInt64() : null;

    public long? OptionalInt64(string field) => Flag(field) ? Int64() : null;

    /// <summary>Fails when bytes are left over.</summary>
    public void End()
    {
        if (Remaining > 0)
        {
            Fail(RecordTests.DataIsComplete, $"{Remaining} bytes follow the last field");
        }
    }

    /// <summary>The refusal of the first failure; null when nothing failed.</summary>
    public readonly RecordRefusal? Refusal => Failure is { } test ? new(test, $"the data is not valid: {_observed}.") : null;

    /// <summary>A count of items that are each at least <paramref name="itemSize"/> bytes: never more than the rest can hold.</summary>
    public int Count(string field, int itemSize) => Bounded(field, UInt64(), itemSize);

    /// <summary>A count in Solana's short form (u16 in up to three bytes).</summary>
    public int ShortCount(string field, int itemSize) => Bounded(field, VariableLength(ushort.MaxValue), itemSize);

    /// <summary>Passes a count of lockouts that a tower can have, so that an array of them may be made.</summary>
    public int LockoutCount(int count)
    {
        if (count > Tower.MaxLockouts)
        {
            Fail(RecordTests.AtMost31Lockouts, $"it has {count} lockouts or slots voted on; at most {Tower.MaxLockouts} are possible");
        }
        return Failed ? 0 : count;
    }

    /// <summary>
    /// Seven bits to a byte, lowest first, the high bit for "more". Only the shortest spelling is read, as serde_varint and short_vec do.
    /// </summary>
    public ulong VariableLength(ulong max = ulong.MaxValue)
    {
        UInt128 value = 0;
        for (var shift = 0; !Failed; shift += 7)
        {
            var next = Byte();
            value |= (UInt128)(next & 0x7Fu) << shift;
            if (value > max || (next == 0 && shift > 0) || shift > 63)
            {
                Fail(RecordTests.NumbersAreWellFormed, $"the number of variable length at byte {Position - 1} is too large or not in its shortest form");
            }
            if (next < 0x80)
            {
                break;
            }
        }
        return Failed ? 0 : (ulong)value;
    }

    /// <summary>Fails a test; an earlier failure stays.</summary>
    /// <param name="observed">What was seen and what was required, as the end of a sentence.</param>
    public void Fail(string test, string observed)
    {
        if (!Failed)
        {
            Failure = test;
            _observed = observed;
        }
    }

    private int Bounded(string field, ulong count, int itemSize)
    {
        if (count > (ulong)(Remaining / itemSize))
        {
            Fail(RecordTests.CountsInBounds, $"it counts {count} {field}, which the {Remaining} bytes left cannot hold");
        }
        return Failed ? 0 : (int)count;
    }
}
