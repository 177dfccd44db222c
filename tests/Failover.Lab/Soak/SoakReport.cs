using System.Globalization;

namespace Failover.Lab.Soak;

/// <summary>What many handoffs in a row did to the two agents, and what the judge says of them.</summary>
/// <param name="Endings">How often each ending came.</param>
/// <param name="Faults">How often each fault happened.</param>
/// <param name="Measured">Handoffs in the stretch over which growth is judged: the same agents from its beginning to its end.</param>
/// <param name="Problems">Whatever must not be: empty when all is well.</param>
public sealed record SoakReport(
    int Handoffs, TimeSpan Took, IReadOnlyDictionary<string, int> Endings, IReadOnlyDictionary<string, int> Faults, int Measured,
    IReadOnlyList<Growth> Growth, Verdict Verdict, IReadOnlyList<string> Problems)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Handoffs} handoffs in {Took.TotalMinutes:0.0} minutes, {Handoffs / Took.TotalMinutes:0.0} a minute
        endings: {Counts(Endings)}
        faults:  {Counts(Faults)}
        judge:   {(Verdict.Safe ? "safe" : "NOT SAFE")}, {Verdict.Votes} votes, {Verdict.Switches} changes of voter
        growth over {Measured} handoffs of the same two agents:

        | agent | what | first quarter (median) | last quarter (median) | most | |
        | --- | --- | --- | --- | --- | --- |
        {string.Join('\n', Growth)}

        {(Problems.Count == 0 ? "nothing is wrong" : string.Join('\n', Problems.Select(problem => $"WRONG: {problem}")))}
        """);

    private static string Counts(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Value} {count.Key}"));
}
