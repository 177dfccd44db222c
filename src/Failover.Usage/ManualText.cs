namespace Failover.Usage;

/// <summary>What a manual page says beyond the definitions of commands and options.</summary>
/// <param name="Section">1 for a command of users, 8 for one of administrators.</param>
/// <param name="Summary">What the program is, in a few words, for <c>apropos</c>.</param>
public sealed record ManualText(string Program, int Section, string Version, string Summary)
{
    public IReadOnlyList<string> Description { get; init; } = [];

    public IReadOnlyList<(string Term, string Meaning)> ExitCodes { get; init; } = [];

    public IReadOnlyList<(string Term, string Meaning)> Environment { get; init; } = [];

    public IReadOnlyList<(string Term, string Meaning)> Files { get; init; } = [];

    /// <summary>What is typed, and what it is for.</summary>
    public IReadOnlyList<(string Term, string Meaning)> Examples { get; init; } = [];

    public IReadOnlyList<(string Name, int Section)> SeeAlso { get; init; } = [];
}
