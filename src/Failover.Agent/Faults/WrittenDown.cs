using System.Text.Json;
using Failover.Agents;
using Failover.Handoff;

namespace Failover.Agent.Faults;

/// <summary>As much of the agent's state file as tells one write of it from the next.</summary>
internal sealed record WrittenDown(string? Handoff, HandoffRole HandoffRole, HandoffPhase Phase, HandoffEnding Ending, bool FirstVoteSeen, bool VotersOwed)
{
    public static readonly WrittenDown Nothing = new(null, HandoffRole.Unknown, HandoffPhase.Unknown, HandoffEnding.Unknown, false, false);

    /// <summary>The role as the places are named after it.</summary>
    public string Role => HandoffRole == HandoffRole.Source ? FaultPoint.Source : FaultPoint.Target;

    /// <summary>Reads the first line of a state file.</summary>
    public static WrittenDown Parse(ReadOnlySpan<byte> file)
    {
        var end = file.IndexOf((byte)'\n');
        using var document = JsonDocument.Parse(file[..(end < 0 ? file.Length : end)].ToArray());
        var state = document.RootElement;
        var owed = state.TryGetProperty(nameof(AgentState.VotersOwed), out var voters) && voters.GetBoolean();
        return state.TryGetProperty(nameof(AgentState.Handoff), out var handoff) && handoff.ValueKind == JsonValueKind.Object
            ? new(
                handoff.GetProperty(nameof(HandoffState.Order)).GetProperty(nameof(HandoffOrder.Id)).GetString(), Named<HandoffRole>(handoff, nameof(HandoffState.Role)),
                Named<HandoffPhase>(handoff, nameof(HandoffState.Phase)), Named<HandoffEnding>(handoff, nameof(HandoffState.Ending)),
                handoff.TryGetProperty(nameof(HandoffState.FirstVotedSlot), out var first) && first.ValueKind == JsonValueKind.Number, owed)
            : Nothing with { VotersOwed = owed };
    }

    /// <summary>The step that a write of this state is, after another state; null when it is none of the protocol's.</summary>
    public string? StepAfter(WrittenDown before)
    {
        if (before.Handoff != Handoff || before.Phase != Phase)
        {
            return StepOf(Phase, Ending);
        }
        return FirstVoteSeen && !before.FirstVoteSeen ? FaultPoint.FirstVote
            : before.VotersOwed && !VotersOwed ? FaultPoint.VotersReturned
            : null;
    }

    /// <summary>The step by which a phase is entered.</summary>
    public static string? StepOf(HandoffPhase phase, HandoffEnding ending) => (phase, ending) switch
    {
        (HandoffPhase.Prepared, _) => FaultPoint.Prepared,
        (HandoffPhase.Demoting, _) => FaultPoint.Demoting,
        (HandoffPhase.HandedOver, _) => FaultPoint.HandedOver,
        (HandoffPhase.Reclaiming, _) => FaultPoint.Reclaiming,
        (HandoffPhase.Promoting, _) => FaultPoint.Promoting,
        (HandoffPhase.Active, _) => FaultPoint.Active,
        (HandoffPhase.Refused, _) => FaultPoint.Refused,
        (HandoffPhase.Ended, HandoffEnding.Unchanged) => FaultPoint.Unchanged,
        (HandoffPhase.Ended, HandoffEnding.WentBack) => FaultPoint.WentBack,
        (HandoffPhase.Ended, HandoffEnding.Completed) => FaultPoint.Completed,
        _ => null,
    };

    private static T Named<T>(JsonElement parent, string name)
        where T : struct, Enum =>
        parent.TryGetProperty(name, out var value) && Enum.TryParse<T>(value.GetString(), out var named) ? named : default;
}
