using Failover.Agents;
using Failover.Coordination;
using Failover.Coordinator.Output;
using Failover.Handoff;

namespace Failover.Coordinator.Commands;

/// <summary>The handoff has begun and goes on; what failed is only the watching.</summary>
internal sealed class WatchFailedException(HandoffOrder order, Exception inner) : Exception(inner.Message, inner)
{
    public HandoffOrder Order { get; } = order;
}

/// <summary>The one place that turns an exception into what an operator can act on.</summary>
internal static class Errors
{
    /// <param name="seen">The last reading of the nodes, if there was one.</param>
    public static Trouble Explain(Exception exception, ClusterView? seen)
    {
        var state = Trouble.StateOf(seen);
        return exception switch
        {
            UsageException usage => new(ExitCode.Usage, usage.Message, usage.Details, usage.Next),
            OrderRefusedException refusal => new(ExitCode.Unchanged, $"Refused: {refusal.Message}", state, refusal.Remedy.Length > 0 ? refusal.Remedy : "failover status"),
            AgentUnreachableException silence => new(ExitCode.Unreachable,
                $"{silence.Node} cannot be reached: {Words.Sentence(silence.Message)} What was asked of it may have been done.", state, "failover status"),
            // Commands that have something to give back or to keep watching handle it themselves; here nothing had been asked for yet.
            OperationCanceledException => new(ExitCode.Unchanged, "Broken off.", state, "failover status"),
            WatchFailedException watch => new(ExitCode.Detached,
                $"The handoff {watch.Order.Id} has begun, and watching it failed: {Words.Sentence(watch.InnerException!.Message)} It goes on between the two agents.", state, "failover resume"),
            IOException or UnauthorizedAccessException => new(ExitCode.Usage, exception.Message, state, ""),
            _ => new(ExitCode.Bug, $"This is a bug of failover: {exception.GetType().Name}: {exception.Message}", state,
                "failover status   # and report this, with the output of the same command with --debug"),
        };
    }
}
