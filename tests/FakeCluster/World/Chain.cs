using System.Globalization;
using FakeCluster.Oracle;
using FakeWire;

namespace FakeCluster.World;

/// <summary>Makes the blocks: those of the rest of the cluster, and, out of what S's validator says it produced, those of S.</summary>
public sealed class Chain
{
    // Enough that a validator finds a rooted slot, and towers a history, from the first moment.
    private const ulong HistorySlots = 64;
    private const ulong BlockhashSlots = 150;

    private readonly ClusterOptions _options;
    private readonly LeaderSchedule _leaders;
    private readonly VotePool _votes;
    private readonly Recorder _recorder;
    private readonly Action<ChainBlock> _made;
    private readonly ForkPlan _plan;
    private readonly Dictionary<ulong, Produced> _offered = [];
    private readonly Dictionary<string, ulong> _hashes = [];

    public Chain(ClusterOptions options, LeaderSchedule leaders, VotePool votes, Recorder recorder, Action<ChainBlock> made)
    {
        (_options, _leaders, _votes, _recorder, _made) = (options, leaders, votes, recorder, made);
        _plan = new ForkPlan(options);
        CurrentSlot = Math.Max(1, options.StartSlot);
        var oldest = CurrentSlot <= HistorySlots ? 0 : CurrentSlot - HistorySlots;
        var first = Fill(oldest, oldest == 0 ? 0 : oldest - 1, canonical: true, OnChainVotes.None);
        Tree = new BlockTree(first);
        Note(first);
        for (var slot = oldest + 1; slot < CurrentSlot; slot++)
        {
            var block = Fill(slot, slot - 1, canonical: true, OnChainVotes.None);
            Tree.Add(block);
            Note(block);
        }
    }

    public BlockTree Tree { get; }

    /// <summary>The slot that is passing now. Its block comes at its end.</summary>
    public ulong CurrentSlot { get; private set; }

    /// <summary>A transaction is good for 150 blocks from the blockhash that it names.</summary>
    public bool IsRecentHash(string blockhash) => _hashes.TryGetValue(blockhash, out var slot) && slot + BlockhashSlots >= CurrentSlot;

    /// <summary>Ends the current slot: its block is made, or it is skipped.</summary>
    public void PassSlot()
    {
        var slot = CurrentSlot++;
        if (_leaders.IsOurs(slot))
        {
            if (_offered.Remove(slot, out var produced))
            {
                Take(produced);
            }
        }
        else
        {
            MakeOthersBlock(slot);
        }

        _votes.Expire(CurrentSlot, Judged);
    }

    /// <summary>
    /// What becomes of a leader's block: <c>taken</c>, or why not. It may come as long as its slot and the next one last (the network is
    /// not instant, and the next leader builds on whatever it has by then); one that is early waits for its slot's end.
    /// </summary>
    public string Offer(Produced produced)
    {
        if (_leaders.LeaderOf(produced.Slot) != produced.Identity)
        {
            return "not-leader";
        }

        if (Tree.Find(produced.Slot) is not null || _offered.ContainsKey(produced.Slot))
        {
            return "duplicate";
        }

        if (produced.Slot + 1 < CurrentSlot || Tree.Head.Slot > produced.Slot)
        {
            return "too-late";
        }

        if (produced.Slot > CurrentSlot + LeaderSchedule.GroupSlots)
        {
            return "too-early";
        }

        // A leader builds on its own block before anybody else has seen it.
        if (produced.Parent >= produced.Slot || (Tree.Find(produced.Parent) is null && !_offered.ContainsKey(produced.Parent)))
        {
            return "unknown-parent";
        }

        if (produced.Slot < CurrentSlot)
        {
            return Take(produced) ? "taken" : "unknown-parent";
        }

        _offered[produced.Slot] = produced;
        return "taken";
    }

    private bool Take(Produced produced)
    {
        if (Tree.Find(produced.Parent) is not { } parent)
        {
            return false;
        }

        // On anything but the tip of the winning fork it is the beginning, or the rest, of a losing one.
        Make(produced.Slot, parent, canonical: parent.Slot == Tree.Head.Slot);
        return true;
    }

    private void MakeOthersBlock(ulong slot)
    {
        var fate = _plan.Decide(slot, out var beginsFork);
        if (beginsFork)
        {
            Tree.BeginMinority();
        }

        if (fate != SlotFate.Skipped)
        {
            Make(slot, fate == SlotFate.Canonical ? Tree.Head : Tree.Find(Tree.MinorityTip)!, fate == SlotFate.Canonical);
        }
    }

    private void Make(ulong slot, ChainBlock parent, bool canonical)
    {
        var state = _votes.Include(parent, slot, Tree, Judged);
        var block = Fill(slot, parent.Slot, canonical, state);
        Tree.Add(block);
        Note(block);
        _made(block);

        void Judged(Vote vote, string result) => _recorder.Record(new VoteJudged(_recorder.Now, vote.Host, vote.LastSlot, slot, result));
    }

    private void Judged(Vote vote, string result) => _recorder.Record(new VoteJudged(_recorder.Now, vote.Host, vote.LastSlot, CurrentSlot, result));

    private ChainBlock Fill(ulong slot, ulong parent, bool canonical, OnChainVotes state)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{slot} on {parent}");
        var block = new ChainBlock(
            slot, parent, SeededHash.Base58Of(_options.Seed, "bank " + name), SeededHash.Base58Of(_options.Seed, "block " + name),
            _leaders.LeaderOf(slot), canonical, state);
        _hashes[block.Hash] = slot;
        return block;
    }

    private void Note(ChainBlock block)
        => _recorder.Record(new BlockSeen(_recorder.Now, block.Slot, block.Parent, block.Hash, block.Leader, block.Canonical));
}
