using System.Buffers.Binary;

namespace FakeValidator.Voting;

/// <summary>Reads bincode as Agave's tower loader does, with its errors. Written apart from the product's own reader: one checks the other.</summary>
public ref struct BincodeReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw TowerException.Truncated();
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public byte U8() => Take(1)[0];

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public long I64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>The count of a sequence whose items take at least so many bytes each.</summary>
    public int Count(int itemSize)
    {
        var count = U64();
        return count <= (ulong)(_rest.Length / itemSize) ? (int)count : throw TowerException.Truncated();
    }

    public bool OptionTag()
    {
        var tag = U8();
        return tag <= 1 ? tag == 1 : throw TowerException.Serialization($"tag for enum is not valid, found {tag}");
    }

    public bool Bool()
    {
        var value = U8();
        return value <= 1 ? value == 1 : throw TowerException.Serialization($"invalid u8 while decoding bool, expected 0 or 1, found {value}");
    }

    public ulong? OptionalU64() => OptionTag() ? U64() : null;

    public long? OptionalI64() => OptionTag() ? I64() : null;

    /// <summary>A LEB128 number of at most 64 bits.</summary>
    public ulong VarInt()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = U8();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw TowerException.Serialization("Left shift overflows");
    }

    /// <summary>A ShortU16 count.</summary>
    public int ShortCount()
    {
        var value = VarInt();
        return value <= ushort.MaxValue ? (int)value : throw TowerException.Serialization("ByteThree: value overflows");
    }
}
