using System.Globalization;

namespace Failover.Lab;

/// <summary>What one way of moving the identity did over many handoffs.</summary>
/// <param name="Done">Handoffs after which the target voted.</param>
/// <param name="StaleRecords">Handoffs after which the judge found that the new voter's record lacked a vote of the old one.</param>
/// <param name="Violations">All violations that the judge found, stale records included.</param>
/// <param name="ProcessesLost">Validators that ended by themselves: killed as a duplicate, panicked on an old vote, or ended by a bad record.</param>
public sealed record ComparisonRow(string Way, int Handoffs, int Done, IReadOnlyList<VerdictGap> Gaps, int StaleRecords, int Violations, int ProcessesLost)
{
    public long MedianSlots => Gaps.Count == 0 ? -1 : Gaps.Select(gap => gap.RawGap).Order().ElementAt((Gaps.Count - 1) / 2);

    public long MaxSlots => Gaps.Count == 0 ? -1 : Gaps.Max(gap => gap.RawGap);

    public double MedianMilliseconds => Gaps.Count == 0 ? double.NaN : Gaps.Select(gap => gap.Milliseconds).Order().ElementAt((Gaps.Count - 1) / 2);

    public double MaxMilliseconds => Gaps.Count == 0 ? double.NaN : Gaps.Max(gap => gap.Milliseconds);
}

/// <summary>The same fakes, the same number of handoffs: the published guide's own sequence, and ours.</summary>
public static class Comparison
{
    private const string Ours = "failover";

    /// <param name="only">"failover" or "guide"; both when null.</param>
    public static async Task<int> RunAsync(LabOptions options, int handoffs, TimeSpan scp, string? only, CancellationToken ct)
    {
        List<ComparisonRow> rows = [];
        if (only is null or "failover")
        {
            rows.Add(await OursAsync(options, handoffs, ct));
        }
        if (only is null or "guide")
        {
            rows.Add(await GuideAsync(options, handoffs, scp, ct));
        }
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""

            {handoffs} handoffs each, {options.Slot.TotalMilliseconds:0} ms slots, release line {options.Version}; scp takes {scp.TotalMilliseconds:0} ms

            | way | handoffs done | vote gap, slots (median / max) | vote gap, ms (median / max) | stale records | violations | validators lost |
            | --- | --- | --- | --- | --- | --- | --- |
            """));
        foreach (var row in rows)
        {
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Way} | {row.Done} of {row.Handoffs} | {row.MedianSlots} / {row.MaxSlots} | {row.MedianMilliseconds:0} / {row.MaxMilliseconds:0} | {row.StaleRecords} | {row.Violations} | {row.ProcessesLost} |"));
        }
        // The guide's row is there to be looked at; ours has to be clean.
        return rows.Where(row => row.Way == Ours).All(row => row is { StaleRecords: 0, Violations: 0, ProcessesLost: 0 } && row.Done == handoffs) ? 0 : 1;
    }

    public static async Task<ComparisonRow> OursAsync(LabOptions options, int handoffs, CancellationToken ct)
    {
        await using var world = await LabWorld.StartAsync(options, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        var done = 0;
        for (var i = 0; i < handoffs; i++)
        {
            var target = world.Nodes[(i + 1) % 2];
            var result = await world.FailoverAsync(ct, "handoff", "--to", target.Name, "--now", "--yes");
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException($"handoff {i + 1} to {target.Name}: {result}");
            }
            done++;
            await world.PassVotesAsync(3, ct);
        }
        var verdict = await world.Cluster.JudgeAsync(handoffs, ct);
        Explain(verdict);
        return new ComparisonRow(Ours, handoffs, done, verdict.Gaps, Stale(verdict), verdict.Violations.Count, world.Nodes.Count(node => !node.Validator!.Running));
    }

    public static async Task<ComparisonRow> GuideAsync(LabOptions options, int handoffs, TimeSpan scp, CancellationToken ct)
    {
        await using var world = await LabWorld.StartAsync(options, withAgents: false, ct);
        await world.PassVotesAsync(5, ct);
        var guide = new PublishedGuide(world, options, scp);
        var (done, lost) = (0, 0);
        for (var i = 0; i < handoffs; i++)
        {
            var (source, target) = (world.Nodes[i % 2], world.Nodes[(i + 1) % 2]);
            await guide.HandOffAsync(source, target, ct);
            // What an operator's service manager does: a validator that ended is started again, with the identity that its link points to.
            await world.PassSlotsAsync(6, ct);
            foreach (var node in world.Nodes.Where(node => !node.Validator!.Running))
            {
                lost++;
                await world.StartValidatorAsync(node, ct);
            }
            await world.PassVotesAsync(3, ct);
            done++;
        }
        var verdict = await world.Cluster.JudgeAsync(handoffs, ct);
        Explain(verdict);
        return new ComparisonRow("the published guide", handoffs, done, verdict.Gaps, Stale(verdict), verdict.Violations.Count, lost);
    }

    private static int Stale(Verdict verdict) => verdict.Violations.Count(violation => violation.Kind == "stale-record");

    private static void Explain(Verdict verdict)
    {
        foreach (var violation in verdict.Violations)
        {
            Console.WriteLine($"  {violation.Kind}: {violation.Sentence}");
        }
    }
}
