using Failover.Agents;
using Failover.Examinations;

namespace Failover.Coordinator;

/// <summary>Everything outside of the program that a command may touch, so that a test can stand in for it.</summary>
internal sealed record Surroundings
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public bool InIsTerminal { get; init; }

    /// <summary>Columns; null when it is no terminal.</summary>
    public int? Width { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Reads the configuration (the given file, or the first that exists of the usual ones) and makes one agent per node.</summary>
    public required Func<string?, Fleet> Connect { get; init; }
}

/// <summary>The configured agents, connected on first use, and what to close when done.</summary>
/// <param name="Examiners">The same agents, for the doctor.</param>
/// <param name="Warnings">What the operator should know of our own side, one sentence each.</param>
internal sealed record Fleet(
    IReadOnlyList<IAgent> Agents, IReadOnlyList<IExaminer> Examiners, IReadOnlyList<IDisposable> Connections, IReadOnlyList<string> Warnings) : IDisposable
{
    /// <summary>A certificate that is valid for less is worth a warning: somebody has to carry the new one to every machine.</summary>
    public const int DaysToWarn = 14;

    public void Dispose()
    {
        foreach (var connection in Connections)
        {
            connection.Dispose();
        }
    }
}

/// <summary>The command line or the configuration cannot be right; nothing was sent anywhere.</summary>
internal sealed class UsageException(string message, string next = "failover --help", IReadOnlyList<string>? details = null) : Exception(message)
{
    public string Next { get; } = next;

    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];
}
