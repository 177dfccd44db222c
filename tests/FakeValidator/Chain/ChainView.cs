using FakeWire;

namespace FakeValidator.Chain;

public enum Commitment
{
    Processed = 1,
    Confirmed = 2,
    Finalized = 3,
}

/// <summary>What the RPC server and the admin calls see of the chain. The replay loop publishes; anybody reads.</summary>
public sealed class ChainView
{
    private readonly Lock _lock = new();
    private BankForks? _forks;
    private Welcome? _welcome;
    private ulong _processed;
    private ulong _confirmed;
    private ulong _rooted;
    private ulong _confirmedSeen;

    public Welcome? Welcome
    {
        get
        {
            lock (_lock)
            {
                return _welcome;
            }
        }
    }

    /// <summary>The newest optimistically confirmed slot that gossip told of, and the newest one that this node has replayed.</summary>
    public (ulong Seen, ulong Own) Confirmations
    {
        get
        {
            lock (_lock)
            {
                return (_confirmedSeen, _confirmed);
            }
        }
    }

    public void Open(Welcome welcome, BankForks forks)
    {
        lock (_lock)
        {
            _welcome = welcome;
            _forks = forks;
            _processed = _confirmed = _rooted = welcome.RootSlot;
        }
    }

    /// <summary>A block came in; whether or not it is replayed, gossip has told what the cluster confirmed.</summary>
    public void Seen(Block block)
    {
        lock (_lock)
        {
            _confirmedSeen = Math.Max(_confirmedSeen, block.ConfirmedSlot);
        }
    }

    public void Replayed(Bank bank)
    {
        lock (_lock)
        {
            _confirmed = Math.Max(_confirmed, Math.Min(bank.ConfirmedSlot, bank.Slot));
            _rooted = Math.Max(_rooted, Math.Min(bank.RootedSlot, bank.Slot));
        }
    }

    /// <summary>The replay loop's choice; published from the step that votes, as in the real one.</summary>
    public void Processed(ulong slot)
    {
        lock (_lock)
        {
            _processed = slot;
        }
    }

    /// <summary>Null before the node has any bank.</summary>
    public Bank? At(Commitment commitment)
    {
        lock (_lock)
        {
            return _forks is null ? null : commitment switch
            {
                Commitment.Processed => _forks.Get(_processed) ?? _forks.AtOrBelow(_processed),
                Commitment.Confirmed => _forks.AtOrBelow(_confirmed),
                _ => _forks.AtOrBelow(_rooted),
            };
        }
    }
}
