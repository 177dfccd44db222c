using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Failover.Agents;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;

namespace Failover.Fuzzing.Targets;

/// <summary>The agent's state file. Most cases get their checksum after the damage, so that the line itself is read.</summary>
internal sealed class StateFileTarget : FuzzTarget
{
    private readonly IReadOnlyList<byte[]> _seeds =
        [.. new[] { AgentState.Fresh, StateSamples.Source, StateSamples.Target }.Select(state => JsonSerializer.SerializeToUtf8Bytes(state, AgentJson.Default.AgentState))];

    private readonly TextMutator _mutator = new(StateSamples.Words);

    public StateFileTarget()
        : base("state-file") => MostAllocated = (64 * 1024, 64);

    public override byte[] Make(CaseRandom random)
    {
        var line = _mutator.Mutate(random.Of(_seeds), random.Of(_seeds), random);
        return random.Below(10) switch
        {
            0 => random.Bytes(random.Skewed(2048)),
            1 => ByteMutator.Mutate(Summed(random.Of(_seeds)), line, random),
            // A line end within the line would be the end of it.
            _ => Summed(Array.FindAll(line, letter => letter != (byte)'\n')),
        };
    }

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        try
        {
            return new(Answer.Accept(AgentJournal.Open(new ReadOnlyDisk(AgentJournal.FileName, input), "/state").Current));
        }
        catch (OrderRefusedException e) when (e.Reason == RefusalReason.StateDamaged)
        {
            return new(Answer.Refuse(Reasons.Words(e.Message, skip: 8)));
        }
    }

    public override void Check(byte[] input, object accepted)
    {
        Sound.Require(accepted, clean: false);
        var line = JsonSerializer.SerializeToUtf8Bytes((AgentState)accepted, AgentJson.Default.AgentState);
        var again = AgentJournal.Open(new ReadOnlyDisk(AgentJournal.FileName, Summed(line)), "/state").Current;
        FindingException.Require(
            line.AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(again, AgentJson.Default.AgentState)), "what was read cannot be written and read again");
        // The agent's first steps on it.
        _ = again.WithHandoff(StateSamples.Source.Handoff!);
        _ = again.Handoff?.Unfinished;
    }

    private static byte[] Summed(byte[] line) =>
        [.. line, (byte)'\n', .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(line))), (byte)'\n'];
}
