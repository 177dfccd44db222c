using System.Globalization;
using Failover.Records;
using Failover.Records.Towers;
using Failover.Records.VoteHistories;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;

namespace FakeValidator.Voting;

/// <summary>The voting part of the replay stage: the tower in memory, what is generated from it, and the refresh of a vote that did not land.</summary>
public sealed class Voter(NodeContext node, BankForks forks, TowerVotes tower)
{
    private const ulong RefreshBlocks = 16;
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(5);

    private VoteHistory _history = new();
    private Bank? _lastVoted;
    private ulong? _firstGenerated;
    private bool _lastWasGenerated;
    private TowerSync? _lastSent;
    private long? _lastRefresh;

    public TowerVotes Tower { get; private set; } = tower;

    /// <summary>Until then the node leaves its leader slots out.</summary>
    public bool HasNewVoteBeenRooted { get; private set; } = !node.WaitForVoteToStartLeader;

    /// <summary>Goes on with another identity's tower.</summary>
    public void Become(TowerVotes tower)
    {
        Tower = tower;
        HasNewVoteBeenRooted = !node.WaitForVoteToStartLeader;
        _firstGenerated = null;
        _lastWasGenerated = false;
    }

    public void LoadHistoryAtStartUp(NodeKey identity)
    {
        if (node.IsAlpenglow)
        {
            _history = LoadHistoryOrEmpty(identity);
        }
    }

    /// <summary>The vote history follows the identity: the file when it can be read, else an empty one, without a word (as 4.2 and later do).</summary>
    public void SwitchHistory(NodeKey before, NodeKey next)
    {
        _history = LoadHistoryOrEmpty(next);
        node.Log.Warn(AgaveLog.Votor, $"set-identity: from {before.Text} to {next.Text}");
    }

    /// <summary>Takes over what the chain says of the vote account when that is newer than the tower (also on a hot spare).</summary>
    public void AdoptOnChainIfBehind(Bank bank)
    {
        if (bank.Find(node.VoteAccount) is not { Votes: [.., var newest] } account || newest.Slot <= Tower.LastVotedSlot)
        {
            return;
        }
        var votes = TowerLoader.OnChain(account).ToList();
        node.Log.Info(
            AgaveLog.Replay,
            $"Frozen bank vote state slot {Some(newest.Slot)} is newer than our local vote state slot {Some(Tower.LastVotedSlot)}, "
            + $"adopting the bank vote state as our own. Bank votes: {Words(votes)}, root: {Some(account.RootSlot)}, "
            + $"Local votes: {Words(Tower.Lockouts)}, root: {Some(Tower.Root)}");
        var root = account.RootSlot;
        if (Tower.Root is { } local && (root is null || local > root))
        {
            root = local;
            votes.RemoveAll(vote => vote.Slot <= local);
            node.Log.Info(AgaveLog.Replay, $"Local root is larger than on chain root, overwrote bank root {Some(account.RootSlot)} and updated votes {Words(votes)}");
        }
        var lastVote = new TowerSync { Lockouts = votes, Root = root, Hash = HashOf(bank.Hash), BlockId = HashOf(bank.BlockId) };
        Tower = new TowerVotes(Tower.Snapshot() with { Lockouts = votes, Root = root, LastVote = lastVote });
        if (forks.Get(newest.Slot) is { } voted)
        {
            _lastVoted = voted;
        }
    }

    /// <summary>Records the vote in the tower whatever comes of it, moves the root, and queues the vote when one could be generated.</summary>
    public async ValueTask VoteAsync(NodeKey identity, Bank bank, CancellationToken ct)
    {
        Tower.Record(bank.Slot, HashOf(bank.Hash), HashOf(bank.BlockId), node.Time.GetUtcNow().ToUnixTimeSeconds());
        _lastVoted = bank;
        if (Tower.Root is { } root && root > forks.Root)
        {
            forks.SetRoot(root);
        }
        if (_firstGenerated is { } first && forks.RootBank.Find(node.VoteAccount) is { Votes: [.., var landed] } && landed.Slot >= first)
        {
            HasNewVoteBeenRooted = true;
        }
        node.Chain.Processed(bank.Slot);
        _lastWasGenerated = await GenerateAsync(identity, bank, Tower.LastVote, isRefresh: false, ct);
        if (_lastWasGenerated)
        {
            _firstGenerated ??= bank.Slot;
        }
    }

    /// <summary>Sends the last vote again when it has not landed for a while: same lockouts, a second later, the tower file untouched.</summary>
    public async ValueTask MaybeRefreshAsync(NodeKey identity, Bank? sameFork, CancellationToken ct)
    {
        if (!_lastWasGenerated || sameFork is null || _lastVoted is not { } voted || _lastSent is not { } lastSent)
        {
            return;
        }
        var landed = sameFork.Find(node.VoteAccount) is { Votes: [.., var newest] } && newest.Slot >= voted.Slot;
        var soon = sameFork.Height < voted.Height + RefreshBlocks
            || (_lastRefresh is { } at && node.Time.GetElapsedTime(at) < RefreshInterval);
        if (landed || soon)
        {
            return;
        }
        _lastRefresh = node.Time.GetTimestamp();
        await GenerateAsync(identity, sameFork, lastSent with { Timestamp = lastSent.Timestamp + 1 }, isRefresh: true, ct);
    }

    private async ValueTask<bool> GenerateAsync(NodeKey identity, Bank bank, TowerSync vote, bool isRefresh, CancellationToken ct)
    {
        using var voters = await node.Voters.HoldAsync(ct);
        await node.Faults.PassAsync(Point.WhileGeneratingVote, ct);
        if (Signer(identity, bank, voters.Keys) is not { } signer || (node.IsAlpenglow && !isRefresh && !HistoryAllows(bank.Slot)))
        {
            return false;
        }
        _lastSent = vote;
        var slots = vote.Lockouts.Select(each => each.Slot).ToList();
        var message = VoteMessage.Sign(node.Gossip.Host, identity, node.VoteAccount, signer, vote, bank.Hash, isRefresh);
        // Full Firedancer stores no tower; a refresh never does.
        var file = isRefresh || node.Client == ClientKind.Firedancer ? null : TowerWriter.Write(identity.Pair, Tower.Snapshot());
        node.Voting.Enqueue(new QueuedVote(identity, file, isRefresh ? null : NextHistory(identity, bank), slots, message));
        return true;
    }

    // The checks in the order of generate_vote_tx; null is NonVoting or HotSpare.
    private NodeKey? Signer(NodeKey identity, Bank bank, IReadOnlyList<NodeKey> voters)
    {
        if (voters.Count == 0)
        {
            return null;
        }
        if (bank.Find(node.VoteAccount) is not { } account)
        {
            node.Log.Warn(AgaveLog.Replay, $"Vote account {node.VoteAccount} does not exist.  Unable to vote");
            return null;
        }
        if (account.Node != identity.Text)
        {
            node.Log.Info(AgaveLog.Replay, $"Vote account node_pubkey mismatch: {account.Node} (expected: {identity.Text}).  Unable to vote");
            return null;
        }
        if (account.AuthorizedVoter.Length == 0)
        {
            var epoch = bank.Slot / node.Chain.Welcome!.SlotsPerEpoch;
            node.Log.Warn(AgaveLog.Replay, $"Vote account {node.VoteAccount} has no authorized voter for epoch {epoch}.  Unable to vote");
            return null;
        }
        var signer = voters.FirstOrDefault(key => key.Text == account.AuthorizedVoter);
        if (signer is null)
        {
            node.Log.Warn(
                AgaveLog.Replay,
                $"The authorized keypair {account.AuthorizedVoter} for vote account {node.VoteAccount} is not available.  Unable to vote");
        }
        return signer;
    }

    private bool HistoryAllows(ulong slot) => slot > _history.Root && _history.Votes.All(vote => vote.Slot != slot);

    private byte[]? NextHistory(NodeKey identity, Bank bank)
    {
        if (!node.IsAlpenglow)
        {
            return null;
        }
        _history = VoteHistoryStore.WithVote(_history, bank.Slot, HashOf(bank.BlockId), forks.Root);
        return node.Histories.Write(identity, _history);
    }

    private VoteHistory LoadHistoryOrEmpty(NodeKey identity)
    {
        try
        {
            return node.Histories.Load(identity.Pubkey);
        }
        catch (TowerException)
        {
            return new VoteHistory { Root = forks.Root };
        }
    }

    // The cluster may name its blocks by anything; what is no base58 hash is hashed into one.
    private static Hash HashOf(string text) =>
        Failover.Identities.Pubkey.TryParse(text, out var bytes) ? new Hash(bytes.ToBytes()) : Hash.Of(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Some(ulong? value) => value is { } some ? string.Create(CultureInfo.InvariantCulture, $"Some({some})") : "None";

    private static string Words(IEnumerable<Lockout> votes) =>
        $"[{string.Join(", ", votes.Select(vote => $"({vote.Slot}, {vote.Confirmations})"))}]";
}
