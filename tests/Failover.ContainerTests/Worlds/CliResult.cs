namespace Failover.ContainerTests.Worlds;

/// <summary>How one run of a program in a container ended.</summary>
public sealed record CliResult(string Command, long ExitCode, string Output, string Error)
{
    /// <summary>All that the operator reads, with every line break and indent as one space: where a line is broken is nobody's business here.</summary>
    public string Text => string.Join(' ', $"{Output} {Error}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public override string ToString() => $"{Command}: exit code {ExitCode}\n{Output}{Error}";
}
