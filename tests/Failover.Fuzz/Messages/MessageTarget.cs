using System.Buffers;
using Failover.Agents;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Fuzzing.Targets;
using Failover.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Failover.Fuzzing.Messages;

/// <summary>One type of message that agents and coordinators send each other, from its bytes to the domain.</summary>
internal sealed class MessageTarget : FuzzTarget
{
    // Protobuf's own groups, of which no field is: they nest without a length.
    private const byte StartOfGroup = 0x0b;

    // Smaller messages are read so quickly that many more can be.
    private const int QuickBytes = 400;

    private readonly MessageDescriptor _type;
    private readonly MessageMapping _mapping;
    private readonly IReadOnlyList<IMessage> _seeds;

    private MessageTarget(MessageDescriptor type)
        : base(type.Name)
    {
        _type = type;
        _mapping = new MessageMapping(type);
        _seeds = MessageSeeds.Of(type);
        foreach (var seed in _seeds)
        {
            Check(seed.ToByteArray(), _mapping.Map(seed));
        }
        Weight = _seeds.Max(seed => seed.CalculateSize()) < QuickBytes ? 24 : 4;
        // Two bytes on the wire are enough for a message with all its fields.
        MostAllocated = (64 * 1024, 256);
    }

    /// <summary>A target for each message that a method takes or returns. None is named here: a new one is fuzzed as soon as it exists.</summary>
    public static IEnumerable<FuzzTarget> All() =>
        new[] { AgentReflection.Descriptor, PeerReflection.Descriptor }.SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .SelectMany(method => new[] { method.InputType, method.OutputType }).Distinct()
            .Select(type => type == KeepAsideRequest.Descriptor ? (FuzzTarget)new PiecesTarget() : new MessageTarget(type));

    public override byte[] Make(CaseRandom random)
    {
        if (random.OneIn(20))
        {
            return random.Bytes(random.Skewed(1024));
        }
        var message = Clone(random.Of(_seeds));
        if (!random.OneIn(5))
        {
            MessageMutator.Mutate(message, random);
        }
        var bytes = message.ToByteArray();
        return random.Below(10) switch
        {
            < 3 => ByteMutator.Mutate(bytes, random.Of(_seeds).ToByteArray(), random),
            // Protobuf reads what comes later over what came before.
            3 => [.. bytes, .. random.Of(_seeds).ToByteArray()],
            4 when random.OneIn(10) => [.. bytes, .. Enumerable.Repeat(StartOfGroup, random.Skewed(50_000))],
            _ => bytes,
        };
    }

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        try
        {
            return new(Answer.Accept(_mapping.Map(_type.Parser.ParseFrom(new ReadOnlySequence<byte>(input)))));
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

    // What it was mapped to means the same on the next machine, and on the one after that.
    public override void Check(byte[] input, object accepted)
    {
        Sound.Require(accepted, clean: true);
        if (_mapping.MapBack(accepted) is not { } sent)
        {
            return;
        }
        var again = _mapping.MapBack(_mapping.Map(_type.Parser.ParseFrom(sent.ToByteArray())));
        FindingException.Require(sent.Equals(again), $"what was accepted is something else when it is sent on:\n{sent}\n{again}");
    }

    private IMessage Clone(IMessage message) => _type.Parser.ParseFrom(message.ToByteString());
}
