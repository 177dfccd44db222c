using System.CommandLine;
using System.Text.Json;
using FakeCluster.Oracle;

namespace FakeCluster.Control;

/// <summary><c>fake-cluster judge FILE</c>: the oracle's verdict on a recorded run. Exits 0 when it is safe, else 1.</summary>
public static class JudgeCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "Event log of a run" };
        var declared = new Option<int?>("--declared-switches") { Description = "How many handoffs the run made; more changes of host are a violation" };
        var json = new Option<bool>("--json") { Description = "Print the whole verdict as JSON" };
        var command = new Command("judge", "Judge a recorded run") { file, declared, json };
        command.SetAction(async (parsed, ct) =>
        {
            var verdict = EventLog.Replay(await File.ReadAllLinesAsync(parsed.GetRequiredValue(file).FullName, ct)).Judge(parsed.GetValue(declared));
            await Console.Out.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(verdict, OracleJson.Default.Verdict) : verdict.Text);
            return verdict.Safe ? 0 : 1;
        });
        return command;
    }
}
