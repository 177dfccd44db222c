using System.Buffers.Binary;
using System.Security.Cryptography;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Identities;
using Failover.Records;
using Failover.Testing;

namespace Failover.Fuzzing.Targets;

/// <summary>A signed record. Most cases are signed again with the right key after the damage, so that what lies behind the signature is reached.</summary>
internal abstract class RecordTarget : FuzzTarget
{
    private const int KeyEnd = TowerFiles.HeaderSize + Pubkey.Size;

    private readonly IReadOnlyList<byte[]> _seeds;

    protected RecordTarget(string name, RecordKind kind, Func<Keypair, IReadOnlyList<byte[]>> seeds)
        : base(name)
    {
        Kind = kind;
        _seeds = seeds(Identity);
        Weight = 1;
        MostAllocated = (16 * 1024, 1);
    }

    protected static Keypair Identity { get; } = GoldenTowers.Keypair();

    private RecordKind Kind { get; }

    public override byte[] Make(CaseRandom random)
    {
        var (seed, other) = (random.Of(_seeds), random.Of(_seeds));
        return random.Below(10) switch
        {
            0 => random.Bytes(random.Skewed(4096)),
            < 3 => ByteMutator.Mutate(seed, other, random),
            3 => Signed(seed, [.. seed[TowerFiles.HeaderSize..KeyEnd], .. random.Bytes(random.Skewed(4096))]),
            // The node's own key stays, or the damage would not get further than that.
            _ => Signed(seed, [.. seed[TowerFiles.HeaderSize..KeyEnd], .. ByteMutator.Mutate(seed[KeyEnd..], other[KeyEnd..], random)]),
        };
    }

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        var verdict = RecordVerifier.Verify(Kind, input, Identity.Public);
        return new(verdict.Record is { } record ? Answer.Accept(record) : Answer.Refuse(verdict.Refusal!.Test));
    }

    public override void Check(byte[] input, object accepted)
    {
        var record = (VotingRecord)accepted;
        FindingException.Require(record.Kind == Kind && record.Identity == Identity.Public, "accepted as what it is not");
        FindingException.Require(record.Bytes.Span.SequenceEqual(input), "what is kept is not what was verified");
        FindingException.Require(record.Sha256 == Convert.ToHexStringLower(SHA256.HashData(input)), "the hash is another one");
        FindingException.Require(
            BinaryPrimitives.ReadUInt64LittleEndian(input.AsSpan(TowerFiles.HeaderSize - sizeof(ulong))) == (ulong)(input.Length - TowerFiles.HeaderSize),
            "the length field is wrong");
        FindingException.Require(
            Ed25519Signature.Verify(Identity.Public, input.AsSpan(TowerFiles.HeaderSize), input.AsSpan(4, Ed25519Signature.Size)), "the signature is wrong");
        Check(input, record);
    }

    protected abstract void Check(byte[] input, VotingRecord record);

    private static byte[] Signed(byte[] file, byte[] data) => TowerFiles.Sign(Identity, BinaryPrimitives.ReadUInt32LittleEndian(file), data);
}
