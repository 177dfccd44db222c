using System.Buffers;
using System.Text;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Validators;

namespace Failover.Fuzzing.Targets;

/// <summary>A line of the admin socket, and what the driver reads out of it.</summary>
internal sealed class AdminReplyTarget : FuzzTarget
{
    private static readonly byte[][] Seeds = Array.ConvertAll<string, byte[]>(
        [
            """{"jsonrpc":"2.0","result":null,"id":1}""",
            """{"jsonrpc":"2.0","result":"Running","id":1}""",
            """{"jsonrpc":"2.0","result":{"LoadingLedger":{"slot":5}},"id":7}""",
            """{"jsonrpc":"2.0","result":{"id":"FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF","gossip":"127.0.0.1:8001","wallclock":1760000000,"shred_version":1},"id":2}""",
            """{"jsonrpc":"2.0","result":{"voting_enabled":true},"id":2}""",
            """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Retry once validator start up is complete"},"id":3}""",
            """{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found","data":null},"id":18446744073709551615}""",
        ],
        Encoding.UTF8.GetBytes);

    private static readonly TextMutator Mutator = new("result", "error", "id", "code", "message", "\"id\"", "\"result\"", "\"error\"", "\"Running\"", "voting_enabled");

    public AdminReplyTarget()
        : base("admin-reply") => MostAllocated = (32 * 1024, 32);

    public override byte[] Make(CaseRandom random) => random.OneIn(20)
        ? random.Bytes(random.Skewed(1024))
        : Mutator.Mutate(random.Of(Seeds), random.Of(Seeds), random);

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        if (!AdminReply.TryParse(new ReadOnlySequence<byte>(input), out var reply, out var wrong))
        {
            return new(Answer.Refuse(Reasons.Words(wrong, skip: 0)));
        }
        try
        {
            if (reply.Error is { } error)
            {
                throw AdminErrors.ToException(AdminMethods.SetIdentity, error);
            }
            AgaveValidator.ProgressOf(reply.Result);
        }
        catch (ValidatorException)
        {
            // The reply is one all the same.
        }
        return new(Answer.Accept(reply));
    }

    public override void Check(byte[] input, object accepted)
    {
        var reply = (AdminReply)accepted;
        FindingException.Require((reply.Error is null) == (reply.Result.ValueKind != System.Text.Json.JsonValueKind.Undefined), "neither result nor error, or both");
        FindingException.Require(Encoding.UTF8.GetByteCount(reply.Error?.Message ?? "") <= input.Length, "more words than came");
        // As it comes off a socket: in pieces.
        var middle = input.Length / 2;
        FindingException.Require(
            AdminReply.TryParse(Pieces.Of(input.AsMemory(0, middle), input.AsMemory(middle)), out var again, out _) && again.Id == reply.Id && again.Error == reply.Error,
            "in two pieces it is another reply");
    }

    private sealed class Pieces : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
        {
            var end = new Pieces { Memory = second, RunningIndex = first.Length };
            return new ReadOnlySequence<byte>(new Pieces { Memory = first, Next = end }, 0, end, second.Length);
        }
    }
}
