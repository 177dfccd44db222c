using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeValidator.Voting;

namespace FakeValidator;

/// <summary>The parts of one validator that its threads share.</summary>
public sealed class NodeContext
{
    public required ValidatorVersion Version { get; init; }
    public required ClientKind Client { get; init; }
    public required string VoteAccount { get; init; }
    public required TimeProvider Time { get; init; }
    public required AgaveLog Log { get; init; }
    public required FaultSet Faults { get; init; }
    public required IProcessEnd End { get; init; }
    public required IOutbox Outbox { get; init; }
    public required ClusterInfo Gossip { get; init; }
    public required VoterList Voters { get; init; }
    public required TowerStore Towers { get; init; }
    public required VoteHistoryStore Histories { get; init; }
    public required VotingService Voting { get; init; }
    public ChainView Chain { get; } = new();
    public LeaderSlots Leaders { get; } = new();

    /// <summary>Whether leader slots are left out until a vote of the identity is rooted (the default of the real one).</summary>
    public bool WaitForVoteToStartLeader { get; init; } = true;
    public bool RequireTower { get; init; }

    /// <summary>Alpenglow from the start, whatever the cluster says.</summary>
    public bool ForceAlpenglow { get; init; }

    /// <summary>Whether the root bank is past the Alpenglow genesis.</summary>
    public bool IsAlpenglow =>
        ForceAlpenglow || (Chain.Welcome?.AlpenglowSinceSlot is { } since && Chain.At(Commitment.Processed)?.Slot >= since);
}
