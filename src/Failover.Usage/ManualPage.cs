using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Failover.Usage;

/// <summary>A manual page in roff's man macros: every command, option and argument that is not hidden, in the order of the definitions.</summary>
internal static class ManualPage
{
    public static string Write(RootCommand root, ManualText text, DateOnly date)
    {
        var page = new Roff();
        page.Title(text, date);
        page.Request("SH", "NAME");
        page.Line($"{Roff.Escape(text.Program)} \\- {Roff.Escape(text.Summary)}");
        page.Request("SH", "SYNOPSIS");
        page.Line($"{Roff.Bold(text.Program)} [{Roff.Italic("command")}] [{Roff.Italic("options")}]");
        page.Request("SH", "DESCRIPTION");
        page.Paragraphs([root.Description, .. text.Description]);
        page.Request("SH", "OPTIONS");
        page.Line("These can stand behind every command.");
        page.Definitions(Shown(root.Options).Select(Describe));
        page.Request("SH", "COMMANDS");
        foreach (var command in Shown(root.Subcommands))
        {
            Write(page, command, command.Name, []);
        }
        page.Definitions("EXIT STATUS", text.ExitCodes);
        page.Definitions("ENVIRONMENT", text.Environment);
        page.Definitions("FILES", text.Files);
        page.Definitions("EXAMPLES", text.Examples);
        page.Request("SH", "SEE ALSO");
        page.Line(string.Join(",\n", text.SeeAlso.Select(other => $"{Roff.Bold(other.Name)}({other.Section})")));
        return page.ToString();
    }

    /// <param name="inherited">The options of the commands above it, but for those of the program as a whole.</param>
    private static void Write(Roff page, Command command, string path, IReadOnlyList<Option> inherited)
    {
        var options = Shown(command.Options).Concat(inherited).ToList();
        var commands = Shown(command.Subcommands).ToList();
        if (commands.Count == 0)
        {
            page.Request("SS", $"{path}{string.Concat(command.Arguments.Select(argument => $" {Shape(argument)}"))}{(options.Count > 0 ? " [options]" : "")}");
            page.Paragraphs([command.Description]);
            page.Definitions([.. command.Arguments.Select(argument => (Roff.Italic(argument.Name), Sentence(argument.Description))), .. options.Select(Describe)]);
        }
        foreach (var below in commands)
        {
            Write(page, below, $"{path} {below.Name}", [.. options.Where(option => option.Recursive)]);
        }
    }

    private static IEnumerable<T> Shown<T>(IEnumerable<T> symbols)
        where T : Symbol => symbols.Where(symbol => !symbol.Hidden);

    private static string Shape(Argument argument) => argument.Arity switch
    {
        { MinimumNumberOfValues: 0, MaximumNumberOfValues: > 1 } => $"[{argument.Name}...]",
        { MinimumNumberOfValues: 0 } => $"[{argument.Name}]",
        _ => argument.Name,
    };

    private static (string Term, string Meaning) Describe(Option option)
    {
        var names = option.Aliases.Prepend(option.Name).Where(name => name != "-?").OrderBy(name => name.Length).Select(Roff.Bold);
        return ($"{string.Join(", ", names)}{Value(option)}", $"{Sentence(option.Description)}{(option.Required ? " Required." : "")}{Usual(option)}");
    }

    private static string Sentence(string? text) => text is null or "" or [.., '.' or '?'] ? text ?? "" : text + ".";

    private static string Value(Option option)
    {
        if (option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0)
        {
            return "";
        }
        var name = Roff.Italic(option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant());
        return option.Arity.MinimumNumberOfValues == 0 ? $" [{name}]" : $" {name}";
    }

    private static string Usual(Option option) =>
        option.HasDefaultValue && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } usual ? $" Unless given: {Text(usual)}." : "";

    // As durations are typed, not as they are stored.
    private static string Text(object value) => value switch
    {
        TimeSpan { TotalDays: >= 1 } span when span.TotalDays % 1 == 0 => $"{span.Days}d",
        TimeSpan { TotalMinutes: >= 1 } span when span.TotalMinutes % 1 == 0 => $"{(int)span.TotalMinutes}m",
        TimeSpan span => $"{(long)span.TotalMilliseconds}ms",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    /// <summary>Lines of roff.</summary>
    private sealed class Roff
    {
        private const int Width = 79;

        private readonly StringBuilder _lines = new();

        public static string Bold(string text) => $"\\fB{Escape(text)}\\fR";

        public static string Italic(string text) => $"\\fI{Escape(text)}\\fR";

        /// <summary>Text that stands for itself, wherever it comes to stand.</summary>
        public static string Escape(string text)
        {
            var escaped = new StringBuilder();
            foreach (var rune in text.EnumerateRunes())
            {
                escaped.Append(rune.Value switch
                {
                    '\\' => "\\e",
                    // Else it becomes a hyphen, which cannot be pasted into a shell.
                    '-' => "\\-",
                    '\'' => "\\(aq",
                    '"' => "\\(dq",
                    '`' => "\\(ga",
                    '~' => "\\(ti",
                    '^' => "\\(ha",
                    > 126 => string.Create(CultureInfo.InvariantCulture, $"\\[u{rune.Value:X4}]"),
                    _ => rune.ToString(),
                });
            }
            return escaped.ToString();
        }

        public void Request(string name, params ReadOnlySpan<string> arguments)
        {
            _lines.Append('.').Append(name);
            foreach (var argument in arguments)
            {
                _lines.Append(" \"").Append(Escape(argument)).Append('"');
            }
            _lines.Append('\n');
        }

        /// <summary>A date is a word of its own kind: with escapes in it no reader would know it.</summary>
        public void Title(ManualText text, DateOnly date) => _lines.Append(CultureInfo.InvariantCulture,
            $".TH \"{Escape(text.Program.ToUpperInvariant())}\" {text.Section} {date:O} \"{Escape($"{text.Program} {text.Version}")}\" Failover\n");

        /// <summary>Text that is escaped already.</summary>
        public void Line(string text)
        {
            var column = 0;
            foreach (var word in text.Split(' '))
            {
                var breaks = column > 0 && column + word.Length >= Width;
                column = breaks ? 0 : column;
                // At the beginning of a line it would be a request.
                var shown = column == 0 && word is ['.', ..] ? $"\\&{word}" : word;
                _lines.Append(breaks ? "\n" : column > 0 ? " " : "").Append(shown);
                column += shown.Length + 1;
            }
            _lines.Append('\n');
        }

        public void Paragraphs(IEnumerable<string?> texts)
        {
            var between = "";
            foreach (var text in texts.Where(text => !string.IsNullOrEmpty(text)))
            {
                _lines.Append(between);
                between = ".PP\n";
                Line(Escape(Sentence(text)));
            }
        }

        public void Definitions(string heading, IReadOnlyList<(string Term, string Meaning)> entries)
        {
            if (entries.Count > 0)
            {
                Request("SH", heading);
                Definitions(entries.Select(entry => (Bold(entry.Term), entry.Meaning)));
            }
        }

        /// <param name="entries">Each term is escaped already.</param>
        public void Definitions(IEnumerable<(string Term, string Meaning)> entries)
        {
            foreach (var (term, meaning) in entries)
            {
                // Of what follows, one line is the term.
                _lines.Append(".TP\n").Append(term).Append('\n');
                Line(Escape(meaning));
            }
        }

        public override string ToString() => _lines.ToString();
    }
}
