namespace FakeCluster.World;

/// <summary>All blocks of late, on every fork.</summary>
public sealed class BlockTree
{
    // Far more than any fork, lockout or SlotHashes horizon needs.
    private const ulong KeptSlots = 4_096;
    private const int RootDepth = 32;

    private readonly Dictionary<ulong, ChainBlock> _blocks = [];
    private readonly List<ulong> _canonical = [];

    public BlockTree(ChainBlock first)
    {
        Head = first;
        MinorityTip = first.Slot;
        _blocks[first.Slot] = first;
        _canonical.Add(first.Slot);
    }

    /// <summary>The newest block of the fork that wins.</summary>
    public ChainBlock Head { get; private set; }

    /// <summary>The newest block of the latest losing fork.</summary>
    public ulong MinorityTip { get; private set; }

    public ulong RootedSlot => _canonical[Math.Max(0, _canonical.Count - 1 - RootDepth)];

    public ulong ConfirmedSlot => _canonical[Math.Max(0, _canonical.Count - 2)];

    public ChainBlock? Find(ulong slot) => _blocks.GetValueOrDefault(slot);

    public void BeginMinority() => MinorityTip = Head.Slot;

    public void Add(ChainBlock block)
    {
        _blocks.Add(block.Slot, block);
        if (!block.Canonical)
        {
            MinorityTip = block.Slot;
            return;
        }

        Head = block;
        _canonical.Add(block.Slot);
        Forget();
    }

    public bool IsAncestor(ulong ancestor, ulong slot)
    {
        while (slot > ancestor && _blocks.TryGetValue(slot, out var block))
        {
            slot = block.Parent;
        }

        return slot == ancestor;
    }

    /// <summary>What the vote program remembers in a block whose parent this is.</summary>
    public SlotHashes HashesUpTo(ulong parent)
    {
        Dictionary<ulong, string> hashes = [];
        var earliest = parent;
        var at = parent;
        while (hashes.Count < SlotHashes.Horizon && _blocks.TryGetValue(at, out var block))
        {
            hashes[at] = block.Hash;
            earliest = at;
            if (block.Parent >= at)
            {
                break;
            }

            at = block.Parent;
        }

        return new SlotHashes(hashes, earliest);
    }

    /// <summary>The rooted block and everything after it: what a late joiner needs in order to follow.</summary>
    public IEnumerable<ChainBlock> SinceRoot()
        => _blocks.Values.Where(block => block.Slot >= RootedSlot).OrderBy(block => block.Slot);

    private void Forget()
    {
        var oldest = Head.Slot < KeptSlots ? 0 : Head.Slot - KeptSlots;
        if (_canonical.Count < (int)KeptSlots * 2)
        {
            return;
        }

        foreach (var slot in _blocks.Keys.Where(slot => slot < oldest).ToList())
        {
            _blocks.Remove(slot);
        }

        _canonical.RemoveAll(slot => slot < oldest);
    }
}
