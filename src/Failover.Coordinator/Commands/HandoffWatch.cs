using Failover.Coordination;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Handoff;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary>Watches a handoff that has begun, to its end or until the operator leaves, and says how it ended.</summary>
internal sealed class HandoffWatch(Session session, HandoffOrder order)
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);

    private readonly Screen _screen = session.Screen;
    private readonly TimelineModel _model = new(session.Time);

    public async Task<ExitCode> RunAsync(CancellationToken interrupted)
    {
        try
        {
            await (_screen.IsTerminal && !_screen.Json ? WatchLiveAsync(interrupted) : WatchLinesAsync(interrupted));
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return Detach();
        }
        var now = await session.Coordinator.Reader.ReadAsync(CancellationToken.None);
        var outcome = HandoffStanding.Of(order, now.Answered
            .Where(facts => facts.LastHandoff is not null).Select(facts => (facts.Node, facts.LastHandoff!)).Concat(_model.Endings));
        return Conclude(outcome, now);
    }

    private async Task WatchLinesAsync(CancellationToken interrupted)
    {
        await foreach (var item in session.Coordinator.FollowAsync(order, interrupted))
        {
            _model.Add(item);
            if (!_screen.Json)
            {
                _screen.WriteLine(TimelineView.Line(item));
            }
            else if (item is TimelineEvent { Event: var e })
            {
                _screen.WriteDocument(e.ToDocument());
            }
            else if (item is TimelineSilence silence)
            {
                _screen.WriteDocument(silence.ToDocument());
            }
        }
    }

    private async Task WatchLiveAsync(CancellationToken interrupted) => await _screen.Console
        .Live(TimelineView.Table(_model, _screen.Width, 0))
        .Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Top)
        .StartAsync(async live =>
        {
            await using var items = session.Coordinator.FollowAsync(order, interrupted).GetAsyncEnumerator(interrupted);
            var next = items.MoveNextAsync().AsTask();
            for (var tick = 0; ; tick++)
            {
                live.UpdateTarget(TimelineView.Table(_model, _screen.Width, tick));
                await Task.WhenAny(next, Task.Delay(Frame, session.Time, CancellationToken.None));
                while (next.IsCompleted)
                {
                    if (!await next)
                    {
                        live.UpdateTarget(TimelineView.Table(_model, _screen.Width, null));
                        return;
                    }
                    _model.Add(items.Current);
                    next = items.MoveNextAsync().AsTask();
                }
            }
        });

    private ExitCode Detach()
    {
        var waiting = _model.Rows.All(row => row.Step is HandoffStep.Prepare or HandoffStep.WaitForWindow or HandoffStep.Hook);
        var text = "Detached: the handoff goes on between the two agents, without this program." +
            (waiting ? " It was still waiting for its moment: failover abort can end it until it begins." : "");
        const string Next = "failover resume";
        if (_screen.Json)
        {
            _screen.WriteDocument(new EndDocument("outcome", (int)ExitCode.Detached, JsonOutput.Name(HandoffEnding.Unknown), order.Id.ToString(), false, _model.HasAlarm,
                text, Next, null, Trouble.StateOf(session.Coordinator.Reader.LastSeen)));
        }
        _screen.ErrorConsole.Write(Look.Marked(Look.WarnMark, Look.Warn, text, Look.Strong));
        _screen.ErrorConsole.Write(Look.Next(Next));
        return ExitCode.Detached;
    }

    private ExitCode Conclude(HandoffOutcome? outcome, ClusterView now)
    {
        var code = _model.HasAlarm ? ExitCode.NeedsOperator : CodeOf(outcome?.Ending ?? HandoffEnding.Unknown);
        var next = outcome is { NextCommand.Length: > 0 } ? outcome.NextCommand
            : code is ExitCode.NeedsOperator or ExitCode.Unreachable ? "failover resume" : "";
        if (_screen.Json)
        {
            _screen.WriteDocument(new EndDocument(
                "outcome", (int)code, JsonOutput.Name(outcome?.Ending ?? HandoffEnding.Unknown), order.Id.ToString(), false, _model.HasAlarm,
                outcome?.Text ?? "The handoff's ending was not heard.", next, outcome?.ToDocument(), Trouble.StateOf(now)));
        }
        if (!_screen.Json)
        {
            _screen.WriteLine();
            if (!_screen.IsTerminal)
            {
                _screen.Write(TimelineView.Table(_model, _screen.Width, null));
                _screen.WriteLine();
            }
        }
        _screen.Write(SummaryView.Render(order, outcome, now, next));
        return code;
    }

    internal static ExitCode CodeOf(HandoffEnding ending) => ending switch
    {
        HandoffEnding.Completed => ExitCode.Ok,
        HandoffEnding.Unchanged => ExitCode.Unchanged,
        HandoffEnding.WentBack => ExitCode.WentBack,
        HandoffEnding.NeedsOperator => ExitCode.NeedsOperator,
        _ => ExitCode.Unreachable,
    };
}
