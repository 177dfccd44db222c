using FakeWire;

namespace FakeValidator.Chain;

/// <summary>
/// The banks that this node has replayed, by slot, from its own root upwards. Written by the replay loop only; read by the RPC too,
/// hence the lock.
/// </summary>
public sealed class BankForks
{
    // Old banks are kept for RPC reads and for telling a skipped slot from a foreign fork, but not for ever.
    private const int Kept = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, Bank> _banks = [];

    public BankForks(Welcome welcome)
    {
        Root = welcome.RootSlot;
        HistoryStart = welcome.RootSlot;
        var root = new Bank(
            welcome.RootSlot, welcome.RootSlot, welcome.RootSlot, welcome.RootSlot, welcome.GenesisHash, welcome.GenesisHash, Canonical: true, welcome.RootSlot, welcome.RootSlot,
            welcome.VoteAccounts);
        _banks[root.Slot] = root;
        Newest = root;
    }

    /// <summary>The root of this node: what its own tower has rooted, not the cluster.</summary>
    public ulong Root { get; private set; }

    /// <summary>Where this process's knowledge of the chain begins. Every slot up to here counts as part of the rooted history.</summary>
    public ulong HistoryStart { get; private set; }

    /// <summary>The bank with the greatest slot.</summary>
    public Bank Newest { get; private set; }

    public Bank RootBank => Get(Root)!;

    public Bank? Get(ulong slot)
    {
        lock (_lock)
        {
            return _banks.GetValueOrDefault(slot);
        }
    }

    /// <summary>The newest bank at or below the slot, on the fork that this node follows.</summary>
    public Bank AtOrBelow(ulong slot)
    {
        lock (_lock)
        {
            var bank = Newest;
            while (bank.Slot > slot && bank.Parent != bank.Slot && _banks.TryGetValue(bank.Parent, out var parent))
            {
                bank = parent;
            }
            return bank;
        }
    }

    /// <summary>Freezes a block. Null for one that is known or that ends below the root.</summary>
    public Bank? Add(Block block)
    {
        lock (_lock)
        {
            if (block.Slot <= Root || _banks.ContainsKey(block.Slot))
            {
                return null;
            }
            var parent = ParentOf(block);
            var bank = new Bank(
                block.Slot, parent.Slot, block.Parent, parent.Height + 1, block.Hash, block.BlockId, block.Canonical, block.ConfirmedSlot, block.RootedSlot, block.VoteAccounts);
            _banks[bank.Slot] = bank;
            Newest = bank.Slot > Newest.Slot ? bank : Newest;
            return bank;
        }
    }

    /// <summary>Whether the fork that ends in the bank contains the slot's bank. Below the history, everything does.</summary>
    public bool Contains(Bank tip, ulong slot)
    {
        lock (_lock)
        {
            if (slot <= HistoryStart)
            {
                return true;
            }
            var bank = tip;
            while (bank.Slot > slot && bank.Parent != bank.Slot && _banks.TryGetValue(bank.Parent, out var parent))
            {
                // A slot that was missed while the link was down is taken to be on the fork that goes on from there.
                if (slot > parent.Slot && slot <= bank.DeclaredParent)
                {
                    return true;
                }
                bank = parent;
            }
            return bank.Slot == slot;
        }
    }

    /// <summary>The newest bank whose fork contains the slot; null when that slot is not known.</summary>
    public Bank? NewestOnForkOf(ulong slot)
    {
        lock (_lock)
        {
            return _banks.Values.Reverse().TakeWhile(bank => bank.Slot >= slot).FirstOrDefault(bank => Contains(bank, slot));
        }
    }

    public void SetRoot(ulong slot)
    {
        lock (_lock)
        {
            if (slot <= Root || !_banks.ContainsKey(slot))
            {
                return;
            }
            Root = slot;
            foreach (var old in _banks.Keys.Take(Math.Max(0, _banks.Count - Kept)).Where(each => each < slot).ToList())
            {
                _banks.Remove(old);
                HistoryStart = old;
            }
        }
    }

    // A block whose parent is not here was cut out by a lost connection; the real node would have repaired what is missing. It is
    // joined to the newest older bank of the cluster's own fork.
    private Bank ParentOf(Block block) =>
        _banks.GetValueOrDefault(block.Parent)
        ?? _banks.Values.Reverse().FirstOrDefault(bank => bank.Slot < block.Slot && bank.Canonical)
        ?? _banks.Values.First();
}
