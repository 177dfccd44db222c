using System.CommandLine;
using Failover.Agents;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Examinations;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover doctor [NODE...]</c></summary>
internal static class DoctorCommand
{
    public static Command Create(Shared shared)
    {
        var nodes = new Argument<string[]>("NODE") { Description = "Only these; all unless given", Arity = ArgumentArity.ZeroOrMore };
        nodes.CompletionSources.Add(shared.NodeNames);
        var json = new Option<bool>("--json") { Description = "The same as --output json" };
        var command = new Command("doctor", "Is every host ready for a handoff? Each check, and the command that cures it") { nodes, json };
        shared.Run(command, (session, parsed, ct) => RunAsync(session, parsed.GetValue(nodes) ?? [], ct), json);
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, IReadOnlyList<string> names, CancellationToken ct)
    {
        var reader = session.Coordinator.Reader;
        if (names.FirstOrDefault(name => reader.Find(name) is null) is { } unknown)
        {
            return session.Tell(reader.NoSuchNode(unknown));
        }
        var examined = await new ExaminationReader(session.Examiners, reader, session.Time).ReadAsync(names, ct);
        var sections = ClusterExamination.Of(examined, new());
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(sections.ToDocument());
        }
        else
        {
            session.Screen.Write(DoctorView.Render(sections, session.Screen.Width));
        }
        return CheckLines.Worst(sections.SelectMany(section => section.Checks)) == CheckOutcome.Fails ? ExitCode.CheckFails : ExitCode.Ok;
    }
}
