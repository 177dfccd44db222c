using Failover.Cluster;
using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>Which record a validator is told to require before it takes S.</summary>
internal static class RecordRequirements
{
    /// <summary>The one that the cluster's consensus votes from; by the records where the client cannot say which that is.</summary>
    public static RecordRequirement For(ConsensusPhase phase, IEnumerable<VotingRecord> records) => phase switch
    {
        ConsensusPhase.Alpenglow => RecordRequirement.VoteHistory,
        ConsensusPhase.TowerBft => RecordRequirement.Tower,
        _ => From(records),
    };

    /// <summary>The tower if there is one: a cluster that has moved on would refuse for want of a newer one, which changes nothing.</summary>
    public static RecordRequirement From(IEnumerable<VotingRecord> records) =>
        records.Any(record => record.Kind == RecordKind.Tower) ? RecordRequirement.Tower : RecordRequirement.VoteHistory;
}
