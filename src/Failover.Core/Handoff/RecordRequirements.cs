using Failover.Records;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>Which record a validator is told to require, where the client cannot say which consensus the cluster is in.</summary>
internal static class RecordRequirements
{
    /// <summary>The tower if there is one: a cluster that has moved on would refuse for want of a newer one, which changes nothing.</summary>
    public static RecordRequirement From(IEnumerable<VotingRecord> records) =>
        records.Any(record => record.Kind == RecordKind.Tower) ? RecordRequirement.Tower : RecordRequirement.VoteHistory;
}
