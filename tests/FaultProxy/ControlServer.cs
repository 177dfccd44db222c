using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FaultProxy;

/// <summary>
/// A line of words in, a line out: <c>ok</c>, an answer, or <c>error ...</c>. LINK is a link's name, or <c>all</c>; WAY is <c>up</c>, from who connects to where the link
/// leads, <c>down</c>, or <c>both</c>.
/// <list type="bullet">
/// <item><c>cut LINK</c>: every connection is reset, and every new one</item>
/// <item><c>reset LINK</c>: every connection is reset, once</item>
/// <item><c>hold LINK WAY</c>: nothing goes through and nothing is closed; what comes waits</item>
/// <item><c>delay LINK D J</c>: D milliseconds in each direction, J more or less, in order</item>
/// <item><c>cut-at LINK WAY records|bytes N before|after</c>: the connection that brings the N-th from now is cut there; a record is one of application data</item>
/// <item><c>pass LINK</c>: no fault any more; what waited goes on</item>
/// <item><c>count LINK</c>: counts from now</item>
/// <item><c>counted LINK</c>: answers records up, bytes up, records down, bytes down since then, and how many connections <c>cut-at</c> has cut in all</item>
/// </list>
/// </summary>
public sealed class ControlServer(IPEndPoint listen, IReadOnlyList<Link> links)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        using var listener = new TcpListener(listen);
        listener.Start();
        while (true)
        {
            _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping), stopping);
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        using (client)
        {
            var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
            using var reader = new StreamReader(client.GetStream(), utf8);
            await using var writer = new StreamWriter(client.GetStream(), utf8) { AutoFlush = true, NewLine = "\n" };
            try
            {
                while (await reader.ReadLineAsync(stopping) is { } line)
                {
                    await writer.WriteLineAsync(Answer(line));
                }
            }
            catch (Exception end) when (end is IOException or OperationCanceledException)
            {
                // The client went away.
            }
        }
    }

    /// <summary>Does what the line says.</summary>
    public string Answer(string line)
    {
        try
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["counted", var counted])
            {
                var link = Named(counted)[0];
                return string.Create(CultureInfo.InvariantCulture, $"{link.Up.Records} {link.Up.Bytes} {link.Down.Records} {link.Down.Bytes} {link.Cuts}");
            }
            foreach (var link in Named(words.ElementAtOrDefault(1) ?? ""))
            {
                Apply(link, words);
            }
            return "ok";
        }
        catch (FormatException wrong)
        {
            return $"error {wrong.Message}";
        }
    }

    private static void Apply(Link link, string[] words)
    {
        switch (words)
        {
            case ["cut", _]:
                link.Cut();
                break;
            case ["reset", _]:
                link.Reset();
                break;
            case ["hold", _, var way]:
                Ways(link, way).ForEach(flow => flow.Hold());
                break;
            case ["delay", _, var delay, var jitter]:
                Ways(link, "both").ForEach(flow => flow.Delay(Milliseconds(delay), Milliseconds(jitter)));
                break;
            case ["cut-at", _, var way, ("records" or "bytes") and var unit, var at, ("before" or "after") and var side]:
                var rule = new CutRule(unit == "records" ? CutUnit.Records : CutUnit.Bytes, long.Parse(at, CultureInfo.InvariantCulture), side == "after");
                Ways(link, way).ForEach(flow => flow.CutAt(rule));
                break;
            case ["pass", _]:
                link.Pass();
                break;
            case ["count", _]:
                Ways(link, "both").ForEach(flow => flow.Count());
                break;
            default:
                throw new FormatException($"not understood: {string.Join(' ', words)}");
        }
    }

    private List<Link> Named(string name) => links.Where(link => name == "all" || link.Name == name).ToList() is { Count: > 0 } named
        ? named
        : throw new FormatException($"no such link: {name}");

    private static List<Flow> Ways(Link link, string way) => way switch
    {
        "up" => [link.Up],
        "down" => [link.Down],
        "both" => [link.Up, link.Down],
        _ => throw new FormatException($"up, down or both, not {way}"),
    };

    private static TimeSpan Milliseconds(string words) => TimeSpan.FromMilliseconds(double.Parse(words, CultureInfo.InvariantCulture));
}
