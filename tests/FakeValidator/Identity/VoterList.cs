namespace FakeValidator.Identity;

/// <summary>
/// The authorized voters that are loaded. Vote generation holds the list for as long as it takes; emptying it waits for that. So when
/// <see cref="RemoveAllAsync"/> returns, no vote is being generated and none can be any more: the voter fence.
/// </summary>
public sealed class VoterList(IReadOnlyCollection<NodeKey> initial) : IDisposable
{
    // The real list is under a reader-writer lock whose only long reader is vote generation. An awaitable lock lets a test hold a generation open.
    private readonly SemaphoreSlim _access = new(1, 1);
    private readonly List<NodeKey> _keys = [.. initial.DistinctBy(key => key.Pubkey)];

    /// <summary>Only the admin call <c>validatorAdmissionTicketStatus</c> shows this.</summary>
    public bool IsEmpty { get; private set; } = initial.Count == 0;

    /// <summary>False when the voter is there already.</summary>
    public async ValueTask<bool> AddAsync(NodeKey key, CancellationToken ct)
    {
        using var held = await HoldAsync(ct);
        if (_keys.Any(each => each.Pubkey == key.Pubkey))
        {
            return false;
        }
        _keys.Add(key);
        IsEmpty = false;
        return true;
    }

    public async ValueTask RemoveAllAsync(CancellationToken ct)
    {
        using var held = await HoldAsync(ct);
        _keys.Clear();
        IsEmpty = true;
    }

    /// <summary>Takes the list for one vote generation; nobody changes it before the hold is disposed of.</summary>
    public async ValueTask<Held> HoldAsync(CancellationToken ct)
    {
        await _access.WaitAsync(ct);
        return new Held(this);
    }

    public void Dispose() => _access.Dispose();

    public sealed class Held(VoterList list) : IDisposable
    {
        private VoterList? _list = list;

        public IReadOnlyList<NodeKey> Keys => _list!._keys;

        public void Dispose()
        {
            _list?._access.Release();
            _list = null;
        }
    }
}
