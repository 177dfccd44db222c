using Failover.Agents;
using Failover.Handoff;

namespace Failover.Simulation;

/// <summary>
/// No program of an operator's runs in the gap: from the moment at which a source begins to let go until the node's own part of the switch is over and, where S has moved,
/// its target has voted with it. And none is run twice for the same moment.
/// </summary>
internal sealed class HookRule
{
    // How long the agents wait for a first vote before they tell that there is none, by a clock that may run fast.
    private static readonly TimeSpan FirstVoteWait = TimeSpan.FromSeconds(29);

    private readonly SimulatedPair _pair;
    private readonly HashSet<(string Node, string Handoff, string Hook, string Ending)> _ran = [];
    private readonly Dictionary<string, TimeSpan> _partOver = [];
    private (HandoffOrder Order, long Since)? _gap;

    public HookRule(SimulatedPair pair)
    {
        _pair = pair;
        foreach (var node in pair.Nodes)
        {
            node.Hooks.Begins = hook => Begins(node, hook);
        }
    }

    /// <summary>A source has written down that it lets go.</summary>
    public void GapOpens(HandoffOrder order)
    {
        _gap = (order, _pair.Time.GetTimestamp());
        _partOver.Clear();
        foreach (var node in _pair.Nodes.Where(node => node.Name == order.Source || node.Name == order.Target))
        {
            foreach (var hook in node.Hooks.Running.Where(hook => !hook.CannotBeKilled))
            {
                Broken($"{order.Source} begins to let go for {order.Id} while {hook.Name} runs on {node.Name}");
            }
        }
    }

    public void Written(SimulatedNode node, HandoffState state)
    {
        if (_gap is { } gap && state.Order == gap.Order && state.Phase is HandoffPhase.Ended or HandoffPhase.Active or HandoffPhase.Refused)
        {
            _partOver.TryAdd(node.Name, _pair.Pump.Time.Now);
        }
    }

    private void Begins(SimulatedNode node, StartedHook hook)
    {
        if (hook.Ending != "needs-operator" && !_ran.Add((node.Name, hook.Handoff, hook.Name, hook.Ending)))
        {
            Broken($"{node.Name} runs {hook.Name} for {hook.Handoff} a second time");
        }
        if (_gap is { } gap && (node.Name == gap.Order.Source || node.Name == gap.Order.Target) && InTheGap(node, gap.Order, gap.Since) && !(hook.Ending == "needs-operator" && _pair.PersonNeeded))
        {
            Broken($"{node.Name} runs {hook.Name} for {hook.Handoff} in the gap of {gap.Order.Id}");
        }
    }

    // Not thrown: whoever started the hook may catch everything.
    private void Broken(string what) => _pair.Pump.Fail(new InvariantBrokenException($"{what}{Environment.NewLine}{_pair.TraceTail()}"));

    private bool InTheGap(SimulatedNode node, HandoffOrder order, long since)
    {
        if (node.State.Handoff is { } state && state.Order == order)
        {
            if (!_partOver.TryGetValue(node.Name, out var over))
            {
                return true;
            }
            var moved = state is { Role: HandoffRole.Target, Phase: HandoffPhase.Active } or { Role: HandoffRole.Source, Ending: HandoffEnding.Completed };
            return moved && _pair.Pump.Time.Now - over < FirstVoteWait && !_pair.Cluster.Votes.Any(vote => vote.Node == order.Target && vote.At >= since);
        }
        return false;
    }
}
