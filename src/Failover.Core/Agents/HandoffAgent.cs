using Failover.Cluster;
using Failover.Disks;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;
using Microsoft.Extensions.Logging;

namespace Failover.Agents;

/// <summary>The agent without its network: what a coordinator may ask (<see cref="IAgent"/>) and what a peer may.</summary>
public sealed class HandoffAgent(
    NodeConfig config, IDisk disk, IValidator validator, ISolanaRpc rpc, IValidatorProcess process, IPeers peers, TimeProvider time, string bootId,
    ILoggerFactory loggers) : IAgent
{
    internal object Parts => (disk, validator, rpc, process, peers, time, bootId, loggers);

    public string Node => config.Node;

    /// <summary>
    /// Compares state file, link, process and validator, and goes to the safe side; carries on a handoff that was interrupted. Call once, before any order is
    /// taken. Returns when the node is safe; what is still to be asked of a peer goes on in the background until <paramref name="stopping"/>.
    /// </summary>
    public Task StartAsync(CancellationToken stopping) => throw new NotSupportedException();

    /// <summary>Waits until no handoff is in its commit phase, so that a stop of the service does not cut through one.</summary>
    public Task StopAsync(CancellationToken limit) => throw new NotSupportedException();

    /// <summary>Serves a handoff link that a peer opened, until it ends.</summary>
    /// <param name="peer">The peer's name by its certificate.</param>
    public Task ServePeerAsync(string peer, IPeerLink link, CancellationToken ct) => throw new NotSupportedException();

    /// <summary>See <see cref="IPeer.WithdrawAsync"/>.</summary>
    public Task<TargetAnswer> WithdrawAsync(string peer, HandoffOrder order, CancellationToken ct) => throw new NotSupportedException();

    /// <summary>See <see cref="IPeer.KeepAsideAsync"/>.</summary>
    public Task<IReadOnlyList<RecordSummary>> KeepAsideAsync(string peer, IReadOnlyList<RecordBytes> records, CancellationToken ct) => throw new NotSupportedException();

    public Task<NodeFacts> GetStatusAsync(CancellationToken ct) => throw new NotSupportedException();

    public Task<PrepareReport> PrepareAsync(HandoffOrder order, HandoffRole role, CancellationToken ct) => throw new NotSupportedException();

    public Task CommitAsync(HandoffOrder order, CommitOptions options, CancellationToken ct) => throw new NotSupportedException();

    public IAsyncEnumerable<HandoffEvent> FollowAsync(HandoffId handoff, long fromSequence, CancellationToken ct) => throw new NotSupportedException();

    public Task<HandoffOutcome> AbortAsync(HandoffId handoff, CancellationToken ct) => throw new NotSupportedException();

    public Task<HandoffOutcome> ResumeAsync(HandoffId handoff, OperatorAssertion? assertion, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(int most, CancellationToken ct) => throw new NotSupportedException();

    public Task<NodeFacts> SetIdentityAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => throw new NotSupportedException();

    public Task<NodeFacts> RelinkAsync(HeldIdentity identity, string? overrideReason, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<RecordSummary>> SendRecordAsync(string peer, CancellationToken ct) => throw new NotSupportedException();
}
