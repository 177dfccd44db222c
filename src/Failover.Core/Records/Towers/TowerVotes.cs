namespace Failover.Records.Towers;

/// <summary>
/// A tower that votes: the update rule of Agave core/src/consensus.rs and of the vote program, for stand-ins of a validator.
/// Not thread-safe.
/// </summary>
public sealed class TowerVotes
{
    private readonly List<Lockout> _lockouts;
    private BlockTimestamp _lastTimestamp;

    /// <summary>A tower without a file: the local root, and the votes on chain above it (oldest first).</summary>
    public TowerVotes(ulong root, IEnumerable<Lockout>? votesOnChain = null)
    {
        Root = root;
        _lockouts = [.. (votesOnChain ?? []).Where(lockout => lockout.Slot > root)];
    }

    /// <summary>Goes on from a tower, e.g. one that was read from a file.</summary>
    public TowerVotes(Tower tower)
    {
        Root = tower.Root;
        _lockouts = [.. tower.Lockouts];
        LastVote = tower.LastVote;
        _lastTimestamp = tower.LastTimestamp;
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Lockout> Lockouts => _lockouts;

    public ulong? Root { get; private set; }

    public TowerSync LastVote { get; private set; } = TowerSync.Empty;

    /// <summary>The slot of the last lockout; null without votes.</summary>
    public ulong? LastVotedSlot => _lockouts is [.., var last] ? last.Slot : null;

    /// <summary>A copy of the state, to be written.</summary>
    public Tower Snapshot() => new()
    {
        Lockouts = [.. _lockouts],
        Root = Root,
        LastVote = LastVote,
        LastTimestamp = _lastTimestamp,
    };

    /// <summary>Records a vote for the slot and makes it the last vote.</summary>
    /// <param name="unixSeconds">The wall clock's unix seconds; the vote carries them only when they do not run backwards.</param>
    /// <exception cref="InvalidOperationException">The slot is not above the last voted one; a validator would panic.</exception>
    public void Record(ulong slot, Hash bankHash, Hash blockId, long unixSeconds)
    {
        if (slot <= LastVotedSlot)
        {
            throw new InvalidOperationException($"a vote for slot {slot} is not above the last vote, which was for slot {LastVotedSlot}");
        }
        PopExpired(slot);
        if (_lockouts.Count == Tower.MaxLockouts)
        {
            Root = _lockouts[0].Slot;
            _lockouts.RemoveAt(0);
        }
        _lockouts.Add(new Lockout(slot, 1));
        DoubleConfirmed();
        LastVote = new TowerSync
        {
            Lockouts = [.. _lockouts],
            Root = Root,
            Hash = bankHash,
            BlockId = blockId,
            Timestamp = NextTimestamp(unixSeconds),
        };
    }

    private void PopExpired(ulong slot)
    {
        while (_lockouts is [.., var last] && ExpiresBefore(last, slot))
        {
            _lockouts.RemoveAt(_lockouts.Count - 1);
        }
    }

    // A lockout lasts two to the power of its confirmations, in slots.
    private static bool ExpiresBefore(Lockout lockout, ulong slot) =>
        slot - lockout.Slot > 1UL << (int)Math.Min(lockout.Confirmations, Tower.MaxLockouts);

    private void DoubleConfirmed()
    {
        for (var index = 0; index < _lockouts.Count; index++)
        {
            var lockout = _lockouts[index];
            if (_lockouts.Count > index + lockout.Confirmations)
            {
                _lockouts[index] = lockout with { Confirmations = lockout.Confirmations + 1 };
            }
        }
    }

    // Agave looks at the previous vote here, not at this one: that is why the stored timestamp's slot lags by one vote.
    private long? NextTimestamp(long unixSeconds)
    {
        var previous = LastVote.LastSlot ?? 0;
        var due = previous > _lastTimestamp.Slot || (previous == 0 && _lastTimestamp.Slot == 0);
        if (!due || unixSeconds < _lastTimestamp.UnixSeconds)
        {
            return null;
        }
        _lastTimestamp = new BlockTimestamp(previous, unixSeconds);
        return unixSeconds;
    }
}
