using Failover.Disks;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;

namespace Failover.Agents;

/// <summary>The voting records of S on this node: where they lie, reading them verified, storing one that was handed over.</summary>
public sealed class NodeRecords(IDisk disk, NodeConfig config, Pubkey staked)
{
    private static readonly RecordKind[] Kinds = [RecordKind.Tower, RecordKind.VoteHistory];

    public Pubkey Identity => staked;

    public string PathOf(RecordKind kind) => Path.Combine(FolderOf(kind), RecordFiles.Name(kind, staked));

    /// <summary>The kinds of which there is a file, valid or not.</summary>
    public IReadOnlyList<RecordKind> Present() => [.. Kinds.Where(kind => disk.Stat(PathOf(kind)) is not null)];

    /// <summary>Whether the validator is in the middle of writing a record: its temporary file is there.</summary>
    public bool BeingWritten() => Kinds.Any(kind => disk.Stat(Path.Combine(FolderOf(kind), RecordFiles.TemporaryName(kind, staked))) is not null);

    /// <summary>Null when there is no file of the kind.</summary>
    /// <exception cref="RecordRefusedException">There is one, and it fails a test.</exception>
    public VotingRecord? Read(RecordKind kind)
    {
        var path = PathOf(kind);
        if (disk.Stat(path) is not { } facts)
        {
            return null;
        }
        if (facts.Kind != FileKind.Regular)
        {
            throw new RecordRefusedException(path, new RecordRefusal("regular-file", "it is not a regular file"));
        }
        try
        {
            return Verified(path, kind, disk.Read(path, LargestOf(kind)));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>All records there are.</summary>
    /// <exception cref="RecordRefusedException">One of them fails a test.</exception>
    public IReadOnlyList<VotingRecord> ReadAll() => [.. Kinds.Select(Read).OfType<VotingRecord>()];

    /// <summary>Verifies bytes that came from elsewhere.</summary>
    /// <exception cref="RecordRefusedException">They fail a test.</exception>
    public VotingRecord Verify(RecordBytes record) => Verified("the record received", record.Kind, record.Bytes);

    /// <summary>
    /// Puts a record in the validator's place for it: whole, synced, owned as the validator's own files are. The one it replaces is kept beside it. Nothing happens
    /// when the very same bytes lie there already.
    /// </summary>
    /// <exception cref="RecordRefusedException">The one that lies there is newer, or ends with the same slot but differs.</exception>
    public void Store(VotingRecord record, string keepSuffix)
    {
        var path = PathOf(record.Kind);
        switch (StandsTo(record))
        {
            case RecordOrder.Same:
                return;
            case RecordOrder.Newer:
                DurableFile.Replace(disk, path, record.Bytes.Span, OwnerOf(record.Kind, disk.Stat(path)), $"{path}.before-{keepSuffix}");
                return;
            default:
                throw new RecordRefusedException(path, new RecordRefusal(
                    "not-older-than-the-one-there", $"the record handed over ends with slot {record.LastVotedSlot}, and the one there is newer or differs at the same slot"));
        }
    }

    /// <summary>How a record stands to the one that lies in its place; newer than none, and than one that fails a test.</summary>
    public RecordOrder StandsTo(VotingRecord record) =>
        TryRead(record.Kind) is { } existing ? RecordComparison.Compare(record, existing) : RecordOrder.Newer;

    /// <summary>Makes the records durable: the validator itself does not sync them.</summary>
    public void Sync(IEnumerable<VotingRecord> records)
    {
        foreach (var record in records)
        {
            disk.Sync(PathOf(record.Kind));
            disk.SyncFolder(FolderOf(record.Kind));
        }
    }

    public RecordWatch Watch()
    {
        var tower = disk.Watch(FolderOf(RecordKind.Tower), RecordFiles.Name(RecordKind.Tower, staked));
        try
        {
            return new([tower, disk.Watch(FolderOf(RecordKind.VoteHistory), RecordFiles.Name(RecordKind.VoteHistory, staked))]);
        }
        catch
        {
            // The system gives only so many to a user: one that is left open is one too few for the next try.
            tower.Dispose();
            throw;
        }
    }

    private VotingRecord? TryRead(RecordKind kind)
    {
        try
        {
            return Read(kind);
        }
        catch (RecordRefusedException)
        {
            return null; // What fails a test cannot be newer than what passes; it is kept aside all the same.
        }
    }

    private VotingRecord Verified(string where, RecordKind kind, ReadOnlyMemory<byte> bytes)
    {
        var verdict = RecordVerifier.Verify(kind, bytes, staked);
        return verdict.Record ?? throw new RecordRefusedException(where, verdict.Refusal!);
    }

    private FileOwner? OwnerOf(RecordKind kind, FileFacts? there) =>
        there is { Kind: FileKind.Regular } ? new FileOwner(there.Uid, there.Gid, there.Mode)
        : disk.Stat(FolderOf(kind)) is { } folder ? new FileOwner(folder.Uid, folder.Gid, 0b110_000_000) // 0600
        : null;

    private static int LargestOf(RecordKind kind) => kind == RecordKind.Tower ? RecordVerifier.MaxTowerBytes : RecordVerifier.MaxVoteHistoryBytes;

    private string FolderOf(RecordKind kind) => kind == RecordKind.Tower ? config.TowerFolder : config.Ledger;
}

/// <summary>A voting record failed a test; the message names the file, the test and the reason.</summary>
public sealed class RecordRefusedException(string where, RecordRefusal refusal) : Exception($"{where} is refused by the test {refusal.Test}: {refusal.Reason}")
{
    public RecordRefusal Refusal { get; } = refusal;
}

/// <summary>Watches the folders of both kinds of record as one.</summary>
public sealed class RecordWatch(IReadOnlyList<IFolderWatch> watches) : IDisposable
{
    private readonly CancellationTokenSource _disposing = new();
    private readonly Task?[] _pending = new Task?[watches.Count];
    private bool _disposed;

    /// <summary>Completes at the next change of a record; one that happened between two calls is not missed.</summary>
    public async Task NextAsync(CancellationToken ct)
    {
        for (var i = 0; i < watches.Count; i++)
        {
            _pending[i] ??= watches[i].NextAsync(_disposing.Token);
        }
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = ct.Register(() => cancelled.TrySetCanceled(ct));
        var first = await Task.WhenAny([.. _pending.OfType<Task>(), cancelled.Task]);
        for (var i = 0; i < watches.Count; i++)
        {
            if (_pending[i] is { IsCompleted: true } done)
            {
                _pending[i] = null;
                await done;
            }
        }
        await first;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        _disposing.Cancel();
        foreach (var watch in watches)
        {
            watch.Dispose();
        }
        _disposing.Dispose();
    }
}
