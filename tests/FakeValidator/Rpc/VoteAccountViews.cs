using System.Text.Json.Nodes;
using FakeValidator.Chain;
using FakeWire;

namespace FakeValidator.Rpc;

/// <summary>getVoteAccounts.</summary>
internal static class VoteAccountViews
{
    private const ulong DefaultDelinquentDistance = 128;
    private const int Commission = 5;

    public static JsonObject All(NodeContext node, RpcConfig config)
    {
        var bank = config.Bank(node.Chain);
        var distance = config.Number("delinquentSlotDistance") ?? DefaultDelinquentDistance;
        var only = config.Text("votePubkey");
        var current = new JsonArray();
        var delinquent = new JsonArray();
        foreach (var account in bank.VoteAccounts.Where(each => only is null || each.VoteAccount == only))
        {
            var lastVote = account.Votes is [.., var last] ? last.Slot : 0;
            if (lastVote + distance > bank.Slot)
            {
                current.Add(View(node, bank, account, lastVote));
            }
            else if (account.ActivatedStake > 0 || config.Flag("keepUnstakedDelinquents"))
            {
                delinquent.Add(View(node, bank, account, lastVote));
            }
        }
        return new JsonObject { ["current"] = current, ["delinquent"] = delinquent };
    }

    private static JsonObject View(NodeContext node, Bank bank, VoteAccountState account, ulong lastVote)
    {
        var epoch = bank.Slot / node.Chain.Welcome!.SlotsPerEpoch;
        var view = new JsonObject
        {
            ["activatedStake"] = account.ActivatedStake,
            ["commission"] = Commission,
            ["epochCredits"] = new JsonArray(new JsonArray(epoch, account.Credits, 0UL)),
            ["epochVoteAccount"] = true,
        };
        if (node.Version.IsAtLeast("4.1"))
        {
            view["inflationRewardsCommissionBps"] = Commission * 100;
        }
        view["lastVote"] = lastVote;
        view["nodePubkey"] = account.Node;
        view["rootSlot"] = account.RootSlot ?? 0;
        view["votePubkey"] = account.VoteAccount;
        return view;
    }
}
