using Failover.Coordination;
using Failover.Handoff;

namespace Failover.Coordinator.Output;

/// <summary>One step of one node, folded from its events.</summary>
/// <param name="Heard">Our own timestamp of its start: what has passed since is shown while it runs, and no longer.</param>
/// <param name="Due">While it runs, our own timestamp of when it is expected to end; null when nobody can know.</param>
/// <param name="Took">From its start to its end, by the node's own clock; null while it runs or when it had no start.</param>
internal sealed record TimelineRow(string Node, HandoffStep Step, StepState State, TimeSpan At, long Heard, long? Due, TimeSpan? Took, string Text);

/// <summary>Folds the merged timeline into rows, in the order in which they first appeared.</summary>
internal sealed class TimelineModel(TimeProvider time)
{
    private readonly List<TimelineRow> _rows = [];
    private readonly Dictionary<string, HandoffOutcome> _endings = [];

    public IReadOnlyList<TimelineRow> Rows => _rows;

    /// <summary>The outcomes that the agents' timelines ended with, by node.</summary>
    public IEnumerable<(string Node, HandoffOutcome Word)> Endings => _endings.Select(pair => (pair.Key, pair.Value));

    /// <summary>What was said besides the steps: notes, alarms, and silences (as failures); in order.</summary>
    public List<(string Node, StepState State, string Text)> Remarks { get; } = [];

    public bool HasAlarm => Remarks.Any(remark => remark.State == StepState.Alarm);

    /// <summary>How long a running step has been running, as far as we know.</summary>
    public TimeSpan Running(TimelineRow row) => time.GetElapsedTime(row.Heard);

    /// <summary>How long a running step is expected to go on; null when nobody can know.</summary>
    public TimeSpan? Rest(TimelineRow row) => row.Due is not { } due ? null : time.GetTimestamp() is var now && now < due ? time.GetElapsedTime(now, due) : TimeSpan.Zero;

    public void Add(TimelineItem item)
    {
        if (item is TimelineSilence silence)
        {
            Remarks.Add((silence.Node, StepState.Failed, silence.Text));
        }
        if (item is not TimelineEvent { Event: var e })
        {
            return;
        }
        if (e.Outcome is not null)
        {
            _endings[e.Node] = e.Outcome;
        }
        var open = _rows.FindLastIndex(row => row.Node == e.Node && row.Step == e.Step && row.State == StepState.Started);
        if (e is { State: StepState.Note, Step: HandoffStep.WaitForWindow } && open >= 0)
        {
            // What is waited for changes all the time: the newest is worth its place.
            _rows[open] = _rows[open] with
            {
                Due = e.Rest is { } rest ? time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency) : null,
                Text = e.Text,
            };
            return;
        }
        if (e.State == StepState.Alarm || (e.State == StepState.Note && e.Outcome is null))
        {
            Remarks.Add((e.Node, e.State, e.Text));
            return;
        }
        if (e.State == StepState.Note || e.Step is HandoffStep.End or HandoffStep.Unknown)
        {
            return; // The ending has its own place, below.
        }
        if (e.State == StepState.Started)
        {
            if (open < 0)
            {
                _rows.Add(new(e.Node, e.Step, e.State, e.SinceStart, time.GetTimestamp(), null, null, e.Text));
            }
        }
        else if (open >= 0)
        {
            _rows[open] = _rows[open] with { State = e.State, Due = null, Took = e.SinceStart - _rows[open].At, Text = e.Text };
        }
        else
        {
            _rows.Add(new(e.Node, e.Step, e.State, e.SinceStart, time.GetTimestamp(), null, null, e.Text));
        }
    }
}
