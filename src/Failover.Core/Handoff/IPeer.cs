using Failover.Agents;
using Failover.Records;

namespace Failover.Handoff;

/// <summary>What the two agents say to each other on the link that prepare opens. The source speaks first.</summary>
public abstract record PeerMessage;

/// <summary>Source: first message.</summary>
public sealed record OpenMessage(HandoffOrder Order, NodeFacts Facts) : PeerMessage;

/// <summary>Target: the answer to <see cref="OpenMessage"/>.</summary>
public sealed record ReadyMessage(NodeFacts Facts, Permit Permit) : PeerMessage;

/// <summary>Source: measures the round trip and asks for a fresh permit.</summary>
public sealed record PingMessage(long Number) : PeerMessage;

/// <summary>Source: the moment has come, and the target's hooks before the commit are to run. Sent only to a target that has such. Nothing of either node has changed.</summary>
public sealed record RunHooksMessage(HandoffOrder Order) : PeerMessage;

/// <summary>Target: its hooks before the commit have run.</summary>
/// <param name="Failure">Why the handoff must not go on; empty when it may.</param>
/// <param name="Remedy">With a failure: what to do.</param>
public sealed record HooksDoneMessage(string Failure, string Remedy) : PeerMessage;

/// <summary>Target: with its wall clock, and a permit issued just now. Permits issued before stay good for their life.</summary>
public sealed record PongMessage(long Number, DateTimeOffset WallClock, Permit Permit) : PeerMessage;

/// <summary>Source: record, receipt and permit in one message. Sent at most once per handoff.</summary>
public sealed record HandOverMessage(HandoffOrder Order, string PermitNonce, Receipt Receipt, IReadOnlyList<RecordBytes> Records) : PeerMessage;

/// <summary>Target: what became of the promotion.</summary>
public sealed record AnswerMessage(TargetAnswer Answer) : PeerMessage;

/// <summary>Target: the first vote with S that its validator stored.</summary>
public sealed record FirstVoteMessage(ulong Slot) : PeerMessage;

/// <summary>A duplex link of whole messages, in order. One reader, one writer at a time. Throws <see cref="AgentUnreachableException"/> when it breaks.</summary>
public interface IPeerLink : IAsyncDisposable
{
    Task SendAsync(PeerMessage message, CancellationToken ct);

    /// <summary>Null when the other side closed the link in an orderly way.</summary>
    Task<PeerMessage?> ReceiveAsync(CancellationToken ct);
}

/// <summary>The other agent, as an agent sees it. Throws as <see cref="IAgent"/> does.</summary>
public interface IPeer
{
    string Node { get; }

    /// <summary>Opens the handoff link. Connected when it returns; the order is not sent yet.</summary>
    Task<IPeerLink> OpenAsync(CancellationToken ct);

    /// <summary>
    /// Asks what became of the order and, unless the target was promoted by it, makes it refuse the order for good. Waits for a promotion by this order; an
    /// agent that is busy with anything else says soon that it cannot tell. Idempotent: the answer is recorded before it is given. A refusal may be relied on for
    /// <see cref="ReclaimGrounds.Life"/>.
    /// </summary>
    Task<TargetAnswer> WithdrawAsync(HandoffOrder order, CancellationToken ct);

    /// <summary>Streams records to be kept aside there; returns what the peer verified and kept.</summary>
    Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(IReadOnlyList<RecordBytes> records, CancellationToken ct);
}

/// <summary>The peers of this node's configuration, by node name.</summary>
public interface IPeers
{
    /// <exception cref="OrderRefusedException">The configuration names no such peer.</exception>
    IPeer Get(string node);
}
