using System.Text.Json.Nodes;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Voting;

namespace FakeValidator.Running;

/// <summary>
/// The control socket: a line of words in, a line out, <c>ok</c> or <c>error ...</c>. Besides the misbehaviours: <c>status</c> (one line
/// of JSON), <c>wait-held POINT</c> (shuts the point, answers when somebody stands there) and <c>help</c>.
/// </summary>
public sealed class ControlServer(string path, NodeContext node, NodeStatus status, ReplayLoop replay)
{
    public Task RunAsync(CancellationToken stopping) => UnixLines.ServeAsync(path, SessionAsync, stopping);

    private async Task SessionAsync(StreamReader reader, StreamWriter writer, CancellationToken ct)
    {
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            await writer.WriteLineAsync(await AnswerAsync(line, ct));
        }
    }

    private async Task<string> AnswerAsync(string line, CancellationToken ct)
    {
        try
        {
            switch (line.Split(' ', 2))
            {
                case ["status"]:
                    return Status().ToJsonString();
                case ["help"]:
                    return string.Join(" | ", FaultSet.Usage);
                case ["wait-held", var point]:
                    await node.Faults.Hold(point).WaitAsync(ct);
                    return "ok";
                default:
                    node.Faults.Apply(line);
                    node.Log.Info("fake_validator", $"told to: {line}");
                    return "ok";
            }
        }
        catch (FormatException wrong)
        {
            return $"error {wrong.Message}";
        }
    }

    private JsonObject Status()
    {
        var running = status.IsInitialised;
        return new JsonObject
        {
            ["progress"] = status.Progress,
            ["initialised"] = running,
            ["gossipIdentity"] = node.Gossip.Identity.Text,
            ["outsetMicroseconds"] = node.Gossip.Outset,
            ["votingIdentity"] = replay.Identity.Text,
            ["voters"] = !node.Voters.IsEmpty,
            ["processedSlot"] = node.Chain.At(Commitment.Processed)?.Slot,
            ["rootSlot"] = running ? replay.Forks.Root : null,
            ["lastVotedSlot"] = running ? replay.Voter.Tower.LastVotedSlot : null,
            ["towerRoot"] = running ? replay.Voter.Tower.Root : null,
            ["votesWaiting"] = node.Voting.Waiting,
            ["leads"] = running && replay.Voter.HasNewVoteBeenRooted,
        };
    }
}
