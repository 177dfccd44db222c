using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeValidator.Voting;

namespace FakeValidator.Admin;

/// <summary>
/// What setIdentity does inside its one admin call: the checks, the gossip identity, and nothing about voting, which follows later
/// by itself.
/// </summary>
public sealed class IdentitySwitch(NodeContext node, NodeStatus status)
{
    /// <summary>The call by path or by bytes; <paramref name="read"/> reads the key and throws the reply for a bad one.</summary>
    public async ValueTask RunAsync(Func<NodeKey> read, bool requireTower, bool requireHistory, CancellationToken ct)
    {
        await node.Faults.HangSetIdentity.PassAsync(ct);
        await node.Faults.PassAsync(Point.BeforeSetIdentity, ct);
        if (node.Faults.RefuseSetIdentity)
        {
            throw JsonRpcException.InternalError();
        }
        var next = read();
        RequireInitialised(status);
        if (node.Faults.SayYesDoNothing)
        {
            return;
        }
        await ApplyAsync(next, requireTower, requireHistory, ct);
        await node.Faults.PassAsync(Point.AfterSetIdentityBeforeReply, ct);
        if (node.Faults.LateAnswer > TimeSpan.Zero)
        {
            await Task.Delay(node.Faults.LateAnswer, node.Time, ct);
        }
        if (node.Faults.ApplyThenFail)
        {
            throw new JsonRpcException(JsonRpcException.Internal, "Failed to send SetIdentity event: sending on a disconnected channel");
        }
    }

    /// <summary>The change itself, without misbehaviour: also what Frankendancer's own command ends in.</summary>
    public async ValueTask ApplyAsync(NodeKey next, bool requireTower, bool requireHistory, CancellationToken ct)
    {
        RefuseStakedToStaked(next);
        if (requireTower)
        {
            RequireTower(next);
        }
        if (requireHistory && node.Version.IsAtLeast("4.2"))
        {
            RequireHistory(node, next);
        }
        await node.Faults.PassAsync(Point.BeforeGossipIdentity, ct);
        await node.Gossip.SetIdentityAsync(next, ct);
        node.Log.Warn(AgaveLog.Admin, $"Identity set to {next.Text}");
    }

    public static void RequireInitialised(NodeStatus status)
    {
        if (!status.IsInitialised)
        {
            throw JsonRpcException.BadParams("Retry once validator start up is complete");
        }
    }

    /// <summary>Refuses when the vote account of this identity has Alpenglow votes on chain, and their history cannot be loaded.</summary>
    public static void RequireHistory(NodeContext node, NodeKey next)
    {
        var account = node.Chain.At(Commitment.Processed)?.Find(node.VoteAccount);
        var genesis = node.Chain.Welcome?.AlpenglowSinceSlot ?? 0;
        if (!node.IsAlpenglow || account is not { Votes: [.., var last] } || account.Node != next.Text || last.Slot <= genesis)
        {
            return;
        }
        try
        {
            node.Histories.Load(next.Pubkey);
        }
        catch (TowerException failure)
        {
            throw JsonRpcException.BadParams(
                $"Unable to load vote history file for identity {next.Text}: {failure.Message}. The vote account {node.VoteAccount} has prior Alpenglow votes. "
                + "Ensure the vote history file is present or (dangerous) use --do-not-require-vote-history if you know what you're doing");
        }
    }

    private void RefuseStakedToStaked(NodeKey next)
    {
        var current = node.Gossip.Identity;
        if (!node.Version.IsAtLeast("4.3") || next.Pubkey == current.Pubkey || node.Chain.At(Commitment.Finalized) is not { } root)
        {
            return;
        }
        if (root.StakeOf(current.Text) > 0 && root.StakeOf(next.Text) > 0)
        {
            throw JsonRpcException.BadParams($"Changing identity from staked node {current.Text} to staked node {next.Text} is not supported");
        }
    }

    // Only a check: what it loads is thrown away, and loaded again when the voting loop follows.
    private void RequireTower(NodeKey next)
    {
        try
        {
            node.Towers.Load(next.Pubkey);
        }
        catch (TowerException failure)
        {
            throw JsonRpcException.BadParams($"Unable to load tower file for identity {next.Text}: {failure.Message}");
        }
    }
}
