using System.Globalization;

namespace Failover.Fuzzing.Cases;

/// <summary>What became of a target's cases.</summary>
internal sealed class Tally(string target)
{
    // Reasons are few; one that quotes the input must not fill the memory.
    private const int MostReasons = 500;
    private const int ShownReasons = 3;

    private readonly Dictionary<string, long> _refusals = new(StringComparer.Ordinal);

    public long Cases { get; private set; }

    public long Accepted { get; private set; }

    public long Findings { get; set; }

    private long MostAllocated { get; set; }

    private int ItsInput { get; set; }

    public void Add(Answer answer, long allocated, int inputLength)
    {
        Cases++;
        if (answer.Accepted is not null)
        {
            Accepted++;
        }
        else
        {
            var reason = _refusals.ContainsKey(answer.Refusal) || _refusals.Count < MostReasons ? answer.Refusal : "other";
            _refusals[reason] = _refusals.GetValueOrDefault(reason) + 1;
        }
        if (allocated > MostAllocated)
        {
            (MostAllocated, ItsInput) = (allocated, inputLength);
        }
    }

    public string Line(TimeSpan elapsed)
    {
        var reasons = _refusals.OrderByDescending(refusal => refusal.Value).Take(ShownReasons).Select(refusal => $"{refusal.Key} {refusal.Value}");
        var culture = CultureInfo.InvariantCulture;
        return string.Create(culture, $"{target}: {Cases} cases, {Accepted} accepted, {Cases - Accepted - Findings} refused ")
            + $"({string.Join(", ", reasons)}{(_refusals.Count > ShownReasons ? ", ..." : "")}), "
            + string.Create(culture, $"most allocated {MostAllocated} bytes (by {ItsInput} of input), {Cases / Math.Max(elapsed.TotalSeconds, 0.001):0} cases/s")
            + (Findings == 0 ? "" : string.Create(culture, $", {Findings} FINDINGS"));
    }
}
