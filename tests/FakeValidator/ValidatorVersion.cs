namespace FakeValidator;

public enum ClientKind
{
    Agave = 1,
    Frankendancer = 2,
    Firedancer = 3,
}

/// <summary>The release line that the fake plays, with what differs between them.</summary>
public sealed record ValidatorVersion(string Line, string Core, uint FeatureSet)
{
    public static IReadOnlyList<ValidatorVersion> All { get; } =
    [
        new("2.3", "2.3.13", 3640012085),
        new("3.1", "3.1.14", 1620780344),
        new("4.0", "4.0.3", 2717562531),
        new("4.1", "4.1.2", 1204871945),
        new("4.2", "4.2.1", 3301745920),
        new("4.3", "4.3.0-beta.2", 893112640),
    ];

    public static ValidatorVersion Parse(string line) =>
        All.FirstOrDefault(each => each.Line == line)
        ?? throw new FormatException($"no such version: {line} (known: {string.Join(' ', All.Select(each => each.Line))})");

    /// <summary>Whether this line is the given one or a later one.</summary>
    public bool IsAtLeast(string line) => string.CompareOrdinal(Line, line) >= 0;
}
