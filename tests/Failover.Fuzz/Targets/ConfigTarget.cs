using System.Text;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;

namespace Failover.Fuzzing.Targets;

/// <summary>A configuration file: the example that we deliver, with what is commented out in it as well.</summary>
internal sealed class ConfigTarget<T> : FuzzTarget
    where T : notnull
{
    private const string Variable = "\n### FAILOVER__";

    private readonly Func<ConfigDocument, T> _read;
    private readonly Action<T> _check;
    private readonly IReadOnlyList<byte[]> _seeds;

    private readonly TextMutator _mutator = new(
        "name", "address", "[node]", "[tls]", "[[nodes]]", "[[peers]]", "[validator.command]", "peers", "nodes = [{name=\"a\",address=\"https://a:1\"}]",
        "\"1ms\"", "\"0s\"", "\"365d\"", "\"https://h:70000\"", "\"https://u:p@h:1/\"", "\"http://[::1]:8899\"", "\"[::]:7443\"", "\"0.0.0.0:0\"", "[\"/bin/true\"]",
        "[[\"/bin/true\", \"x\"]]", "\"..\"", "\"a\\u0000b\"", "{ a = 1 }", Variable + "NODE__NAME=paris", Variable + "IDENTITY__AUTHORIZED_VOTERS=[\"a\",[\"b\"]]",
        Variable + "TLS__CA=/x", Variable + "HANDOFF__MAX_SLOTS_APART=5");

    public ConfigTarget(string name, string example, Func<ConfigDocument, T> read, Action<T> check)
        : base(name)
    {
        _read = read;
        _check = check;
        using var stream = new StreamReader(typeof(Fuzzer).Assembly.GetManifestResourceStream(example)!);
        var text = stream.ReadToEnd();
        _seeds = [.. new[] { text, WithoutComments(text), AllSettings(text) }.Select(Encoding.UTF8.GetBytes)];
        Weight = 1;
        // A syntax tree, and a sentence for every key that nobody knows.
        MostAllocated = (1024 * 1024, 2048);
    }

    public override byte[] Make(CaseRandom random) => random.OneIn(20)
        ? random.Bytes(random.Skewed(2048))
        : _mutator.Mutate(random.Of(_seeds), random.Of(_seeds), random);

    public override ValueTask<Answer> ReadAsync(byte[] input)
    {
        try
        {
            return new(Answer.Accept(_read(Document(input))));
        }
        catch (ConfigException e)
        {
            return new(Answer.Refuse(e.Mistakes[0].Key == "syntax" ? "syntax" : Reasons.Words(e.Mistakes[0].What, skip: 0)));
        }
    }

    public override void Check(byte[] input, object accepted)
    {
        Sound.Require(accepted, clean: false);
        _check((T)accepted);
    }

    public static void CheckNodes(IReadOnlyList<NodeAddress> nodes)
    {
        FindingException.Require(nodes.Select(node => node.Name).Distinct().Count() == nodes.Count, "a name twice");
        FindingException.Require(nodes.Select(node => node.Address).Distinct().Count() == nodes.Count, "an address twice");
        FindingException.Require(
            nodes.All(node => node.Address.Scheme == "https" && node.Address.PathAndQuery == "/" && node.Address.UserInfo.Length == 0 && node.Address.Port > 0),
            "an address that is none of an agent");
    }

    public static void CheckPaths(params string[] paths) =>
        FindingException.Require(Array.TrueForAll(paths, path => Path.IsPathFullyQualified(path) && !path.Contains('\0', StringComparison.Ordinal)), "a path that is none");

    // As File.ReadAllText decodes a file. Lines that begin with the mark are the environment instead.
    private static ConfigDocument Document(byte[] input)
    {
        using var reader = new StreamReader(new MemoryStream(input, writable: false), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        var text = reader.ReadToEnd();
        var environment = text.Contains(Variable, StringComparison.Ordinal)
            ? text.Split('\n').Where(line => line.StartsWith(Variable[1..], StringComparison.Ordinal)).Select(line => line[4..].Split('=', 2)).Where(pair => pair.Length == 2)
                .Select(pair => KeyValuePair.Create(pair[0], pair[1]))
            : [];
        return ConfigDocument.Parse("/etc/failover/fuzz.toml", text, environment);
    }

    private static string WithoutComments(string text) =>
        string.Join('\n', text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'));

    // In the examples a setting that is commented out has no space behind the mark, and a sentence has one.
    private static string AllSettings(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line is ['#', not ' ', ..] ? line[1..] : line).Where(line => line.Length > 0 && line[0] != '#'));
}
