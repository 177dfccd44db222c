using System.Threading.Channels;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeWire;

namespace FakeValidator.Voting;

/// <summary>A generated vote on its way to the disk and the leaders, signed already: nothing that happens to the identity changes it any more.</summary>
/// <param name="TowerFile">Null for a refresh, which does not store.</param>
/// <param name="HistoryFile">Null before Alpenglow, and for a refresh.</param>
public sealed record QueuedVote(NodeKey Identity, byte[]? TowerFile, byte[]? HistoryFile, IReadOnlyList<ulong> Slots, Vote Message);

/// <summary>How slow the voting service is; each time a random part of these.</summary>
public sealed record VotingPace(TimeSpan Store, TimeSpan Send, int Seed);

/// <summary>
/// The solVoteService thread: takes votes from an unbounded queue, stores each tower, and only then sends the vote. It runs behind the
/// replay loop, so a vote can reach the disk and the cluster after setIdentity, or the voter fence, has returned.
/// </summary>
public sealed class VotingService(
    TowerStore towers, VoteHistoryStore histories, IOutbox outbox, ClusterInfo gossip, FaultSet faults, IProcessEnd end, AgaveLog log, TimeProvider time, VotingPace pace)
{
    private readonly Channel<QueuedVote> _queue = Channel.CreateUnbounded<QueuedVote>(new() { SingleReader = true });
    private readonly Random _random = new(pace.Seed);

    private int _unfinished;

    public int Waiting => Volatile.Read(ref _unfinished);

    public bool IsIdle => Waiting == 0;

    public void Enqueue(QueuedVote vote)
    {
        Interlocked.Increment(ref _unfinished);
        _queue.Writer.TryWrite(vote);
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var vote in _queue.Reader.ReadAllAsync(stopping))
        {
            await ServeAsync(vote, stopping);
        }
    }

    /// <summary>Serves everything that is queued now; for a test that steps.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        while (_queue.Reader.TryRead(out var vote))
        {
            await ServeAsync(vote, ct);
        }
    }

    private async Task ServeAsync(QueuedVote vote, CancellationToken ct)
    {
        await PauseAsync(pace.Store, faults.StoreDelay, ct);
        await faults.PassAsync(Point.BeforeStore, ct);
        await StoreAsync(vote, ct);
        await faults.PassAsync(Point.AfterStoreBeforeSend, ct);
        await PauseAsync(pace.Send, faults.SendDelay, ct);
        await outbox.SendAsync(vote.Message, ct);
        if (!vote.Message.IsRefresh)
        {
            gossip.PushVote(vote.Slots);
        }
        await faults.PassAsync(Point.AfterSend, ct);
        Interlocked.Decrement(ref _unfinished);
    }

    private async Task StoreAsync(QueuedVote vote, CancellationToken ct)
    {
        try
        {
            if (vote.TowerFile is { } tower)
            {
                await towers.StoreAsync(vote.Identity.Pubkey, tower, () => faults.PassAsync(Point.MidStore, ct), ct);
            }
            if (vote.HistoryFile is { } history)
            {
                await histories.StoreAsync(vote.Identity.Pubkey, history, ct);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.Error(AgaveLog.VotingService, $"Unable to save tower to storage: IoError(Custom {{ kind: Other, error: \"{failure.Message}\" }})");
            end.Exit(1, "tower not stored");
        }
    }

    private async Task PauseAsync(TimeSpan upTo, TimeSpan more, CancellationToken ct)
    {
        var pause = (upTo * _random.NextDouble()) + more;
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, ct);
        }
    }
}
