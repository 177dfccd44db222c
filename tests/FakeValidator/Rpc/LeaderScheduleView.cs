using System.Text.Json;
using System.Text.Json.Nodes;
using Failover.Identities;
using FakeValidator.Admin;

namespace FakeValidator.Rpc;

/// <summary>getLeaderSchedule: slots relative to the epoch's start, by identity.</summary>
internal static class LeaderScheduleView
{
    public static JsonNode? Read(NodeContext node, JsonElement parameters)
    {
        var first = RpcConfig.Item(parameters, 0);
        var config = first.ValueKind == JsonValueKind.Object ? new RpcConfig(first) : RpcConfig.At(parameters, 1);
        var bank = config.Bank(node.Chain);
        var slot = first.ValueKind == JsonValueKind.Number ? first.GetUInt64() : bank.Slot;
        var only = config.Text("identity");
        if (only is not null && !Pubkey.TryParse(only, out _))
        {
            throw JsonRpcException.BadParams("Invalid param: Invalid");
        }
        if (node.Leaders.OfEpoch(slot / node.Chain.Welcome!.SlotsPerEpoch) is not { } schedule)
        {
            return null;
        }
        var view = new JsonObject();
        foreach (var (identity, slots) in schedule.LeaderSlots.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            if (slots.Count > 0 && (only is null || only == identity))
            {
                view[identity] = new JsonArray([.. slots.Select(each => JsonValue.Create(each - schedule.FirstSlot))]);
            }
        }
        return view;
    }
}
