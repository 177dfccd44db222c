using FakeCluster.Wire;
using FakeWire;
using SimpleBase;

namespace FakeCluster.World;

/// <summary>Votes on their way into blocks: one to two slots later, on every fork on which their slots exist.</summary>
public sealed class VotePool(ClusterOptions options)
{
    // A vote that found no block by then has a fork that is gone; its blockhash would run out a little later.
    private const ulong PatienceSlots = 32;

    // A stream of its own, so that one vote more or less does not change which slots fork or skip.
    private readonly Random _latency = new(options.Seed + 1);
    private readonly List<Pending> _pending = [];
    private readonly SortedDictionary<string, int> _dropped = new(StringComparer.Ordinal);

    public int Landed { get; private set; }

    public IReadOnlyDictionary<string, int> Dropped => _dropped;

    /// <summary>Null when the vote may land; else what the runtime refuses it for at once.</summary>
    public VoteError? Submit(Vote vote, ulong currentSlot, Func<string, bool> knowsBlockhash)
    {
        var late = (ulong)_latency.Next(2);
        var tower = TowerSyncBytes.TryDecode(vote.TowerSync, out _);
        VoteError? refused =
            vote.VoteAccount != options.VoteAccount || tower?.LastSlot != vote.LastSlot ? VoteError.MalformedInstruction
            : !VoteSignature.IsByItsIdentity(vote) ? VoteError.SignatureFailure
            : vote.AuthorizedVoter != options.AuthorizedVoter ? VoteError.MissingRequiredSignature
            : !knowsBlockhash(vote.Blockhash) ? VoteError.BlockhashNotFound
            : null;
        if (refused is { } error)
        {
            Count(error);
            return refused;
        }

        _pending.Add(new Pending(vote, tower!, Base58.Bitcoin.Encode(tower!.Hash), currentSlot + late));
        return null;
    }

    /// <summary>The vote account after a new block on <paramref name="parent"/>, and what became of which vote.</summary>
    public OnChainVotes Include(ChainBlock parent, ulong slot, BlockTree tree, Action<Vote, string> judged)
    {
        var state = parent.Votes;
        SlotHashes? history = null;
        foreach (var pending in _pending.Where(p => p.LandsFrom <= slot))
        {
            history ??= tree.HashesUpTo(parent.Slot);
            if (!history.BySlot.ContainsKey(pending.Vote.LastSlot) && pending.Vote.LastSlot >= history.Earliest)
            {
                continue; // Not on this fork. Another may have it.
            }

            if (pending.TriedIn.Any(block => tree.IsAncestor(block, parent.Slot)))
            {
                continue;
            }

            pending.TriedIn.Add(slot);
            if (VoteProgram.Apply(state, pending.Tower, pending.BankHash, history, out var error) is { } next)
            {
                state = next;
                Landed += pending.HasLanded ? 0 : 1;
                pending.HasLanded = true;
                judged(pending.Vote, "landed");
            }
            else
            {
                // A refresh of what has landed meanwhile is the usual case here, not a fault.
                Count(error);
                judged(pending.Vote, error.ToString());
            }
        }

        return state;
    }

    public void Expire(ulong slot, Action<Vote, string> judged)
    {
        foreach (var pending in _pending.Where(p => p.LandsFrom + PatienceSlots < slot && p.TriedIn.Count == 0))
        {
            Count(VoteError.SlotsMismatch);
            judged(pending.Vote, nameof(VoteError.SlotsMismatch));
        }

        _pending.RemoveAll(p => p.LandsFrom + PatienceSlots < slot);
    }

    private void Count(VoteError error) => _dropped[error.ToString()] = _dropped.GetValueOrDefault(error.ToString()) + 1;

    private sealed record Pending(Vote Vote, DecodedTower Tower, string BankHash, ulong LandsFrom)
    {
        public List<ulong> TriedIn { get; } = [];

        public bool HasLanded { get; set; }
    }
}
