using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Failover.Disks;
using Failover.Handoff;

namespace Failover.Agents;

/// <summary>
/// The state file: two lines, the state as JSON and the SHA-256 of that line. A write returns only when the new state is on
/// disk; when it throws, <see cref="Current"/> is unchanged and the disk may hold either.
/// </summary>
public sealed class AgentJournal
{
    /// <summary>The state file's name within the state folder.</summary>
    public const string FileName = "state.json";

    private const int MaxBytes = 32 * 1024 * 1024; // A recorded answer may carry a vote history of 16 MiB, in base64.

    private readonly IDisk _disk;
    private readonly string _path;
    private readonly Lock _writing = new();

    private AgentJournal(IDisk disk, string path, AgentState current)
    {
        _disk = disk;
        _path = path;
        Current = current;
    }

    public AgentState Current { get; private set; }

    /// <summary>Reads the state; a node without a state file starts fresh.</summary>
    /// <exception cref="OrderRefusedException">The file is damaged or newer than this agent: nothing may be promised on top of it.</exception>
    public static AgentJournal Open(IDisk disk, string stateFolder)
    {
        var path = Path.Combine(stateFolder, FileName);
        if (disk.Stat(path) is null)
        {
            return new AgentJournal(disk, path, AgentState.Fresh);
        }
        try
        {
            return new AgentJournal(disk, path, Parse(disk.Read(path, MaxBytes)));
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new OrderRefusedException(
                RefusalReason.StateDamaged, $"the agent's state file {path} cannot be used: {e.Message}",
                $"find out which node holds the staked identity (failover status); if it is not this one, move {path} aside and start the agent again");
        }
    }

    /// <summary>Replaces the state. Serialised; durable when it returns.</summary>
    public AgentState Write(Func<AgentState, AgentState> change)
    {
        lock (_writing)
        {
            var next = change(Current);
            if (next.HighestToken < Current.HighestToken)
            {
                throw new InvalidOperationException($"the fencing token would go back from {Current.HighestToken} to {next.HighestToken}");
            }
            DurableFile.Replace(_disk, _path, Format(next));
            return Current = next;
        }
    }

    /// <summary>Changes the running handoff's part of the state.</summary>
    /// <exception cref="InvalidOperationException">The state speaks of another handoff by now.</exception>
    public AgentState Write(HandoffOrder order, Func<AgentState, HandoffState, AgentState> change) => Write(state =>
        state.Handoff is { } handoff && handoff.Order == order
            ? change(state, handoff)
            : throw new InvalidOperationException($"the state speaks of handoff {state.Handoff?.Order.Id}, not of {order.Id}"));

    private static byte[] Format(AgentState state)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(state, AgentJson.Default.AgentState);
        return [.. line, (byte)'\n', .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(line))), (byte)'\n'];
    }

    private static AgentState Parse(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0)
        {
            throw new FormatException("it has no checksum line");
        }
        var line = bytes[..end];
        if (!bytes[(end + 1)..].TrimEnd((byte)'\n').SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(line)))))
        {
            throw new FormatException("its checksum does not match");
        }
        var state = JsonSerializer.Deserialize(line, AgentJson.Default.AgentState) ?? throw new FormatException("it is empty");
        return state.Version switch
        {
            AgentState.CurrentVersion => state,
            > AgentState.CurrentVersion => throw new FormatException(
                $"it has layout version {state.Version}, this agent knows {AgentState.CurrentVersion}: it was written by a newer agent"),
            _ => throw new FormatException($"it has layout version {state.Version}, which no agent has written"),
        };
    }
}
