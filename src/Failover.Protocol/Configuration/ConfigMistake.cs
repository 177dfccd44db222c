namespace Failover.Protocol.Configuration;

/// <summary>One thing that is wrong in a configuration, in a form that editors can jump to.</summary>
/// <param name="Where"><c>file:line</c>, or "environment".</param>
/// <param name="Key">The key with its sections, e.g. <c>node.name</c> or <c>peers[0].address</c>.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Remedy">What cures it.</param>
public sealed record ConfigMistake(string Where, string Key, string What, string Remedy)
{
    /// <summary>All that is wrong is that nobody asks for this key of the file.</summary>
    public bool IsUnknownKey { get; init; }

    public override string ToString() => $"{Where}: {Key}: {What}; {Remedy}";
}

/// <summary>A configuration cannot be used. Holds every mistake, not just the first.</summary>
public sealed class ConfigException(IReadOnlyList<ConfigMistake> mistakes) : Exception(string.Join('\n', mistakes))
{
    public IReadOnlyList<ConfigMistake> Mistakes { get; } = mistakes;
}
