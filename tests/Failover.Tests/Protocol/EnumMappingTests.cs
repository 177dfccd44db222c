using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>The mapping casts numbers, so the numbers must mean the same on both sides.</summary>
public sealed class EnumMappingTests
{
    public static TheoryData<Type, Type> Pairs => new()
    {
        { typeof(HandoffRole), typeof(Wire.HandoffRole) },
        { typeof(HandoffPhase), typeof(Wire.HandoffPhase) },
        { typeof(HandoffEnding), typeof(Wire.HandoffEnding) },
        { typeof(VotingStopProof), typeof(Wire.VotingStopProof) },
        { typeof(RecordKind), typeof(Wire.RecordKind) },
        { typeof(AnswerKind), typeof(Wire.AnswerKind) },
        { typeof(HandoffStep), typeof(Wire.HandoffStep) },
        { typeof(StepState), typeof(Wire.StepState) },
        { typeof(HeldIdentity), typeof(Wire.HeldIdentity) },
        { typeof(PromisedRole), typeof(Wire.PromisedRole) },
        { typeof(ConsensusPhase), typeof(Wire.ConsensusPhase) },
        { typeof(CheckOutcome), typeof(Wire.CheckOutcome) },
        { typeof(HookPoint), typeof(Wire.HookPoint) },
        { typeof(HookUse), typeof(Wire.HookUse) },
        { typeof(HookFile), typeof(Wire.HookFile) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_number_means_the_same_in_the_domain_and_on_the_wire(Type domain, Type wire)
    {
        Assert.Equal(Names(wire).Select(Neutral), Names(domain).Select(Neutral));

        static IEnumerable<string> Names(Type type) => Enum.GetValues(type).Cast<object>().OrderBy(Convert.ToInt32).Select(value => $"{Convert.ToInt32(value)} {value}");

        static string Neutral(string name) => name.Replace("Unspecified", "Unknown", StringComparison.Ordinal);
    }
}
