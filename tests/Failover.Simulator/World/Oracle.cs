using Failover.Agents;
using Failover.Handoff;
using Failover.Records;

namespace Failover.Simulation;

/// <summary>
/// Judges a simulation by what the world shows, not by what the product says: who can vote, what lies on the disks, what was said on the network. Throws
/// <see cref="InvariantBrokenException"/> at the moment at which something is as it must never be.
/// </summary>
internal sealed class Oracle
{
    private readonly SimulatedPair _pair;
    private readonly HookRule _hooks;
    private readonly Dictionary<string, FencingToken> _tokens = [];
    // A token that a loss of power took away again before anybody was told of it does not bind.
    private readonly Dictionary<string, FencingToken> _durableTokens = [];
    private readonly Dictionary<string, HandoffOrder> _orders = [];
    private readonly HashSet<(string Node, HandoffOrder Order)> _refused = [];
    private readonly HashSet<(string Node, HandoffOrder Order)> _promoting = [];
    private readonly HashSet<HandoffOrder> _demoted = [];
    private readonly Dictionary<string, TimeSpan> _permits = [];
    private readonly Dictionary<(string Node, HandoffOrder Order), string> _handedOver = [];
    private readonly Dictionary<HandoffOrder, HandoffEnding> _endings = [];
    private readonly Dictionary<string, (string Path, byte[] Bytes)> _replacing = [];

    public Oracle(SimulatedPair pair)
    {
        _pair = pair;
        _hooks = new HookRule(pair);
        foreach (var node in pair.Nodes)
        {
            node.Disk.Before = (operation, path) => BeforeOperation(node, operation, path);
            node.Disk.After = (operation, path) => AfterOperation(node, operation, path);
        }
        pair.Network.Sending = Sending;
    }

    /// <summary>Handoffs in which the source began to let go of S.</summary>
    public IReadOnlySet<HandoffOrder> Demoted => _demoted;

    /// <summary>How the handoffs ended by their sources' own word.</summary>
    public IReadOnlyDictionary<HandoffOrder, HandoffEnding> Endings => _endings;

    /// <summary>Off where a test moves identities or links behind the agents' back, to see that they notice: then only voters count.</summary>
    public bool NobodyMeddles { get; set; } = true;

    /// <summary>Calls the code when a state is written, with the node.</summary>
    public Action<SimulatedNode, AgentState> StateWritten { get; set; } = (_, _) => { };

    /// <summary>Calls the code before each operation on a disk.</summary>
    public Action<SimulatedNode> Operation { get; set; } = _ => { };

    /// <summary>Calls the code with each message and its sender.</summary>
    public Action<string, object> Message { get; set; } = (_, _) => { };

    /// <summary>After every piece of work: one voter, one claimant.</summary>
    public void RequireOneVoter()
    {
        SimulatedNode? voter = null, claimant = null;
        foreach (var node in _pair.Nodes)
        {
            if (node.Validator.CanVote)
            {
                Require(voter is null, $"{voter?.Name} and {node.Name} can vote with S at once");
                voter = node;
            }
            if (NobodyMeddles && node.Validator.Started && node.Validator.Recorded == _pair.Cluster.Staked.Public)
            {
                // Block production and gossip go by the recorded identity; the older claimant's process is killed.
                Require(claimant is null, $"{claimant?.Name} and {node.Name} both claim S");
                claimant = node;
            }
        }
    }

    /// <summary>Invariant 3, at every instant: a machine that lost power now would not come back as a second voter.</summary>
    public void RequireSafeRestart()
    {
        foreach (var node in _pair.Nodes.Where(node => NobodyMeddles && node.Disk.DurableLink(node.Config.IdentityLink) == node.Config.StakedKeypair))
        {
            var voter = _pair.Nodes.FirstOrDefault(other => other != node && other.Validator.CanVote);
            Require(voter is null, $"{voter?.Name} can vote with S, and a loss of power would bring {node.Name} back with S");
        }
    }

    private void Sending(string from, object message)
    {
        var (order, answer) = message switch
        {
            WithdrawReply reply => (reply.Order, reply.Answer),
            AnswerMessage said => (_pair.Named(from).State.Handoff?.Order, said.Answer),
            _ => (null, null),
        };
        if (order is not null && answer is { Kind: AnswerKind.Refused })
        {
            _refused.Add((from, order));
        }
        switch (message)
        {
            case PongMessage pong:
                _permits[pong.Permit.Nonce] = _pair.Pump.Time.Now;
                break;
            case ReadyMessage ready:
                _permits[ready.Permit.Nonce] = _pair.Pump.Time.Now;
                break;
            case HandOverMessage handOver:
                _handedOver[(handOver.Order.Target, handOver.Order)] = handOver.PermitNonce;
                break;
            default:
                break; // Says nothing about permits.
        }
        Message(from, message);
    }

    /// <summary>Invariant of the permit: a promotion begins only within the life of one that the target gave, however long the message was under way.</summary>
    private void RequirePermit(SimulatedNode node, HandoffOrder order)
    {
        // Drift of the clocks, and the wait for the gate.
        var life = node.Config.Timings.PermitLife * 1.03;
        Require(
            _handedOver.TryGetValue((node.Name, order), out var nonce) && _permits.TryGetValue(nonce, out var issued) && (_pair.Pump.Time.Now - issued <= life || _promoting.Contains((node.Name, order))),
            $"{node.Name} carries {order.Id} out without a permit that is still good");
        _promoting.Add((node.Name, order));
    }

    private void BeforeOperation(SimulatedNode node, string operation, string path)
    {
        if (operation == nameof(Disks.IDisk.Rename) && path == node.TowerPath && node.Disk.BytesOf(path) is { } old)
        {
            _replacing[node.Name] = (path, old);
        }
        Operation(node);
    }

    private void AfterOperation(SimulatedNode node, string operation, string path)
    {
        if (operation == nameof(Disks.IDisk.SyncFolder) && path == node.Config.StateFolder)
        {
            _durableTokens[node.Name] = _tokens.GetValueOrDefault(node.Name);
        }
        if (operation != nameof(Disks.IDisk.Rename))
        {
            return;
        }
        if (path == Path.Combine(node.Config.StateFolder, AgentJournal.FileName))
        {
            Judge(node, node.State);
        }
        if (path == node.TowerPath && _replacing.Remove(node.Name, out var replaced))
        {
            var (before, after) = (LastSlot(replaced.Bytes), LastSlot(node.Disk.BytesOf(path)!));
            Require(before is null || after >= before, $"{node.Name}'s agent replaced a record that ends with slot {before} by one that ends with slot {after}");
            Require(node.Disk.Has(replaced.Bytes), $"{node.Name}'s agent replaced a record and kept no copy of it");
        }
    }

    private void Judge(SimulatedNode node, AgentState state)
    {
        Require(state.HighestToken >= _tokens.GetValueOrDefault(node.Name), $"{node.Name}'s fencing token went back from {_tokens.GetValueOrDefault(node.Name)} to {state.HighestToken}");
        if (state.Handoff is { } taken && _orders.GetValueOrDefault(node.Name) != taken.Order)
        {
            var promised = _durableTokens.GetValueOrDefault(node.Name);
            Require(taken.Order.Token > promised, $"{node.Name} took {taken.Order.Id} with token {taken.Order.Token} after it had seen {promised}");
            _orders[node.Name] = taken.Order;
        }
        _tokens[node.Name] = state.HighestToken;
        if (state.Handoff is { } handoff)
        {
            Require(
                handoff is not { Role: HandoffRole.Target, Phase: HandoffPhase.Promoting or HandoffPhase.Active } || !_refused.Contains((node.Name, handoff.Order)),
                $"{node.Name} had refused {handoff.Order.Id} and carries it out");
            if (handoff is { Role: HandoffRole.Target, Phase: HandoffPhase.Promoting })
            {
                RequirePermit(node, handoff.Order);
            }
            if (handoff is { Role: HandoffRole.Source, Phase: HandoffPhase.Demoting })
            {
                if (_demoted.Add(handoff.Order))
                {
                    _hooks.GapOpens(handoff.Order);
                }
            }
            _hooks.Written(node, handoff);
            if (handoff is { Role: HandoffRole.Source, Phase: HandoffPhase.Ended })
            {
                _endings[handoff.Order] = handoff.Ending;
            }
        }
        StateWritten(node, state);
    }

    private ulong? LastSlot(byte[] bytes) => RecordVerifier.Verify(RecordKind.Tower, bytes, _pair.Cluster.Staked.Public).Record?.LastVotedSlot;

    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException($"{what}{Environment.NewLine}{_pair.TraceTail()}");
        }
    }
}
