using System.Buffers;
using Failover.Handoff;
using Failover.Records;
using Google.Protobuf;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>Cuts records into pieces that fit a message each.</summary>
public static class KeepAsideMapping
{
    /// <summary>The pieces of all records, in order. Two records of one kind would run into each other on the wire.</summary>
    /// <exception cref="ArgumentException">Two records are of one kind.</exception>
    public static IEnumerable<Wire.KeepAsideRequest> ToPieces(this IReadOnlyList<RecordBytes> records) =>
        records.DistinctBy(record => record.Kind).Count() == records.Count
            ? records.SelectMany(Pieces)
            : throw new ArgumentException("at most one record per kind can be sent", nameof(records));

    private static IEnumerable<Wire.KeepAsideRequest> Pieces(RecordBytes record)
    {
        for (var at = 0; at < record.Bytes.Length; at += Limits.ChunkBytes)
        {
            yield return new Wire.KeepAsideRequest
            {
                Kind = record.Kind.ToProto(),
                Chunk = UnsafeByteOperations.UnsafeWrap(record.Bytes.Slice(at, Math.Min(Limits.ChunkBytes, record.Bytes.Length - at))),
            };
        }
    }
}

/// <summary>Puts the pieces of a KeepAside call together again. Never holds more than one record of each kind at its largest.</summary>
public sealed class RecordAssembler
{
    private readonly List<RecordBytes> _done = [];
    private readonly ArrayBufferWriter<byte> _current = new();
    private RecordKind _kind;

    /// <summary>Takes the next piece.</summary>
    /// <exception cref="Agents.OrderRefusedException">It cannot belong there: nothing of the call is to be kept.</exception>
    public void Add(Wire.KeepAsideRequest piece)
    {
        var kind = piece.Kind.ToDomain("", "kind");
        if (piece.Chunk.Length is 0 or > Limits.ChunkBytes)
        {
            throw Field.Bad("", "chunk", $"must have 1 to {Limits.ChunkBytes} bytes, not {piece.Chunk.Length}");
        }
        if (kind != _kind)
        {
            Close();
            _kind = kind;
            if (_done.Any(record => record.Kind == kind))
            {
                throw Field.Bad("", "kind", "begins a second record of its kind");
            }
        }
        if (_current.WrittenCount + piece.Chunk.Length > RecordMapping.MostBytes(kind))
        {
            throw Field.Bad("", "chunk", $"makes the record larger than {RecordMapping.MostBytes(kind)} bytes");
        }
        _current.Write(piece.Chunk.Span);
    }

    /// <summary>All records, once the call's last piece was added.</summary>
    /// <exception cref="Agents.OrderRefusedException">There was no piece.</exception>
    public IReadOnlyList<RecordBytes> Finish()
    {
        Close();
        return _done.Count > 0 ? _done : throw Field.Bad("", "chunk", "is missing: no record was sent");
    }

    private void Close()
    {
        if (_current.WrittenCount > 0)
        {
            _done.Add(new RecordBytes(_kind, _current.WrittenSpan.ToArray()));
            _current.ResetWrittenCount();
        }
    }
}
