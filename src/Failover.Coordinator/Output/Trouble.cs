using Failover.Coordination;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>Something that went otherwise than asked: what happened, what is known of the nodes, and what to type next.</summary>
/// <param name="State">How the nodes stand as far as known, one line each; empty when nobody was asked.</param>
internal sealed record Trouble(ExitCode Code, string What, IReadOnlyList<string> State, string Next)
{
    public static Trouble Of(Obstacle obstacle, ClusterView? view) => new(CodeOf(obstacle.Kind), obstacle.Text, StateOf(view), obstacle.Next);

    /// <summary>Which exit code each obstacle has.</summary>
    public static ExitCode CodeOf(ObstacleKind kind) => kind switch
    {
        ObstacleKind.NothingToDo or ObstacleKind.NothingUnfinished => ExitCode.Ok,
        ObstacleKind.UnknownNode or ObstacleKind.UnknownHandoff => ExitCode.Usage,
        ObstacleKind.Unreachable => ExitCode.Unreachable,
        ObstacleKind.SeveralActive or ObstacleKind.NoActiveNode => ExitCode.NeedsOperator,
        _ => ExitCode.Unchanged,
    };

    /// <summary>One line per node.</summary>
    public static IReadOnlyList<string> StateOf(ClusterView? view) => view is null ? [] : [.. view.Nodes.Select(node => node.Facts switch
    {
        null => $"{node.Node}: not known, {node.Failure!.Kind switch { ObstacleKind.Unreachable => "cannot be reached", _ => "gives no usable answer" }}",
        var facts => $"{node.Node}: holds {Words.Of(facts.Holds)}, comes up with {Words.Of(facts.LinkPointsTo)} when restarted" +
            (facts.ProcessRunning == false ? ", validator stopped" : ""),
    })];

    public IRenderable Render()
    {
        var fine = Code == ExitCode.Ok;
        List<IRenderable> lines = [Look.Marked(fine ? Look.GoodMark : Look.BadMark, fine ? Look.Good : Look.Bad, What, fine ? Look.Plain : Look.Strong)];
        lines.AddRange(State.Select(line => new Padder(new Text(Words.Clean(line), Look.Faint), new Padding(2, 0, 0, 0))));
        if (Next.Length > 0)
        {
            lines.Add(Look.Next(Next));
        }
        return new Rows(lines);
    }
}
