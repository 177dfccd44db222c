using System.Globalization;
using System.Text.Json;
using Failover.Coordinator;

namespace Failover.Coordination.Cli;

/// <summary>One run of the command as an operator or a script would start it, with what it returned and wrote.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>Every line of stdout as the JSON document that it must be.</summary>
    public IReadOnlyList<JsonElement> Documents =>
        [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];

    public JsonElement Document => Assert.Single(Documents);

    /// <param name="input">What is typed; with it, both sides are a terminal.</param>
    public static Task<CliRun> RunAsync(Pair pair, string arguments, string? input = null, int? width = null, CancellationTokenSource? interrupted = null) =>
        RunAsync(pair, Split(arguments), input, width, interrupted);

    /// <param name="connect">What happens instead of connecting to the pair.</param>
    public static async Task<CliRun> RunAsync(
        Pair pair, IReadOnlyList<string> arguments, string? input = null, int? width = null, CancellationTokenSource? interrupted = null, Func<string?, Fleet>? connect = null)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var around = Around(pair, output, error, input, width);
        var code = await FailoverCli.RunAsync(arguments, connect is null ? around : around with { Connect = connect }, interrupted?.Token ?? CancellationToken.None);
        return new(code, output.ToString(), error.ToString());
    }

    public static Surroundings Around(Pair pair, TextWriter output, TextWriter error, string? input = null, int? width = null) => new()
    {
        Out = output,
        Error = error,
        In = new StringReader(input ?? ""),
        OutIsTerminal = input is not null,
        ErrorIsTerminal = input is not null,
        InIsTerminal = input is not null,
        Width = width,
        // As on a terminal without colours: what is tested is the words.
        Variable = name => name == "TERM" ? "dumb" : null,
        Time = pair.Time,
        Connect = _ => new Fleet(pair.Agents, pair.Examiners, [], []),
    };

    private static string[] Split(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
