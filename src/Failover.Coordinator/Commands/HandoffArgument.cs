using System.CommandLine;
using Failover.Agents;
using Failover.Coordination;
using Failover.Handoff;

namespace Failover.Coordinator.Commands;

/// <summary>The handoff that a command is about: named by its id, or the last one.</summary>
internal static class HandoffArgument
{
    private const int AllEntries = 1000;

    public static Argument<HandoffId?> Create(string description = "The handoff; the last one if left out") => new("ID")
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => null,
        CustomParser = argument =>
        {
            if (HandoffId.TryParse(argument.Tokens[0].Value, out var id))
            {
                return id;
            }
            argument.AddError($"\"{argument.Tokens[0].Value}\" is no handoff id; failover history shows them");
            return null;
        },
    };

    /// <summary>Exactly one of handoff and obstacle is set; whose history is missing is said besides.</summary>
    public static async Task<(PastHandoff? Past, IReadOnlyList<string> Missing, Obstacle? Obstacle)> FindAsync(Session session, HandoffId? id, CancellationToken ct)
    {
        var answers = await Task.WhenAll(session.Coordinator.Reader.Names.Select(async name => (Node: name, Result: await session.ByHand.GetHistoryAsync(name, AllEntries, ct))));
        var failures = answers.Select(answer => answer.Result.Obstacle).OfType<Obstacle>().ToList();
        if (failures.Count == answers.Length)
        {
            return (null, [], failures[0]);
        }
        var past = PastHandoff.Find([.. answers.Select(answer => (answer.Node, answer.Result.Answer ?? (IReadOnlyList<HistoryEntry>)[]))], id);
        var missing = failures.Select(failure => $"{failure.Text} Its part of the history is not shown.").ToList();
        return past is not null
            ? (past, missing, null)
            : (null, missing, new Obstacle(
                id is null ? ObstacleKind.NothingToDo : ObstacleKind.UnknownHandoff,
                id is { } named ? $"No agent's history speaks of handoff {named}." : "No handoff is in any agent's history yet.", id is null ? "" : "failover history"));
    }
}
