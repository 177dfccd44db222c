using System.Collections;
using System.Globalization;

namespace Failover.Protocol.Configuration;

/// <summary>
/// A configuration file with the environment's overrides: read it section by section, then call <see cref="ThrowIfWrong"/>. Until then every
/// getter returns something, so that all mistakes come to light at once. Keys that nobody asked for are mistakes as well.
/// </summary>
public sealed class ConfigDocument
{
    /// <summary>Begins the name of every variable that overrides a key: <c>FAILOVER__SECTION__KEY</c>.</summary>
    public const string Prefix = "FAILOVER__";

    private const int MostBytes = 64 * 1024;

    private readonly List<ConfigMistake> _mistakes = [];
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly TomlReader _toml;

    private ConfigDocument(string file, string text, IEnumerable<KeyValuePair<string, string>> environment)
    {
        File = file;
        Folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        _toml = new TomlReader(file, _mistakes);
        _toml.Read(text);
        foreach (var (name, value) in environment)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                _environment[name] = value;
            }
        }
    }

    /// <summary>The file as it was named.</summary>
    public string File { get; }

    /// <summary>The folder that relative paths are relative to.</summary>
    public string Folder { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="environment">The variables that may override; see <see cref="ProcessEnvironment"/>.</param>
    /// <exception cref="ConfigException">The file cannot be read, or is not TOML.</exception>
    public static ConfigDocument Load(string file, IEnumerable<KeyValuePair<string, string>> environment)
    {
        string text;
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MostBytes })
            {
                throw new IOException($"it has more than {MostBytes} bytes");
            }
            text = System.IO.File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException([new ConfigMistake($"{file}:1", "file", $"cannot be read: {e.Message}", "name a readable file with --config")]);
        }
        return Parse(file, text, environment);
    }

    /// <summary>Reads a text that is, or would be, the content of the file.</summary>
    /// <exception cref="ConfigException">It is not TOML.</exception>
    public static ConfigDocument Parse(string file, string text, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var document = new ConfigDocument(file, text, environment);
        return document._mistakes.Count == 0 ? document : throw new ConfigException(document._mistakes);
    }

    /// <summary>The variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => new KeyValuePair<string, string>((string)entry.Key, entry.Value as string ?? ""));

    /// <summary>A section, whether it is there or not.</summary>
    public ConfigSection Section(string path)
    {
        _known.Add(path);
        return new ConfigSection(this, path);
    }

    /// <summary>Whether the section, or a key in it, is there.</summary>
    public bool Has(string section) =>
        _toml.Sections.ContainsKey(section)
        || _toml.Values.Keys.Any(key => key.StartsWith(section + ".", StringComparison.Ordinal))
        || _environment.Keys.Any(name => name.StartsWith(Variable(section) + "__", StringComparison.Ordinal));

    /// <summary>Every <c>[[section]]</c> of the name, in order.</summary>
    public IReadOnlyList<ConfigSection> Sections(string path)
    {
        _known.Add(path);
        return [.. Enumerable.Range(0, _toml.Counts.GetValueOrDefault(path)).Select(i => Section($"{path}[{i}]"))];
    }

    /// <summary>Adds what only the caller can see, at the key's place.</summary>
    public void Mistake(string key, string what, string remedy)
    {
        var (where, name) = Place(key);
        _mistakes.Add(new ConfigMistake(where, name, what, remedy));
    }

    /// <summary>Call when everything was asked for.</summary>
    /// <exception cref="ConfigException">There are mistakes, or keys, sections or variables that nobody asked for.</exception>
    public void ThrowIfWrong()
    {
        foreach (var (key, value) in _toml.Values.Where(value => !_asked.Contains(value.Key)))
        {
            _mistakes.Add(new ConfigMistake(value.Where, key, "is not a key that is known", Nearest(key)) { IsUnknownKey = true });
        }
        foreach (var (section, where) in _toml.Sections.Where(section => !_known.Contains(section.Key)))
        {
            _mistakes.Add(new ConfigMistake(where, section, "is not a section that is known", "correct or remove it"));
        }
        var variables = _asked.Select(Variable).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _environment.Keys.Where(name => !variables.Contains(name)))
        {
            _mistakes.Add(new ConfigMistake("environment", name, "overrides no key that is known", "correct or unset it"));
        }
        if (_mistakes.Count > 0)
        {
            throw new ConfigException([.. _mistakes.Distinct().OrderBy(mistake => LineOf(mistake.Where))]);
        }
    }

    internal ConfigValue? Ask(string key)
    {
        _asked.Add(key);
        return _environment.TryGetValue(Variable(key), out var value)
            ? new ConfigValue(value, "environment", Variable(key), FromEnvironment: true)
            : _toml.Values.GetValueOrDefault(key);
    }

    // A missing key belongs where its section begins, or the nearest one around it.
    private (string Where, string Name) Place(string key)
    {
        if (Ask(key) is { } value)
        {
            return (value.Where, value.Name);
        }
        for (var section = key; section.LastIndexOf('.') is > 0 and var dot;)
        {
            section = section[..dot];
            if (_toml.Sections.TryGetValue(section, out var where))
            {
                return (where, key);
            }
        }
        return (_toml.Sections.GetValueOrDefault(key, $"{File}:1"), key);
    }

    // peers[0].name: FAILOVER__PEERS__0__NAME
    private static string Variable(string key) =>
        Prefix + key.Replace("].", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal)
            .Replace('[', '.').Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    private string Nearest(string key)
    {
        var section = key.LastIndexOf('.') is > 0 and var dot ? key[..(dot + 1)] : "";
        var here = _asked.Where(asked => asked.StartsWith(section, StringComparison.Ordinal) && !asked[section.Length..].Contains('.', StringComparison.Ordinal))
            .Select(asked => asked[section.Length..]).Order(StringComparer.Ordinal).ToList();
        return here.Count == 0 ? "correct or remove it" : $"there {(section.Length == 0 ? "are" : $"are in {section.TrimEnd('.')}")}: {string.Join(", ", here)}";
    }

    private static int LineOf(string where) =>
        int.TryParse(where.AsSpan(where.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? line : int.MaxValue;
}
