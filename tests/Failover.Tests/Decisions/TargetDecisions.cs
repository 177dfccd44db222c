using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Decisions;

internal static class TargetDecisions
{
    private const string Page = "target-answers";

    private static readonly Given<ulong?> LastPromotion = new("the target was last promoted by", ("no order", null), ("an older order", 6), ("this order", 7), ("a later order", 8));

    private static readonly Given<ulong?> ByHand = new("it was given S by hand", ("never", null), ("before this order", 6), ("after this order", 7), ("after a later order", 8));

    private static readonly Given<HeldIdentity> Holds = new("its validator has", ("S", HeldIdentity.Staked), ("U", HeldIdentity.Unstaked), ("nobody knows what", HeldIdentity.Unknown));

    private static readonly Given<PromisedRole> Promised = new("its last word is", ("none", PromisedRole.Unknown), ("active", PromisedRole.Active), ("standby", PromisedRole.Standby));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "S has moved on", [LastPromotion, ByHand], ["the target says"], row => [
            LocalTarget.WhyMovedOn(
                AgentState.Fresh with { LastPromotion = row.Of(LastPromotion) is { } token ? Order(token) : null, HeldByHandAt = row.Of(ByHand) is { } seen ? new FencingToken(seen) : null },
                Order(7), "tokyo") is null ? "what its validator shows" : "promoted"]),
        new(Page, "A refusal is only given when it is true", [Holds, Promised], ["the target says"], row => [
            Scenes.Words(LocalTarget.InsteadOfRefusal(row.Of(Holds), row.Of(Promised), TargetAnswer.Refused("never"), "tokyo")?.Kind ?? AnswerKind.Refused)]),
    ];

    private static HandoffOrder Order(ulong token) => new(
        new HandoffId($"handoff-{token:D4}"), new FencingToken(token), Keypairs.Of(1).Public, Keypairs.Of(2).Public, "genesis", "london", "tokyo");
}
