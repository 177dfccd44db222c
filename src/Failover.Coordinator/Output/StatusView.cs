using Failover.Coordination;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>All nodes side by side under one line that says how they stand; below each other when the terminal is too narrow.</summary>
internal static class StatusView
{
    private const int NameWidth = 13;
    private const int LeastColumn = 20;

    public static IRenderable Render(ClusterView view, int width)
    {
        var verdict = Verdict.Of(view);
        List<IRenderable> parts = [Line(verdict), Text.Empty];
        var together = view.Nodes.Count * (LeastColumn + 2) + NameWidth + 2 <= width;
        if (view.Answered.Any())
        {
            parts.Add(Identities(view));
            parts.Add(Text.Empty);
        }
        foreach (var nodes in together ? [[.. view.Nodes]] : view.Nodes.Select(node => new[] { node }).ToArray())
        {
            parts.Add(SideBySide(view, nodes, width));
            parts.Add(Text.Empty);
        }
        foreach (var shortcoming in verdict.Shortcomings)
        {
            var (mark, style) = verdict.Kind is VerdictKind.Degraded ? (Look.WarnMark, Look.Warn) : (Look.BadMark, Look.Bad);
            parts.Add(Look.Marked(mark, style, shortcoming, indent: 2));
        }
        if (verdict.Next.Length > 0)
        {
            parts.Add(Look.Next(verdict.Next, indent: 2));
        }
        if (parts[^1] == Text.Empty)
        {
            parts.RemoveAt(parts.Count - 1);
        }
        return new Rows(parts);
    }

    /// <summary>The verdict alone, for the end of another command's output.</summary>
    public static IRenderable Line(Verdict verdict) => verdict.Kind switch
    {
        VerdictKind.Good => Look.Marked(Look.GoodMark, Look.Good, verdict.Text, Look.Strong),
        VerdictKind.Degraded => Look.Marked(Look.WarnMark, Look.Warn, verdict.Text, Look.Strong),
        _ => Look.Marked(Look.BadMark, Look.Bad, verdict.Text, Look.Bad),
    };

    private static Rows Identities(ClusterView view)
    {
        List<IRenderable> lines = [];
        foreach (var staked in view.Answered.Select(facts => facts.StakedIdentity).Distinct())
        {
            lines.Add(Look.Field("identity S", staked?.ToString() ?? "not readable", NameWidth - 1));
        }
        foreach (var vote in view.Answered.Select(facts => facts.VoteAccount).Distinct())
        {
            lines.Add(Look.Field("vote account", vote.ToString(), NameWidth - 1));
        }
        if (view.Answered.Select(facts => facts.Epoch).FirstOrDefault(epoch => epoch is not null) is { } epoch)
        {
            lines.Add(Look.Field("epoch", $"{epoch.Epoch}, {100.0 * epoch.SlotIndex / Math.Max(1, epoch.SlotsInEpoch):0} % over", NameWidth - 1));
        }
        return new Rows(lines);
    }

    private static Grid SideBySide(ClusterView view, IReadOnlyList<NodeReading> nodes, int width)
    {
        var cell = (width - NameWidth - 2) / nodes.Count - 2;
        var grid = Look.Grid([Look.Column(NameWidth, gap: 0, left: 2), .. nodes.Select(_ => Look.Column(cell))]);
        grid.AddRow([Text.Empty, .. nodes.Select(node => new Text(node.Node, Look.Strong))]);
        foreach (var row in StatusRows.All(view))
        {
            var cells = nodes.Select(node => row.Cell(node)).ToList();
            if (cells.Any(value => value.Text.Length > 0))
            {
                grid.AddRow([new Text(row.Name, Look.Faint), .. cells.Select(value => new Text(Words.Clean(value.Text), value.Style))]);
            }
        }
        return grid;
    }
}
