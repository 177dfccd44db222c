using Failover.Records;
using Failover.Records.Towers;
using FakeValidator.Chain;
using FakeValidator.Identity;
using FakeValidator.Logs;

namespace FakeValidator.Voting;

/// <summary>Which tower an identity votes on with: the stored one when it fits, else one made from the chain, else none.</summary>
public sealed class TowerLoader(NodeContext node, BankForks forks)
{
    /// <summary>The switch to another identity while running (load_tower in the replay stage).</summary>
    /// <exception cref="TowerException">The stored tower is neither usable nor missing nor too old: the replay stage ends.</exception>
    public TowerVotes Load(NodeKey identity)
    {
        if (node.Client == ClientKind.Firedancer)
        {
            return FromBankForks();
        }
        try
        {
            return new TowerVotes(Stored(identity));
        }
        catch (TowerException failure) when (failure.IsFileMissing || failure.IsTooOld)
        {
            var why = failure.IsFileMissing ? "file missing" : "too old";
            node.Log.Warn(
                AgaveLog.Replay,
                $"Failed to load tower, {why} for {identity.Text}: {failure.Message}. Creating a new tower from bankforks.");
            return FromBankForks();
        }
    }

    /// <summary>The start of the process (post_process_restored_tower): anything wrong means a tower from the chain, unless one is required.</summary>
    public TowerVotes AtStartUp(NodeKey identity)
    {
        if (node.Client == ClientKind.Firedancer)
        {
            return FromBankForks();
        }
        try
        {
            return new TowerVotes(Stored(identity));
        }
        catch (TowerException failure)
        {
            var hasVoted = forks.Newest.Find(node.VoteAccount) is { Votes.Count: > 0 };
            if (node.RequireTower && hasVoted)
            {
                node.Log.Error(
                    AgaveLog.Validator,
                    $"Requested mandatory tower restore failed: {failure.Message}. And there is an existing vote_account containing actual votes. Aborting due to possible conflicting duplicate votes");
                node.End.Exit(1, "mandatory tower restore failed");
            }
            if (failure.IsFileMissing && !hasVoted)
            {
                node.Log.Info(AgaveLog.Validator, $"Ignoring expected failed tower restore because this is the initial validator start with the vote account: {node.VoteAccount}");
            }
            else
            {
                node.Log.Error(AgaveLog.Validator, $"Rebuilding a new tower from the latest vote account due to failed tower restore: {failure.Message}");
            }
            return FromBankForks();
        }
    }

    private Tower Stored(NodeKey identity) =>
        TowerAdjustment.Adjust(node.Towers.Load(identity.Pubkey), forks.Root, new SlotHistory(forks), node.Log, node.End);

    private TowerVotes FromBankForks() => new(forks.Root, OnChain(forks.Newest.Find(node.VoteAccount)));

    internal static IEnumerable<Lockout> OnChain(FakeWire.VoteAccountState? account) =>
        (account?.Votes ?? []).Select(vote => new Lockout(vote.Slot, vote.Confirmations));
}
