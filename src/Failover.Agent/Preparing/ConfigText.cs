using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Failover.Agent.Preparing;

/// <summary>The commented example of a configuration with a node's own values in it.</summary>
internal static partial class ConfigText
{
    private const string Example = "agent.example.toml";

    // Where init puts them; the paths in the file are relative to it.
    public const string Ca = "tls/ca.crt";
    public const string Certificate = "tls/agent.crt";
    public const string Key = "tls/agent.key";

    public static string Of(NodeSetup setup)
    {
        var text = ReadExample();
        text = text[..text.IndexOf("[[peers]]", StringComparison.Ordinal)];
        text = Set(text, "node", "name", Quote(setup.Name));
        text = Set(text, "listen", "address", Quote(setup.Listen.ToString()));
        text = Set(text, "tls", "certificate", Quote(Certificate));
        text = Set(text, "tls", "key", Quote(Key));
        text = Set(text, "identity", "staked_keypair", Quote(setup.Staked));
        text = Set(text, "identity", "unstaked_keypair", Quote(setup.Unstaked));
        text = Set(text, "identity", "link", Quote(setup.Link));
        text = Set(text, "identity", "vote_account", Quote(setup.VoteAccount.ToString()));
        text = Set(text, "validator", "ledger", Quote(setup.Ledger));
        text = Set(text, "validator", "tower", Quote(setup.Tower));
        text = Set(text, "validator", "rpc", Quote(setup.Rpc));
        text = Set(text, "validator", "unit", Quote(setup.Unit));
        text = setup.StartScript is { } script ? Set(text, "validator", "start_script", Quote(script)) : text;
        text = setup.StateFolder is { } state ? Set(text, "node", "state_dir", Quote(state)) : text;
        text = setup.Voters.Count > 0 && !setup.Voters.SequenceEqual([setup.Staked])
            ? Set(text, "identity", "authorized_voters", $"[{string.Join(", ", setup.Voters.Select(Quote))}]")
            : text;
        return text.Replace("Put yours here: this one is Solana's vote program.", "", StringComparison.Ordinal).Replace("votes for. \n", "votes for.\n", StringComparison.Ordinal)
            + string.Join('\n', setup.Peers.Select(peer => $"[[peers]]\nname = {Quote(peer.Name)}\naddress = {Quote(peer.Address.OriginalString)}\n"));
    }

    /// <summary>Gives the key of the section this value, in the one line that has it or has it commented out.</summary>
    private static string Set(string text, string section, string key, string value)
    {
        var begins = text.IndexOf($"\n[{section}]\n", StringComparison.Ordinal) + 1;
        var ends = SectionHead().Match(text, begins + 1) is { Success: true } next ? next.Index : text.Length;
        var line = new Regex($"^#? ?{Regex.Escape(key)} = .*$", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Matches(text[begins..ends]);
        return begins > 0 && line is [var only]
            ? $"{text[..(begins + only.Index)]}{key} = {value}{text[(begins + only.Index + only.Length)..]}"
            : throw new InvalidOperationException($"{Example} has not exactly one line for {section}.{key}");
    }

    /// <summary>A basic string of TOML, whose escapes are those of JSON.</summary>
    private static string Quote(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string ReadExample()
    {
        using var stream = typeof(ConfigText).Assembly.GetManifestResourceStream(Example) ?? throw new InvalidOperationException($"{Example} is not in the program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^#?\[", RegexOptions.Multiline)]
    private static partial Regex SectionHead();
}
