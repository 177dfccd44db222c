using System.Globalization;

namespace Failover.Lab.Soak;

/// <summary>
/// One figure over a stretch of handoffs in which the same process went on. It has grown when the median of the last quarter is above that of the first
/// by more than the tolerance: a single odd sample moves neither, and a leak of one in each handoff, or in each tenth, moves the last by far more.
/// </summary>
public sealed record Growth(string Where, string What, double First, double Last, double Most, double Tolerance)
{
    public const string StateFiles = "files in its state folder";
    public const string LedgerFiles = "files in its ledger";

    // A heap settles where the collector likes it; what leaks comes on top of that, handoff after handoff.
    private const double MemoryShare = 0.1;
    private const double MemoryKiB = 8 * 1024;

    public bool Grew => Last - First > Tolerance;

    public static Growth Of(string where, string what, IReadOnlyList<long> samples)
    {
        var quarter = Math.Max(1, samples.Count / 4);
        var first = Median(samples.Take(quarter));
        return new Growth(where, what, first, Median(samples.Skip(samples.Count - quarter)), samples.Max(), ToleranceOf(what, first));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"| {Where} | {What} | {First:0.#} | {Last:0.#} | {Most:0.#} | {(Grew ? $"**grew** (by more than {Tolerance:0.#})" : "no growth")} |");

    private static double ToleranceOf(string what, double first) => what switch
    {
        ProcessUsage.ResidentMemory or ProcessUsage.AnonymousMemory => Math.Max(MemoryKiB, first * MemoryShare),
        // The pool's own coming and going, and a connection that is just being closed.
        ProcessUsage.Threads => 3,
        ProcessUsage.Handles or ProcessUsage.Sockets or ProcessUsage.Established or ProcessUsage.Closing => 1,
        // The next file of the history, of which there are eight at most.
        StateFiles => 1,
        _ => 0,
    };

    private static double Median(IEnumerable<long> samples)
    {
        var sorted = samples.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2.0;
    }
}
