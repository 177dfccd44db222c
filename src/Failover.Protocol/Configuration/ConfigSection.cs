using System.Globalization;
using System.Net;
using Failover.Identities;
using Failover.Protocol.Mapping;

namespace Failover.Protocol.Configuration;

/// <summary>
/// Typed reading of one section. A getter without a default demands the key. What is wrong is noted in the document, and something harmless is
/// returned, so that reading goes on.
/// </summary>
public sealed class ConfigSection(ConfigDocument document, string path)
{
    internal const string Nowhere = "nowhere.invalid";

    private delegate bool Reader<T>(object? value, out T read);

    /// <summary>The key with its section.</summary>
    public string KeyOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => document.Ask(KeyOf(key)) is not null;

    /// <summary>Notes a mistake at the key's place.</summary>
    public void Mistake(string key, string what, string remedy) => document.Mistake(KeyOf(key), what, remedy);

    /// <summary>One of a few words.</summary>
    public string Choice(string key, string unlessGiven, params string[] choices) => Read(
        key, false, unlessGiven, $"\"{unlessGiven}\"", (object? value, out string read) => choices.Contains(read = value as string ?? ""),
        $"must be one of {string.Join(", ", choices.Select(choice => $"\"{choice}\""))}");

    /// <summary>A node's name: 1 to 64 of <c>a-z 0-9 -</c>.</summary>
    public string Name(string key) => Read(
        key, true, "", "\"london-1\"", (object? value, out string read) => Field.IsName(read = value as string ?? ""),
        $"must be 1 to {Limits.Name} of a-z, 0-9 and -");

    /// <summary>A path; a relative one is taken from the file's folder.</summary>
    public string FilePath(string key, string example, string? unlessGiven = null) => Full(Read(
        key, unlessGiven is null, unlessGiven ?? "", $"\"{example}\"", (object? value, out string read) => IsPath(read = value as string ?? ""),
        "must be a path"));

    /// <summary>Paths, at least one.</summary>
    public IReadOnlyList<string> FilePaths(string key, IReadOnlyList<string> unlessGiven) =>
    [
        .. Read(
            key, false, unlessGiven, "[\"/path/to/file\"]",
            (object? value, out IReadOnlyList<string> read) => IsTexts(value, out read) && read.Count > 0 && read.All(IsPath),
            "must be a list of at least one path").Select(Full),
    ];

    /// <summary>A command as the list of its arguments, the program first; null when it is not there.</summary>
    public IReadOnlyList<string>? Command(string key) => !Has(key) ? null : Read<IReadOnlyList<string>>(
        key, false, [], "[\"/usr/bin/program\", \"argument\"]",
        (object? value, out IReadOnlyList<string> read) => IsTexts(value, out read) && IsCommand(read),
        "must be a list of arguments with the absolute path of the program first");

    /// <summary>Several commands, each as the list of its arguments; none when the key is not there.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Commands(string key) => Read<IReadOnlyList<IReadOnlyList<string>>>(
        key, false, [], "[[\"/usr/bin/program\", \"argument\"]]",
        (object? value, out IReadOnlyList<IReadOnlyList<string>> read) =>
        {
            var lists = FromText(value) as List<object?> ?? [];
            read = [.. lists.Select(item => IsTexts(item, out var command) && item is List<object?> ? command : [])];
            return read.Count > 0 && read.All(IsCommand);
        },
        "must be a list of commands, each a list of arguments with the absolute path of the program first");

    /// <summary>Strings; none when the key is not there.</summary>
    public IReadOnlyList<string> Texts(string key) => Read<IReadOnlyList<string>>(
        key, false, [], "[\"text\"]", (object? value, out IReadOnlyList<string> read) => IsTexts(value, out read) && read.All(text => text.Length > 0),
        "must be a list of strings");

    /// <summary>A string that is not empty.</summary>
    public string Text(string key, string unlessGiven) => Read(
        key, false, unlessGiven, $"\"{unlessGiven}\"", (object? value, out string read) => (read = value as string ?? "").Length > 0,
        "must be a string that is not empty");

    /// <summary>A duration within bounds.</summary>
    public TimeSpan Duration(string key, TimeSpan unlessGiven, TimeSpan least, TimeSpan most) => Read(
        key, false, unlessGiven, $"\"{ConfigDuration.Format(unlessGiven)}\"",
        (object? value, out TimeSpan read) => ConfigDuration.TryParse(value as string ?? "", out read) && read >= least && read <= most,
        $"must be a duration from \"{ConfigDuration.Format(least)}\" to \"{ConfigDuration.Format(most)}\"");

    public bool Flag(string key, bool unlessGiven) => Read(
        key, false, unlessGiven, unlessGiven ? "true" : "false",
        (object? value, out bool read) => value is bool flag ? (read = flag) || true : bool.TryParse(FromEnvironment(key, value), out read),
        "must be true or false, without quotes");

    public ulong Number(string key, ulong unlessGiven, ulong least, ulong most) => Read(
        key, false, unlessGiven, unlessGiven.ToString(CultureInfo.InvariantCulture),
        (object? value, out ulong read) => IsNumber(value, FromEnvironment(key, value), out read) && read >= least && read <= most,
        $"must be a number from {least} to {most}, without quotes");

    /// <summary>A public key, base58.</summary>
    public Pubkey PublicKey(string key) => Read(
        key, true, default, "\"<the base58 text of the account's public key>\"",
        (object? value, out Pubkey read) => Pubkey.TryParse(value as string, out read), $"must be a public key: the base58 of {Pubkey.Size} bytes");

    /// <summary>Where an agent listens: <c>https://host:port</c> and nothing else.</summary>
    public Uri AgentAddress(string key) => Read(
        key, true, new Uri($"https://{Nowhere}:1"), "\"https://host:7443\"", IsAgentAddress, "must be an address of the form https://host:port");

    /// <summary>The address of an HTTP service.</summary>
    public Uri HttpAddress(string key, string unlessGiven) => Read(
        key, false, new Uri(unlessGiven), $"\"{unlessGiven}\"",
        (object? value, out Uri read) =>
            Uri.TryCreate(value as string, UriKind.Absolute, out read!) && read.Scheme is "http" or "https" && read.UserInfo.Length == 0,
        "must be an address that begins with http:// or https://, without user and password");

    /// <summary>An address to listen on: an IP address and a port.</summary>
    public IPEndPoint ListenAddress(string key, string unlessGiven) => Read(
        key, false, IPEndPoint.Parse(unlessGiven), $"\"{unlessGiven}\"", IsListenAddress, "must be an IP address and a port");

    private T Read<T>(string key, bool required, T unlessGiven, string sample, Reader<T> reader, string demand)
    {
        if (document.Ask(KeyOf(key)) is not { } value)
        {
            if (required)
            {
                Mistake(key, "is missing", $"add {key} = {sample}");
            }
            return unlessGiven;
        }
        if (reader(value.Value, out var read))
        {
            return read;
        }
        Mistake(key, demand, $"write for example {key} = {sample}");
        return unlessGiven;
    }

    private string Full(string text) => text.Length == 0 ? text : Path.GetFullPath(text, document.Folder);

    // The environment has only strings; in the file a string is no flag and no number.
    private string? FromEnvironment(string key, object? value) =>
        document.Ask(KeyOf(key)) is { FromEnvironment: true } ? value as string : null;

    private static bool IsNumber(object? value, string? text, out ulong read)
    {
        if (value is long number)
        {
            read = number < 0 ? 0 : (ulong)number;
            return number >= 0;
        }
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out read);
    }

    private static bool IsPath(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);

    private static bool IsCommand(IReadOnlyList<string> arguments) =>
        arguments.Count > 0 && Path.IsPathFullyQualified(arguments[0]) && !arguments.Any(argument => argument.Contains('\0', StringComparison.Ordinal));

    private static bool IsTexts(object? value, out IReadOnlyList<string> read)
    {
        var list = FromText(value) as List<object?>;
        read = [.. (list ?? []).OfType<string>()];
        return list is not null && read.Count == list.Count;
    }

    // In the environment a list is written as in the file: ["a", "b"].
    private static object? FromText(object? value)
    {
        if (value is not string text)
        {
            return value;
        }
        List<ConfigMistake> mistakes = [];
        var toml = new TomlReader("", mistakes);
        toml.Read($"list = {text.ReplaceLineEndings(" ")}");
        return mistakes.Count == 0 ? toml.Values.GetValueOrDefault("list")?.Value : null;
    }

    private static bool IsAgentAddress(object? value, out Uri read)
    {
        var text = value as string ?? "";
        return Uri.TryCreate(text, UriKind.Absolute, out read!) && read.Scheme == Uri.UriSchemeHttps && read.PathAndQuery == "/"
            && read.Fragment.Length == 0 && read.UserInfo.Length == 0 && HasPort(text.TrimEnd('/'), read.Port);
    }

    private static bool IsListenAddress(object? value, out IPEndPoint read)
    {
        var text = value as string ?? "";
        return IPEndPoint.TryParse(text, out read!) && HasPort(text, read.Port)
            && (text.Contains('.', StringComparison.Ordinal) || text.StartsWith('[')); // the end of an IPv6 address without brackets passes for a port
    }

    // Without a port the parsers make one up.
    private static bool HasPort(string text, int port) => text.EndsWith($":{port}", StringComparison.Ordinal);
}
