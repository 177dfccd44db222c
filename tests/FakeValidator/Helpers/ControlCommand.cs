using System.CommandLine;
using System.Net.Sockets;
using FakeValidator.Running;

namespace FakeValidator.Helpers;

/// <summary><c>control --socket S WORDS</c>: says the words to a running fake, prints its answer.</summary>
public static class ControlCommand
{
    public static Command Create()
    {
        var socket = new Option<string>("--socket") { Description = "The fake's --fake-control socket", Required = true };
        var words = new Argument<string[]>("words") { Description = "e.g. hang-set-identity on; or status, or help" };
        var command = new Command("control", "Tells a running fake validator to misbehave") { socket, words };
        command.SetAction((parsed, ct) => SayAsync(parsed.GetRequiredValue(socket), string.Join(' ', parsed.GetRequiredValue(words)), ct));
        return command;
    }

    private static async Task<int> SayAsync(string socket, string words, CancellationToken ct)
    {
        try
        {
            var (reader, writer) = await UnixLines.ConnectAsync(socket, ct);
            await writer.WriteLineAsync(words.AsMemory(), ct);
            var answer = await reader.ReadLineAsync(ct) ?? "error the validator hung up";
            await Console.Out.WriteLineAsync(answer);
            return answer.StartsWith("error", StringComparison.Ordinal) ? 1 : 0;
        }
        catch (SocketException failure)
        {
            await Console.Error.WriteLineAsync($"{socket}: {failure.Message}");
            return 1;
        }
    }
}
