using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Failover.Protocol.Configuration;

/// <summary>
/// Flattens a TOML text: every value under its full key, every section under its own, with lines. Sections, dotted keys and inline tables
/// are three ways to write the same.
/// </summary>
internal sealed class TomlReader(string file, List<ConfigMistake> mistakes)
{
    // Every value is kept under its whole key, so a long one would be kept as often as values follow.
    private const int LongestKey = 200;

    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public Dictionary<string, ConfigValue> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>The sections that are there, and where each begins.</summary>
    public Dictionary<string, string> Sections { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each <c>[[section]]</c> is there.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    public void Read(string text)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text, file, validate: true);
        }
        catch (Exception e) when (e is TomlException or ArgumentException)
        {
            // Some texts the parser gives up on without a diagnostic: values that nest too deep, half a surrogate pair.
            mistakes.Add(new ConfigMistake($"{file}:1", "syntax", e.Message.ReplaceLineEndings(" "), "see https://toml.io for how values are written"));
            return;
        }
        foreach (var message in document.Diagnostics)
        {
            mistakes.Add(new ConfigMistake(Line(message.Span), "syntax", message.Message, "see https://toml.io for how values are written"));
        }
        if (document.HasErrors)
        {
            return; // what could be read of it would only lead to mistakes that are none
        }
        Add("", document.KeyValues);
        foreach (var table in document.Tables)
        {
            var path = Path("", table.Name!);
            if (table is TableArraySyntax)
            {
                var index = _counts.GetValueOrDefault(path);
                _counts[path] = index + 1;
                path = $"{path}[{index}]";
            }
            Sections[path] = Line(table.Span);
            Add(path, table.Items);
        }
    }

    private void Add(string section, SyntaxList<KeyValueSyntax> items)
    {
        foreach (var item in items)
        {
            Add(Path(section, item.Key!), item.Value!, Line(item.Span));
        }
    }

    private void Add(string path, ValueSyntax value, string where)
    {
        switch (value)
        {
            case InlineTableSyntax table:
                Sections[path] = where;
                foreach (var item in table.Items)
                {
                    var pair = item.KeyValue!;
                    Add(Path(path, pair.Key!), pair.Value!, Line(pair.Span));
                }
                break;
            case ArraySyntax array when array.Items.Any(item => item.Value is InlineTableSyntax):
                var index = 0;
                foreach (var item in array.Items)
                {
                    Add($"{path}[{index++}]", item.Value!, Line(item.Span));
                }
                _counts[path] = index;
                break;
            default:
                Values[path] = new ConfigValue(Plain(value), where, path);
                break;
        }
    }

    private static object? Plain(ValueSyntax value) => value switch
    {
        StringValueSyntax text => text.Value,
        IntegerValueSyntax number => number.Value,
        FloatValueSyntax number => number.Value,
        BooleanValueSyntax flag => flag.Value,
        ArraySyntax array => array.Items.Select(item => Plain(item.Value!)).ToList(),
        _ => null,
    };

    // The parts of a dotted key, unquoted. A [[section]] that a later [section.part] speaks of is its last one, as TOML has it.
    private string Path(string section, KeySyntax key)
    {
        var path = Join(section, Part(key.Key!));
        foreach (var item in key.DotKeys)
        {
            if (path.Length > LongestKey)
            {
                break;
            }
            path = Join(_counts.TryGetValue(path, out var count) ? $"{path}[{count - 1}]" : path, Part(item.Key!));
        }
        if (path.Length <= LongestKey)
        {
            return path;
        }
        path = path[..LongestKey];
        mistakes.Add(new ConfigMistake(Line(key.Span), path, "begins a key that is longer than any that is known", "correct or remove it"));
        return path;
    }

    private static string Part(BareKeyOrStringValueSyntax key) => key switch
    {
        BareKeySyntax bare => bare.Key!.Text ?? "",
        StringValueSyntax quoted => $"\"{quoted.Value}\"",
        _ => key.ToString(),
    };

    private static string Join(string section, string key) => section.Length == 0 ? key : $"{section}.{key}";

    private string Line(SourceSpan span) => $"{file}:{span.Start.Line + 1}";
}
