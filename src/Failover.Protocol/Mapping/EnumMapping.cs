using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>
/// The enumerations. Domain and wire give the same number the same meaning (a test compares every name); what arrives must be a
/// number that this version knows. <c>ToDomain</c> refuses "unspecified", <c>ToDomainOrUnknown</c> takes it for "unknown".
/// </summary>
public static class EnumMapping
{
    public static Wire.HandoffRole ToProto(this HandoffRole value) => (Wire.HandoffRole)value;

    public static Wire.HandoffPhase ToProto(this HandoffPhase value) => (Wire.HandoffPhase)value;

    public static Wire.HandoffEnding ToProto(this HandoffEnding value) => (Wire.HandoffEnding)value;

    public static Wire.VotingStopProof ToProto(this VotingStopProof value) => (Wire.VotingStopProof)value;

    public static Wire.RecordKind ToProto(this RecordKind value) => (Wire.RecordKind)value;

    public static Wire.AnswerKind ToProto(this AnswerKind value) => (Wire.AnswerKind)value;

    public static Wire.HandoffStep ToProto(this HandoffStep value) => (Wire.HandoffStep)value;

    public static Wire.StepState ToProto(this StepState value) => (Wire.StepState)value;

    public static Wire.HeldIdentity ToProto(this HeldIdentity value) => (Wire.HeldIdentity)value;

    public static Wire.PromisedRole ToProto(this PromisedRole value) => (Wire.PromisedRole)value;

    public static Wire.ConsensusPhase ToProto(this ConsensusPhase value) => (Wire.ConsensusPhase)value;

    public static Wire.CheckOutcome ToProto(this CheckOutcome value) => (Wire.CheckOutcome)value;

    public static Wire.HookPoint ToProto(this HookPoint value) => (Wire.HookPoint)value;

    public static Wire.HookUse ToProto(this HookUse value) => (Wire.HookUse)value;

    public static Wire.HookFile ToProto(this HookFile value) => (Wire.HookFile)value;

    public static HookPoint ToDomain(this Wire.HookPoint value, string at, string name) => Known((HookPoint)value, at, name);

    public static HookUse ToDomainOrUnknown(this Wire.HookUse value, string at, string name) => Defined((HookUse)value, at, name);

    public static HookFile ToDomain(this Wire.HookFile value, string at, string name) => Known((HookFile)value, at, name);

    public static HandoffRole ToDomainOrUnknown(this Wire.HandoffRole value, string at, string name) => Defined((HandoffRole)value, at, name);

    public static HandoffRole ToDomain(this Wire.HandoffRole value, string at, string name) => Known((HandoffRole)value, at, name);

    public static HandoffPhase ToDomainOrUnknown(this Wire.HandoffPhase value, string at, string name) =>
        Defined((HandoffPhase)value, at, name);

    public static HandoffEnding ToDomainOrUnknown(this Wire.HandoffEnding value, string at, string name) =>
        Defined((HandoffEnding)value, at, name);

    public static VotingStopProof ToDomain(this Wire.VotingStopProof value, string at, string name) =>
        Known((VotingStopProof)value, at, name);

    public static VotingStopProof ToDomainOrUnknown(this Wire.VotingStopProof value, string at, string name) =>
        Defined((VotingStopProof)value, at, name);

    public static RecordKind ToDomain(this Wire.RecordKind value, string at, string name) => Known((RecordKind)value, at, name);

    public static AnswerKind ToDomain(this Wire.AnswerKind value, string at, string name) => Known((AnswerKind)value, at, name);

    public static HandoffStep ToDomain(this Wire.HandoffStep value, string at, string name) => Known((HandoffStep)value, at, name);

    public static StepState ToDomain(this Wire.StepState value, string at, string name) => Known((StepState)value, at, name);

    public static HeldIdentity ToDomain(this Wire.HeldIdentity value, string at, string name) => Known((HeldIdentity)value, at, name);

    public static HeldIdentity ToDomainOrUnknown(this Wire.HeldIdentity value, string at, string name) =>
        Defined((HeldIdentity)value, at, name);

    public static PromisedRole ToDomainOrUnknown(this Wire.PromisedRole value, string at, string name) =>
        Defined((PromisedRole)value, at, name);

    public static ConsensusPhase ToDomainOrUnknown(this Wire.ConsensusPhase value, string at, string name) =>
        Defined((ConsensusPhase)value, at, name);

    public static CheckOutcome ToDomain(this Wire.CheckOutcome value, string at, string name) => Known((CheckOutcome)value, at, name);

    private static T Known<T>(T value, string at, string name)
        where T : struct, Enum =>
        EqualityComparer<T>.Default.Equals(value, default) ? throw Field.Bad(at, name, "is missing") : Defined(value, at, name);

    private static T Defined<T>(T value, string at, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw Field.Bad(at, name, "has a value that this version does not know");
}
