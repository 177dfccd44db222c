using System.Text;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Identities;
using Failover.Testing;

namespace Failover.Fuzzing.Targets;

internal sealed class KeypairFileTarget : FuzzTarget
{
    private const string File = "staked.json";

    private readonly TextMutator _mutator = new("0", "007", "+7", "255");
    private readonly IReadOnlyList<byte[]> _seeds;

    public KeypairFileTarget()
        : base("keypair-file")
    {
        using var keypair = GoldenTowers.Keypair();
        var file = KeypairFile.Format(keypair);
        _seeds = [file, Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(file).Replace(",", " ,\t", StringComparison.Ordinal) + "\n")];
        MostAllocated = (32 * 1024, 8);
    }

    public override byte[] Make(CaseRandom random) => random.OneIn(20)
        ? random.Bytes(random.Skewed(8192))
        : _mutator.Mutate(random.Of(_seeds), random.Of(_seeds), random);

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        try
        {
            using var keypair = KeypairFile.Read(new ReadOnlyDisk(File, input), File);
            return new(Answer.Accept(KeypairFile.Format(keypair)));
        }
        catch (KeypairFileException e)
        {
            return new(Answer.Refuse(Reasons.Words(e.Message, skip: e.Message.Contains("is no keypair file", StringComparison.Ordinal) ? 1 : 4)));
        }
    }

    // The same 64 numbers, whatever stands between them.
    public override void Check(byte[] input, object accepted)
    {
        var numbers = Encoding.ASCII.GetString(input).Split(['[', ']', ',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(text => text.TrimStart('0')).Select(text => text.Length == 0 ? "0" : text);
        FindingException.Require(
            $"[{string.Join(',', numbers)}]" == Encoding.ASCII.GetString((byte[])accepted), "the keypair is another one than the file says");
    }
}
