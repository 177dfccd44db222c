using System.Text.RegularExpressions;
using Failover.Handoff;

namespace Failover.Model;

/// <summary>A change of phase as it is written down; from Unknown: a new order.</summary>
internal sealed record Transition(HandoffRole Role, HandoffPhase From, HandoffPhase To);

/// <summary>What model/handoff.pml says of the code, in its own words.</summary>
internal sealed partial class PromelaModel
{
    private readonly string _text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "model", "handoff.pml"));

    public IReadOnlySet<string> Phases => Names("phases");

    public IReadOnlySet<string> Answers => Names("answers");

    public IReadOnlySet<string> PromisedRoles => Names("roles");

    public IReadOnlySet<Transition> Transitions => Transition().Matches(_text)
        .Select(match => new Transition(Role(match), Phase(match.Groups["from"].Value), Phase(match.Groups["to"].Value)))
        .Concat(Begin().Matches(_text).Select(match => new Transition(Role(match), HandoffPhase.Unknown, Phase(match.Groups["to"].Value))))
        .ToHashSet();

    public IReadOnlyDictionary<(HandoffPhase, AnswerKind), WayOut> WaysOut => Way().Matches(_text)
        .SelectMany(way => Pair().Matches(way.Groups["pairs"].Value).Select(pair => (
            Written: Phase(pair.Groups["phase"].Value), Said: Enum.Parse<AnswerKind>(pair.Groups["answer"].Value), Way: Enum.Parse<WayOut>(way.Groups["way"].Value))))
        .ToDictionary(row => (row.Written, row.Said), row => row.Way);

    private IReadOnlySet<string> Names(string type) =>
        Regex.Match(_text, $@"^mtype:{type} = \{{([^}}]+)\}};", RegexOptions.Multiline).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries).ToHashSet();

    private static HandoffRole Role(Match match) => Enum.Parse<HandoffRole>(match.Groups["role"].Value);

    private static HandoffPhase Phase(string name) => Enum.Parse<HandoffPhase>(name);

    [GeneratedRegex(@"\bTRANSITION\((?<role>Source|Target), (?<from>\w+), (?<to>\w+)\)")]
    private static partial Regex Transition();

    [GeneratedRegex(@"\bBEGIN\((?<role>Source|Target), (?<to>\w+)\)")]
    private static partial Regex Begin();

    // A definition goes on where its line ends with a backslash.
    [GeneratedRegex(@"^#define WAY_(?<way>\w+) (?<pairs>(?:[^\n]*\\\n)*[^\n]*)$", RegexOptions.Multiline)]
    private static partial Regex Way();

    [GeneratedRegex(@"PAIR\((?<phase>\w+), Says(?<answer>\w+)\)")]
    private static partial Regex Pair();
}
