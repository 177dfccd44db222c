using System.Text.Json.Serialization;

namespace FakeWire;

// The link between a fake validator and the fake cluster: one TCP connection (loopback or container network) opened by the
// validator, newline-delimited JSON, one WireMessage a line, no replies: each side just says what happened.
// Identities are base58 text. A slot number is global; a bank is named by slot (a slot has at most one block).

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Welcome), "welcome")]
[JsonDerivedType(typeof(Block), "block")]
[JsonDerivedType(typeof(Contact), "contact")]
[JsonDerivedType(typeof(Vote), "vote")]
[JsonDerivedType(typeof(Produced), "produced")]
[JsonDerivedType(typeof(Schedule), "schedule")]
public abstract record WireMessage;

/// <summary>Validator to cluster, first line. <paramref name="Host"/> is the machine's name: two hosts may claim one identity, which is the point.</summary>
public sealed record Hello(string Host, string VoteAccount) : WireMessage;

/// <summary>Cluster to validator, the answer to <see cref="Hello"/>.</summary>
public sealed record Welcome(
    string GenesisHash, ushort ShredVersion, int SlotMilliseconds, ulong SlotsPerEpoch, ulong RootSlot, ulong CurrentSlot,
    ulong? AlpenglowSinceSlot, IReadOnlyList<VoteAccountState> VoteAccounts) : WireMessage;

/// <summary>What the chain (on the block's own fork) says of a vote account.</summary>
public sealed record VoteAccountState(
    string VoteAccount, string Node, string AuthorizedVoter, ulong ActivatedStake, IReadOnlyList<TowerVote> Votes, ulong? RootSlot, ulong Credits);

public sealed record TowerVote(ulong Slot, uint Confirmations);

/// <summary>
/// Cluster to validators: a block that can be replayed now. <paramref name="VoteAccounts"/> is the state after it, on its own fork.
/// <paramref name="Canonical"/> is false for a block on a minority fork that will be abandoned (a validator is not told in real life:
/// only the test equipment may look at it). <paramref name="RootedSlot"/> and <paramref name="ConfirmedSlot"/>: what the cluster has rooted / optimistically confirmed.
/// </summary>
public sealed record Block(
    ulong Slot, ulong Parent, string Hash, string BlockId, string Leader, bool Canonical, ulong ConfirmedSlot, ulong RootedSlot,
    IReadOnlyList<VoteAccountState> VoteAccounts) : WireMessage;

/// <summary>Both ways: gossip contact info. <paramref name="OutsetMicroseconds"/> is the claimant's wall clock at start or at set-identity.</summary>
public sealed record Contact(string Host, string Identity, long OutsetMicroseconds) : WireMessage;

/// <summary>
/// Validator to cluster: a vote transaction as sent to the next leaders, after its tower was stored. The cluster passes it on to every validator as gossip.
/// <paramref name="TowerSync"/> are the bytes of the vote's compact TowerSync (base64 in JSON); <paramref name="Signature"/> is ed25519 by the identity over
/// SHA-256(vote account text ‖ ":" ‖ TowerSync bytes ‖ recent blockhash text), so that nobody else can have made it.
/// </summary>
public sealed record Vote(
    string Host, string Identity, string VoteAccount, string AuthorizedVoter, byte[] TowerSync, ulong LastSlot, string Blockhash, byte[] Signature,
    bool IsRefresh) : WireMessage;

/// <summary>Validator to cluster: it produced the block of a leader slot. The cluster answers with the <see cref="Block"/> to everybody.</summary>
public sealed record Produced(string Host, string Identity, ulong Slot, ulong Parent) : WireMessage;

/// <summary>Cluster to validators: leader slots of the hosts' identities in an epoch, sent at welcome for this epoch and the next, and at each epoch's start for the next.</summary>
public sealed record Schedule(ulong Epoch, ulong FirstSlot, IReadOnlyDictionary<string, IReadOnlyList<ulong>> LeaderSlots) : WireMessage;
