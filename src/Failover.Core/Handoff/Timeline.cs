using System.Runtime.CompilerServices;
using Failover.Validators;
using Microsoft.Extensions.Logging;

namespace Failover.Handoff;

/// <summary>What one agent says of one handoff, as it happens: kept in memory for whoever follows, logged, and written into the history at the end.</summary>
public sealed partial class Timeline(HandoffId handoff, string node, TimeProvider time, ILogger logger)
{
    // A handoff that waits long for a person repeats itself; the newest lines matter most, the first ones next.
    private const int MaxEvents = 2000;

    private readonly Lock _adding = new();
    private readonly List<HandoffEvent> _events = [];
    private readonly long _start = time.GetTimestamp();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _complete;

    public HandoffId Handoff => handoff;

    public IReadOnlyList<HandoffEvent> Events
    {
        get
        {
            lock (_adding)
            {
                return [.. _events];
            }
        }
    }

    public void Add(HandoffStep step, StepState state, string text, HandoffOutcome? outcome = null, TimeSpan? rest = null)
    {
        // The log has everything, whatever the timeline has room for.
        Log(step, state, text);
        TaskCompletionSource grown;
        lock (_adding)
        {
            var mayBeDropped = state is StepState.Started or StepState.Note or StepState.Failed && step != HandoffStep.End;
            if (_complete || (_events.Count >= MaxEvents && mayBeDropped))
            {
                return;
            }
            _events.Add(new HandoffEvent(
                _events.Count + 1, handoff, node, time.GetUtcNow(), time.GetElapsedTime(_start), step, state, text, outcome, rest));
            _complete = step == HandoffStep.End && state is StepState.Done or StepState.Failed;
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        grown.TrySetResult();
    }

    private void Log(HandoffStep step, StepState state, string text)
    {
        switch (state)
        {
            case StepState.Alarm:
                LogAlarm(handoff, step, text);
                break;
            case StepState.Failed:
                LogFailed(handoff, step, text);
                break;
            default:
                LogStep(handoff, step, state, text);
                break;
        }
    }

    /// <summary>Runs a step and puts its beginning, end or failure on the timeline. Whatever fails in it becomes a <see cref="HandoffStepException"/>.</summary>
    public async Task<T> StepAsync<T>(HandoffStep step, string doing, Func<Task<(T Result, string Done)>> act)
    {
        Add(step, StepState.Started, doing);
        try
        {
            var (result, done) = await act();
            Add(step, StepState.Done, done);
            return result;
        }
        catch (Exception e)
        {
            var effect = e is ValidatorException { Effect: Effect.None } or HandoffStepException { Effect: Effect.None } ? Effect.None : Effect.Unknown;
            var said = e is OperationCanceledException ? "given up" : e.Message;
            Add(step, StepState.Failed, said);
            throw new HandoffStepException(step, effect, said, e);
        }
    }

    /// <summary>From a sequence on, then live; ends after the ending was said.</summary>
    public async IAsyncEnumerable<HandoffEvent> FollowAsync(long fromSequence, [EnumeratorCancellation] CancellationToken ct)
    {
        var next = (int)Math.Clamp(fromSequence - 1, 0, int.MaxValue);
        while (true)
        {
            HandoffEvent[] ready;
            Task grown;
            bool complete;
            lock (_adding)
            {
                ready = next < _events.Count ? [.. _events.Skip(next)] : [];
                grown = _grown.Task;
                complete = _complete;
            }
            foreach (var happened in ready)
            {
                yield return happened;
            }
            next += ready.Length;
            if (complete)
            {
                yield break;
            }
            await grown.WaitAsync(ct);
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Handoff {Handoff}, {Step} {State}: {Text}")]
    private partial void LogStep(HandoffId handoff, HandoffStep step, StepState state, string text);

    [LoggerMessage(1002, LogLevel.Warning, "Handoff {Handoff}, {Step} failed: {Text}")]
    private partial void LogFailed(HandoffId handoff, HandoffStep step, string text);

    [LoggerMessage(1003, LogLevel.Critical, "Handoff {Handoff}, {Step}: ALARM: {Text}")]
    private partial void LogAlarm(HandoffId handoff, HandoffStep step, string text);
}
