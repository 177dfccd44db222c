using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>Where a command writes. In JSON mode stdout carries JSON only, and everything for people goes to stderr.</summary>
internal sealed class Screen
{
    /// <summary>What tables are laid out for when nobody says how wide the terminal is.</summary>
    public const int UsualWidth = 80;

    private const int LeastWidth = 40;

    private readonly Surroundings _around;

    public Screen(Surroundings around, bool json, bool noColor)
    {
        _around = around;
        Json = json;
        People = json ? around.Error : around.Out;
        IsTerminal = json ? around.ErrorIsTerminal : around.OutIsTerminal;
        Console = Make(People, IsTerminal, noColor);
        ErrorConsole = json ? Console : Make(around.Error, around.ErrorIsTerminal, noColor);
    }

    public bool Json { get; }

    /// <summary>Whether a person looks at what is written for people.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether a person can be asked.</summary>
    public bool CanAsk => IsTerminal && _around.InIsTerminal;

    /// <summary>For people.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>For people, when something went wrong.</summary>
    public IAnsiConsole ErrorConsole { get; }

    public int Width => Console.Profile.Width;

    private TextWriter People { get; }

    public void Write(params ReadOnlySpan<IRenderable> parts)
    {
        foreach (var part in parts)
        {
            Console.Write(part);
        }
    }

    /// <summary>One line as it is, never wrapped: for logs and pipes.</summary>
    public void WriteLine(string line) => People.WriteLine(line);

    public void WriteLine() => People.WriteLine();

    /// <summary>Only in JSON mode: one document on one line.</summary>
    public void WriteJson(string document)
    {
        _around.Out.WriteLine(document);
        _around.Out.Flush();
    }

    /// <summary>Asks a yes-or-no question; anything but y or yes is a no. False at the end of the input.</summary>
    public async Task<bool> AskAsync(string question, CancellationToken ct)
    {
        Console.Write(new Text($"{question} [y/N] ", Look.Strong));
        await People.FlushAsync(ct);
        // Reading a terminal blocks its thread and hears no token; the answer is simply not waited for any more.
        var answer = await Task.Run(() => _around.In.ReadLine(), CancellationToken.None).WaitAsync(ct);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private IAnsiConsole Make(TextWriter writer, bool terminal, bool noColor)
    {
        var color = terminal && !noColor && string.IsNullOrEmpty(_around.Variable("NO_COLOR")) && _around.Variable("TERM") != "dumb";
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal && _around.Variable("TERM") != "dumb" ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(terminal ? writer : new TrimmingWriter(writer)),
        });
        console.Profile.Capabilities.Unicode = true;
        console.Profile.Width = Math.Max(LeastWidth, _around.Width ?? (int.TryParse(_around.Variable("COLUMNS"), out var columns) ? columns : UsualWidth));
        return console;
    }
}
