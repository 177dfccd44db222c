using Failover.Identities;
using Failover.Records;

namespace Failover.Simulation;

/// <summary>One vote with S that left a validator.</summary>
internal sealed record CastVote(string Node, ulong Slot, IReadOnlyList<Lockout> Tower, long At);

/// <summary>The chain, and the referee of what was voted: every vote with S must come from a tower that holds every vote before it.</summary>
internal sealed class SimulatedCluster(TimeProvider time)
{
    public const ulong FirstSlot = 350_000_000;

    public static readonly TimeSpan SlotTime = TimeSpan.FromMilliseconds(400);

    private readonly long _start = time.GetTimestamp();

    /// <summary>S, which every node has a copy of.</summary>
    public Keypair Staked { get; } = Keypairs.Of(1);

    public Pubkey VoteAccount { get; } = Keypairs.Of(2).Public;

    public string GenesisHash { get; } = Keypairs.Of(3).Public.ToString();

    /// <summary>All votes with S, in the order in which they left.</summary>
    public List<CastVote> Votes { get; } = [];

    public List<ulong> LeaderSlots { get; } = [];

    /// <summary>What the chain says instead of the truth; null: the truth.</summary>
    public ulong? LastVoteSaid { get; set; }

    /// <summary>
    /// Nodes whose validator comes up with S by its own link after a loss of power took votes from its disk: no agent has a say in what it votes from first.
    /// </summary>
    public HashSet<string> Excused { get; } = [];

    public ulong Slot => SlotAgo(TimeSpan.Zero);

    public ulong Finalized => Slot - 32;

    /// <summary>A vote is on chain one slot after it left.</summary>
    public ulong LastVoteOnChain => LastVoteSaid ?? Votes.LastOrDefault(vote => time.GetElapsedTime(vote.At) >= SlotTime)?.Slot ?? FirstSlot - 100;

    public ulong SlotAgo(TimeSpan ago) => FirstSlot + (ulong)(Elapsed(ago) / SlotTime);

    /// <summary>When the slot begins.</summary>
    public TimeSpan BeginOf(ulong slot) => new TimeSpan(_start) + ((long)(slot - FirstSlot) * SlotTime);

    public void Cast(string node, ulong slot, IReadOnlyList<Lockout> before, IReadOnlyList<Lockout> after)
    {
        // What is older than the chain's horizon can neither land any more nor lock anybody out.
        if (!Excused.Remove(node) && Votes is [.., var last] && last.Slot + Handoff.VoteHorizon.Slots > slot && !last.Tower.SequenceEqual(before))
        {
            throw new InvariantBrokenException(
                $"{node} voted for slot {slot} from a tower that ends with slot {(before is [.., var end] ? end.Slot : 0)}: it lacks {last.Node}'s vote for slot {last.Slot}");
        }
        Votes.Add(new CastVote(node, slot, after, time.GetTimestamp()));
    }

    private TimeSpan Elapsed(TimeSpan ago) => time.GetElapsedTime(_start) is var elapsed && elapsed > ago ? elapsed - ago : TimeSpan.Zero;
}

/// <summary>What must never be was seen.</summary>
internal sealed class InvariantBrokenException(string message) : Exception(message);
