using System.Buffers.Binary;
using Failover.Agents;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Fuzzing.Targets;
using Failover.Protocol.Mapping;
using Failover.V1;
using Google.Protobuf;
using RecordBytes = Failover.Handoff.RecordBytes;

namespace Failover.Fuzzing.Messages;

/// <summary>The one message that means nothing alone: the pieces of records that are put together again. Each comes behind its length, two bytes.</summary>
internal sealed class PiecesTarget : FuzzTarget
{
    public PiecesTarget()
        : base(KeepAsideRequest.Descriptor.Name) => MostAllocated = (64 * 1024, 64);

    public override byte[] Make(CaseRandom random)
    {
        List<byte> stream = [];
        for (var pieces = random.Skewed(8); pieces >= 0; pieces--)
        {
            var piece = new KeepAsideRequest
            {
                Kind = (RecordKind)(random.OneIn(8) ? random.Below(5) - 1 : 1 + random.Below(2)),
                Chunk = ByteString.CopyFrom(random.Bytes(random.OneIn(50) ? 60_000 : random.Skewed(200))),
            };
            var bytes = random.OneIn(4) ? ByteMutator.Mutate(piece.ToByteArray(), [.. stream], random) : piece.ToByteArray();
            stream.AddRange([(byte)bytes.Length, (byte)(bytes.Length >> 8), .. bytes]);
        }
        return [.. stream];
    }

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        var assembler = new RecordAssembler();
        try
        {
            for (ReadOnlySpan<byte> rest = input; rest.Length >= sizeof(ushort);)
            {
                var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(rest), rest.Length - sizeof(ushort));
                assembler.Add(KeepAsideRequest.Parser.ParseFrom(rest.Slice(sizeof(ushort), length)));
                rest = rest[(sizeof(ushort) + length)..];
            }
            return new(Answer.Accept(assembler.Finish()));
        }
        catch (InvalidProtocolBufferException)
        {
            return new(Answer.Refuse("no protobuf"));
        }
        catch (OrderRefusedException e) when (e.Reason == RefusalReason.BadRequest)
        {
            return new(Answer.Refuse(Reasons.Words(e.Message, skip: 1)));
        }
    }

    public override void Check(byte[] input, object accepted)
    {
        var records = (IReadOnlyList<RecordBytes>)accepted;
        FindingException.Require(records.Count is 1 or 2 && records.DistinctBy(record => record.Kind).Count() == records.Count, "two records of one kind");
        FindingException.Require(records.All(record => record.Bytes.Length > 0 && record.Bytes.Length <= RecordMapping.MostBytes(record.Kind)), "a record of an impossible size");
        FindingException.Require(records.Sum(record => record.Bytes.Length) <= input.Length, "more bytes than came");
        var again = new RecordAssembler();
        foreach (var piece in records.ToPieces())
        {
            again.Add(piece);
        }
        FindingException.Require(
            again.Finish().Zip(records).All(pair => pair.First.Bytes.Span.SequenceEqual(pair.Second.Bytes.Span)), "cut and put together it is another record");
    }
}
