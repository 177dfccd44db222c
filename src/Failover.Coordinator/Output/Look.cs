using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>How things look: few colours, each with one meaning, and never a colour without a word or a mark that says the same.</summary>
internal static class Look
{
    public static readonly Style Plain = Style.Plain;
    public static readonly Style Strong = new(decoration: Decoration.Bold);
    public static readonly Style Faint = new(Color.Grey);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Warn = new(Color.Yellow);
    public static readonly Style Bad = new(Color.Red, decoration: Decoration.Bold);
    public static readonly Style Command = new(Color.Aqua, decoration: Decoration.Bold);

    private const string RemarkSign = "   # ";

    public const string GoodMark = "✓";
    public const string WarnMark = "!";
    public const string BadMark = "✗";

    /// <summary>A line that begins with a mark and whose further lines are indented under its text.</summary>
    public static IRenderable Marked(string mark, Style markStyle, string text, Style? textStyle = null, int indent = 0) =>
        Columns(indent, (new Text(mark, markStyle), mark.Length), new Text(Words.Clean(text), textStyle ?? Style.Plain));

    /// <summary>The command to type, so that it stands out.</summary>
    /// <param name="command">What is behind <c>   # </c> is a remark and stands on a line of its own.</param>
    public static IRenderable Next(string command, int indent = 0)
    {
        if (command.StartsWith("# ", StringComparison.Ordinal))
        {
            return Marked("→", Command, command[2..], Plain, indent); // No command can do it.
        }
        var parts = command.Split(RemarkSign, 2);
        var line = Marked("→", Command, parts[0], Command, indent);
        return parts.Length == 1 ? line : new Rows(line, Marked(" ", Faint, parts[1], Faint, indent));
    }

    /// <summary>A name of fixed width and a value beside it.</summary>
    public static IRenderable Field(string name, string value, int width = 10, Style? style = null) =>
        Columns(2, (new Text(name, Faint), width), new Text(Words.Clean(value), style ?? Style.Plain));

    /// <summary>A paragraph, wrapped by words.</summary>
    public static IRenderable Paragraph(string text, Style? style = null) => new Rows(new Text(Words.Clean(text), style ?? Style.Plain));

    /// <summary>A grid whose cells touch only through the given gap: Spectre's default pads both sides.</summary>
    public static Grid Grid(params ReadOnlySpan<GridColumn> columns)
    {
        var grid = new Grid { Expand = false };
        foreach (var column in columns)
        {
            grid.AddColumn(column);
        }
        return grid;
    }

    public static GridColumn Column(int? width = null, int gap = 2, int left = 0, bool right = false) => new()
    {
        Width = width,
        NoWrap = false,
        Padding = new Padding(left, 0, gap, 0),
        Alignment = right ? Justify.Right : Justify.Left,
    };

    private static Grid Columns(int indent, (IRenderable Cell, int Width) first, IRenderable second)
    {
        var grid = Grid(Column(first.Width, gap: 1, left: indent), Column(gap: 0));
        grid.AddRow(first.Cell, second);
        return grid;
    }
}
