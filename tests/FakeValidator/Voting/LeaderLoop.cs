using FakeValidator.Chain;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeWire;

namespace FakeValidator.Voting;

/// <summary>
/// Proof of history and block production, as far as others see it. The leader schedule is asked for the voting loop's identity, but the
/// block is signed with the gossip identity of the moment: between the two, a leader's block is worth nothing.
/// </summary>
public sealed class LeaderLoop(NodeContext node, BankForks forks, TimeSpan slotTime)
{
    private ulong _resetSlot;
    private long _resetAt;
    private ulong _lastDone;

    public void Reset(Bank bank)
    {
        _resetSlot = bank.Slot;
        _resetAt = node.Time.GetTimestamp();
    }

    public async ValueTask MaybeLeadAsync(NodeKey identity, bool hasNewVoteBeenRooted, CancellationToken ct)
    {
        // The clock runs on from the bank that was reset to, one slot after another, whether or not blocks come.
        var slot = _resetSlot + 1 + (ulong)(node.Time.GetElapsedTime(_resetAt) / slotTime);
        if (slot <= _lastDone || node.Faults.Stalled || !node.Leaders.IsLeader(identity.Text, slot) || forks.Get(slot) is not null)
        {
            return;
        }
        _lastDone = slot;
        if (!hasNewVoteBeenRooted)
        {
            node.Log.Info(AgaveLog.Replay, "Haven't landed a vote, so skipping my leader slot");
            return;
        }
        node.Log.Info(AgaveLog.Replay, $"new fork:{slot} parent:{_resetSlot} (leader) root:{forks.Root}");
        await node.Outbox.SendAsync(new Produced(node.Gossip.Host, node.Gossip.Identity.Text, slot, _resetSlot), ct);
    }
}
