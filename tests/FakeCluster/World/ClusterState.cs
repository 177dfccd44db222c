namespace FakeCluster.World;

public sealed record HostState(string Host, bool Connected, string? Cut);

public sealed record ContactState(string Identity, string Host, long OutsetMicroseconds);

/// <summary>The cluster at a glance.</summary>
public sealed record ClusterState(
    ulong Slot, ulong Head, ulong Confirmed, ulong Root, ulong Epoch, bool Stalled, double SlotMilliseconds, int VotesLanded,
    IReadOnlyDictionary<string, int> VotesDropped, ulong? LastVotedSlot, ulong? VoteRoot, ulong Credits, IReadOnlyList<HostState> Hosts,
    IReadOnlyList<ContactState> Contacts, IReadOnlyList<ulong> NextLeaderSlots);
