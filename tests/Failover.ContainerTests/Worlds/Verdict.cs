namespace Failover.ContainerTests.Worlds;

/// <summary>What the cluster's judge says, as it says it on its wire: nothing is shared with its code.</summary>
public sealed record Verdict(
    bool Safe, bool Vacuous, int Votes, int Switches, IReadOnlyList<VerdictViolation> Violations, IReadOnlyList<VerdictTenure> Tenures);

public sealed record VerdictViolation(string Kind, string Sentence);

/// <summary>A period in which one machine, and no other, acted with the identity.</summary>
public sealed record VerdictTenure(string Host, ulong FirstSlot, ulong LastSlot);
