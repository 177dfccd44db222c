using System.CommandLine;
using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Handoff;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover history [ID] [--node N] [--most N]</c></summary>
internal static class HistoryCommand
{
    private const int UsualMost = 20;
    private const int MostOfAll = 1000;

    public static Command Create(Shared shared)
    {
        var node = new Option<string?>("--node") { Description = "Only this node", HelpName = "NODE" };
        node.CompletionSources.Add(shared.NodeNames);
        var most = new Option<int>("--most") { Description = "At most so many entries", HelpName = "N", DefaultValueFactory = _ => UsualMost };
        most.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostOfAll)
            {
                result.AddError($"--most is from 1 to {MostOfAll}");
            }
        });
        var id = HandoffArgument.Create("One handoff's timeline, from both agents' records; if left out, everything");
        var command = new Command("history", "What the agents wrote down, newest first") { id, node, most };
        shared.Run(command, (session, parsed, ct) => parsed.GetValue(id) is { } handoff
            ? ShowHandoffAsync(session, handoff, ct)
            : RunAsync(session, parsed.GetValue(node), parsed.GetValue(most), ct));
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, string? node, int most, CancellationToken ct)
    {
        var reader = session.Coordinator.Reader;
        var names = node is null ? reader.Names : [node];
        var answers = await Task.WhenAll(names.Select(async name => (Node: name, Result: await session.ByHand.GetHistoryAsync(name, most, ct))));
        var entries = answers.SelectMany(answer => (answer.Result.Answer ?? []).Select(entry => (answer.Node, Entry: entry)))
            .OrderByDescending(known => known.Entry.At).Take(most).ToList();
        var failures = answers.Select(answer => answer.Result.Obstacle).OfType<Obstacle>().ToList();
        if (failures.Count == answers.Length)
        {
            return session.Tell(failures[0]);
        }
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(new HistoryDocument(
                "history", [.. entries.Select(known => known.Entry.ToDocument(known.Node))], [.. failures.Select(failure => failure.Text)]));
        }
        else
        {
            Show(session.Screen, entries);
        }
        foreach (var failure in failures)
        {
            session.Screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, failure.Text));
        }
        return failures.Count == 0 ? ExitCode.Ok : Trouble.CodeOf(failures[0].Kind);
    }

    private static async Task<ExitCode> ShowHandoffAsync(Session session, HandoffId id, CancellationToken ct)
    {
        var (past, missing, obstacle) = await HandoffArgument.FindAsync(session, id, ct);
        if (past is null)
        {
            return session.Tell(obstacle!);
        }
        var screen = session.Screen;
        if (screen.Json)
        {
            screen.WriteDocument(new PastHandoffDocument("handoff", past.Outcome.ToDocument(), [.. past.Events.Select(e => e.ToDocument())], missing));
        }
        else
        {
            var timeline = new TimelineModel(session.Time);
            foreach (var happened in past.Events)
            {
                timeline.Add(new TimelineEvent(happened));
            }
            screen.WriteLine($"{Words.At(past.Events is [var first, ..] ? first.At : default)}  from {past.Order.Source} to {past.Order.Target}");
            screen.Write(TimelineView.Table(timeline, screen.Width, null));
            screen.WriteLine();
            screen.Write(SummaryView.Render(past.Order, past.Outcome, null, past.Outcome.NextCommand));
            screen.Write(Look.Next($"failover report {past.Order.Id}"));
        }
        foreach (var text in missing)
        {
            screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, text));
        }
        return ExitCode.Ok;
    }

    private static void Show(Screen screen, List<(string Node, HistoryEntry Entry)> entries)
    {
        if (entries.Count == 0)
        {
            screen.WriteLine("No history yet.");
            return;
        }
        foreach (var (node, entry) in entries)
        {
            var (mark, style) = Mark(entry);
            screen.Write(Look.Marked(mark, style, $"{Words.At(entry.At)}  {node}  {entry.Kind}", Look.Strong));
            screen.Write(new Padder(new Text(Words.Clean(entry.Text)), new Padding(2, 0, 0, 0)));
            if (SummaryView.Gap(entry.Outcome) is { } gap)
            {
                screen.Write(new Padder(new Text($"vote gap {gap}; {entry.Outcome!.Order.Id}", Look.Faint), new Padding(2, 0, 0, 0)));
            }
        }
    }

    private static (string Mark, Style Style) Mark(HistoryEntry entry) => entry switch
    {
        { Kind: "alarm" } or { Outcome.Ending: HandoffEnding.NeedsOperator } => (Look.BadMark, Look.Bad),
        { Kind: "override" } or { Outcome.Ending: HandoffEnding.WentBack or HandoffEnding.Unknown } => (Look.WarnMark, Look.Warn),
        { Outcome.Ending: HandoffEnding.Completed } => (Look.GoodMark, Look.Good),
        _ => ("•", Look.Faint),
    };
}
